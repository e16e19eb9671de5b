/*
 * One BitTorrent session for many torrents: the C contract over libtorrent 2.
 *
 * - One thread owns an engine and makes all calls; no call runs code of ours on libtorrent's threads. What happens
 * there comes out of engine_poll() as plain structs, copied into the caller's arena.
 * - A torrent is known by the caller's key (the job's id), a file by its engine index (metainfo_file.engine_index).
 * - Nothing is written but the selected files, and `.{infohash}.parts` for the pieces they share with their neighbours.
 *   Pad files and symbolic links are never created.
 * - A file is READY when every piece that touches it has passed its hash. The disk back-end is libtorrent's posix one:
 * it writes with write(2) and hashes what it reads back from the file, so a piece that passed is already what every
 *   other process reads (T3 of the hard problems: no flush is pending, none has to be waited for). It is not yet
 *   fsynced; whoever journals "downloaded" does that. READY never depends on an alert: the piece map is compared
 *   once a second, and the file's size on disk is looked at before READY is told.
 * - Files come one after the other as far as the swarm's health allows, so that they can be uploaded while the rest
 *   arrives: the selection's next `ahead` bytes of unfinished files come first, then twice, then four times as many.
 *   A piece that is four times as rare as those still comes before them.
 * - No private torrent is announced anywhere but to its own trackers (libtorrent turns DHT, PEX and LSD off for it).
 */
#ifndef TC_TORRENT_ENGINE_H
#define TC_TORRENT_ENGINE_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct engine;

struct engine_settings {
    const char *listen; /* "0.0.0.0:6881,[::]:6881"; port 0 takes a free one */
    bool dht, lsd, utp, port_mapping;
    bool same_ip_peers;                   /* several peers behind one address: tests on loopback */
    int connections;                      /* of the whole session */
    int64_t download_limit, upload_limit; /* bytes per second, 0: none */
    int64_t ahead;                        /* bytes of the next files that come before the rest; 0: no order */
    const char *user_agent;               /* NULL: TorrentClou */
};

/* engine_new(s, e): NULL on failure. A port that cannot be had is no failure here: it comes as ENGINE_LISTEN_FAILED. */
struct engine *engine_new(const struct engine_settings *s, struct err *e);

/* engine_free(g): says goodbye to trackers for at most a second and stops within five whatever the disk does (then the
 * session is abandoned to the process's end). Save resume data before. NULL is a no-op. */
void engine_free(struct engine *g);

/* engine_listen_port(g): the TCP port that peers can reach, 0 when there is none. */
int engine_listen_port(struct engine *g);

struct engine_source {
    int64_t key;
    const void *metainfo; /* the .torrent's bytes */
    size_t metainfo_len;
    const char *save_path; /* an existing folder of this torrent's own, absolute */
    const void *resume;    /* what an ENGINE_RESUME_DATA event gave, or NULL */
    size_t resume_len;
    const uint32_t *selected; /* engine indexes; at least one */
    size_t selected_count;
    bool paused; /* nothing is read, announced or written until engine_resume() */
};

/*
 * engine_add(g, s, e): start a torrent. ERR_CONFLICT/SameTorrent when its v1 or v2 hash is in the session already,
 * ERR_INPUT for a torrent or selection that cannot be, ERR_BUG for the rest.
 *
 * What the disk holds is believed only as far as that is safe. Resume data carries the boot id and size and mtime of
 * each selected file from the moment it was saved. Pieces before the first file that has changed since are taken over;
 * the rest is read and hashed again (ENGINE_CHECKING; 400 MB/s from the page cache on two busy cores, else at the
 * disk's speed). After a reboot, or without resume data, everything on disk is. So kill -9 costs one reading of the
 * files that were being written, and a file that was cut, deleted or changed in between is found before it can be
 * reported READY.
 */
int engine_add(struct engine *g, const struct engine_source *s, struct err *e);

/*
 * engine_remove(g, key, delete_files): stop at once. ENGINE_REMOVED tells when the last handle on the files is gone
 * and, with delete_files, the torrent's files are deleted; only then may the folder be removed and the torrent added
 * again. An unknown key is ERR_NOT_FOUND; so it is in every call below.
 */
int engine_remove(struct engine *g, int64_t key, bool delete_files, struct err *e);

/* engine_has(g, key): it is in the session, or was removed and ENGINE_REMOVED was not handed out yet: do not touch its
 * folder. */
bool engine_has(struct engine *g, int64_t key);

int engine_pause(struct engine *g, int64_t key, struct err *e);  /* closes its peers */
int engine_resume(struct engine *g, int64_t key, struct err *e); /* also after ENGINE_FAILED: clears the error */

/* engine_set_download(g, key, on, e): off writes nothing more but goes on serving peers: below the disk floor, and what
 * the engine does by itself after ENOSPC. */
int engine_set_download(struct engine *g, int64_t key, bool on, struct err *e);

/* engine_recheck(g, key, e): read and hash everything again, because the bytes on disk turned out to be others.
 * CHECKED, each FILE_READY and ALL_READY are told anew. */
int engine_recheck(struct engine *g, int64_t key, struct err *e);

int engine_reannounce(struct engine *g, int64_t key, struct err *e); /* trackers now; DHT too unless private */

/* engine_connect_peer(g, key, ip, port, e): one more peer. */
int engine_connect_peer(struct engine *g, int64_t key, const char *ip, int port, struct err *e);

/* engine_save_resume(g, key, e): answered by ENGINE_RESUME_DATA or ENGINE_RESUME_FAILED; not after engine_remove(). */
int engine_save_resume(struct engine *g, int64_t key, struct err *e);

enum engine_state {
    ENGINE_CHECKING,    /* reading what is on disk */
    ENGINE_DOWNLOADING, /* or looking for peers */
    ENGINE_DONE,        /* every selected file was reported READY */
    ENGINE_PAUSED,
    ENGINE_FAILED, /* stopped by an error; engine_resume() tries again */
    ENGINE_STATE__MAX
};

struct engine_status {
    enum engine_state state;
    bool can_write;            /* false: engine_set_download(off), by the caller or after ENOSPC */
    int64_t total_bytes;       /* of the selected files */
    int64_t done_bytes;        /* of these, to the block; while CHECKING only what was found good */
    int64_t down_rate;         /* payload bytes per second */
    int64_t up_rate;           /* likewise */
    int64_t received_bytes;    /* payload since the torrent was added, waste included: moves while anything arrives */
    int peers, seeds;          /* connected; seeds are among the peers */
    int swarm_peers;           /* told by trackers, -1 unknown */
    int swarm_seeds;           /* likewise */
    size_t files_ready, files; /* of the selection */
    int check_percent;         /* while CHECKING */
};

/* engine_get_status(g, key, out, e): at most a second old; it is fed by engine_poll. Cheap. */
int engine_get_status(struct engine *g, int64_t key, struct engine_status *out, struct err *e);

/* engine_get_progress(g, key, bytes, n, e): bytes[i] of engine index i, for the first n files, to the block. */
int engine_get_progress(struct engine *g, int64_t key, int64_t *bytes, size_t n, struct err *e);

struct engine_tracker {
    const char *host; /* without path and query, which may hold a passkey */
    int tier;
    bool working;        /* the last announce succeeded */
    const char *message; /* what the tracker or the network said, foreign; "" for nothing */
};
/* engine_get_trackers(g, key, arena, out, e): their number, or -1. */
int engine_get_trackers(struct engine *g, int64_t key, struct arena *arena, struct engine_tracker **out, struct err *e);

enum engine_event_type {
    ENGINE_FILE_READY,     /* `file`; once per file and engine_add */
    ENGINE_ALL_READY,      /* after the last FILE_READY */
    ENGINE_CHECKED,        /* the disk was looked at; downloading begins */
    ENGINE_RESUME_DATA,    /* `data`, `len` */
    ENGINE_RESUME_FAILED,  /* `err` */
    ENGINE_DISK_FAILED,    /* `err` is ERR_DISK with DiskFull or DiskError; at most one in five seconds. After DiskFull
                              the torrent is up but does not write; after DiskError it may be ENGINE_FAILED */
    ENGINE_TORRENT_FAILED, /* `err`: stopped by something else */
    ENGINE_TRACKER,        /* `text`: the host and what went wrong there */
    ENGINE_REMOVED,
    ENGINE_LISTEN_FAILED, /* `text`; key is 0 */
    ENGINE_EVENT__MAX
};

struct engine_event {
    enum engine_event_type type;
    int64_t key;
    uint32_t file;
    const void *data;
    size_t len;
    const char *text; /* foreign bytes */
    struct err err;
};

/*
 * engine_poll(g, timeout_ms, arena, out, e): wait until something happened, at most timeout_ms; returns the number of
 * events in *out, 0 for none, -1 with *e. Also where the engine looks at its torrents: call it at least once a second.
 */
int engine_poll(struct engine *g, int timeout_ms, struct arena *arena, struct engine_event **out, struct err *e);

#endif
