/*
 * What a .torrent file says, parsed from foreign bytes within limits and copied into plain structs.
 *
 * The parser is libtorrent's, so that the names here are the names that the engine writes to disk: invalid UTF-8,
 * control bytes, `..`, absolute paths, separators inside a name and over-long names are replaced by it, names that
 * collide get a suffix. Every path is then looked at once more here and refused if anything unsafe were left.
 */
#ifndef TC_TORRENT_METAINFO_H
#define TC_TORRENT_METAINFO_H

#include "base/arena.h"
#include "base/err.h"
#include "domain/torrent.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    METAINFO_MAX_PIECES = 0x200000,
    METAINFO_MAX_TOKENS = 3000000, /* bencode items; 24 bytes of memory each while it is parsed */
    METAINFO_MAX_DEPTH = 100,
    METAINFO_MAX_FILES = 250000,
    METAINFO_MAX_PATH = 3000, /* bytes; leaves room for the download folder below PATH_MAX */
    METAINFO_MAX_TRACKERS = 256,
    METAINFO_MAX_WEB_SEEDS = 16
};

/* A file that can be chosen. Pad files (BEP 47) and symbolic links are not among these. */
struct metainfo_file {
    const char *path;      /* as users see it: without the torrent's root folder, joined by '/' */
    const char *disk_path; /* relative to the engine's save_path: with the root folder of a multi-file torrent */
    int64_t size, offset;  /* bytes; the offset is the one in the whole payload, pad files counted */
    uint32_t engine_index; /* the number that torrent/engine.h knows the file by; >= its position in the list */
};

/* A symbolic link (BEP 47 attr `l`): reported, never created, never followed. */
struct metainfo_link {
    const char *path, *target; /* both relative to the torrent's root folder */
};

struct metainfo_tracker {
    const char *url; /* udp, http, https; may hold a passkey: not for logs */
    int tier;
};

struct metainfo {
    const char *name;      /* the file's name, or the root folder of a multi-file torrent; safe as one path segment */
    char info_hash[41];    /* v1: 40 upper-case hex digits, "" for a v2-only torrent */
    char info_hash_v2[65]; /* v2: 64 lower-case hex digits, "" for a v1-only torrent */
    int64_t total_size;    /* sum of `files` */
    int64_t piece_length, piece_count;
    bool is_private;
    bool is_multi_file;
    struct metainfo_file *files; /* in the order of the payload; the API's `index` is the position here */
    size_t file_count;
    struct metainfo_link *links;
    size_t link_count;
    struct metainfo_tracker *trackers; /* by tier */
    size_t tracker_count;
};

/*
 * metainfo_parse(data, len, arena, e): everything the result points to is in the arena. NULL with ERR_INPUT and the
 * code InvalidTorrent (or ERR_TOO_LARGE above BUF_MAX_TORRENT) and a sentence that says what is wrong with the file.
 */
struct metainfo *metainfo_parse(const void *data, size_t len, struct arena *arena, struct err *e);

/* metainfo_record(m, arena, files): as it is kept, without id, owner and time; *files are its m->file_count files. Both
 * are in the arena or point into m. */
struct torrent_record metainfo_record(const struct metainfo *m, struct arena *arena, struct torrent_file **files);

#endif
