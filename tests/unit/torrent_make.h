/* Makes v1 torrents and their content for tests: bytes that depend on file and offset, so that a mix-up is seen. */
#ifndef TC_TESTS_TORRENT_MAKE_H
#define TC_TESTS_TORRENT_MAKE_H

#include "base/arena.h"
#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct made_file {
    const char *path; /* below the root folder, '/' between the segments */
    size_t size;
};

struct made {
    const char *name;
    const struct made_file *files;
    size_t count, piece_length;
    unsigned seed;
    struct buf torrent;
};

static inline unsigned char made_byte(const struct made *m, size_t file, size_t at)
{
    uint64_t x = (at / 8 + 1) * 0x9E3779B97F4A7C15u + file * 0xBF58476D1CE4E5B9u + m->seed * 0x94D049BB133111EBu;
    x ^= x >> 29;
    x *= 0xBF58476D1CE4E5B9u;
    x ^= x >> 32;
    return (unsigned char)(x >> (at % 8 * 8));
}

static inline void made_fill(const struct made *m, size_t file, size_t at, unsigned char *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = made_byte(m, file, at + i);
}

static inline void made_path(const char *dir, const struct made *m, size_t file, char *out, size_t max)
{
    snprintf(out, max, "%s/%s/%s", dir, m->name, m->files[file].path);
}

/* made_mkdirs(path): the folder and all above it. */
static inline void made_mkdirs(const char *folder)
{
    char path[2048];
    snprintf(path, sizeof path, "%s/", folder);
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            abort();
        *slash = '/';
    }
}

/* made_write(m, dir): the content, as a seeder has it. */
static inline void made_write(const struct made *m, const char *dir)
{
    char path[1024];
    for (size_t f = 0; f < m->count; f++) {
        made_path(dir, m, f, path, sizeof path);
        char *name = strrchr(path, '/');
        *name = '\0';
        made_mkdirs(path);
        *name = '/';
        unsigned char *bytes = mem_alloc(m->files[f].size);
        made_fill(m, f, 0, bytes, m->files[f].size);
        FILE *out = fopen(path, "wb");
        if (!out || fwrite(bytes, 1, m->files[f].size, out) != m->files[f].size || fclose(out) != 0)
            abort();
        mem_free(bytes);
    }
}

/* made_matches(m, dir, file): is the whole file there, byte for byte. */
static inline bool made_matches(const struct made *m, const char *dir, size_t file)
{
    char path[1024];
    size_t size = m->files[file].size;
    unsigned char *bytes = mem_alloc(size + 1), *want = mem_alloc(size + 1);
    made_path(dir, m, file, path, sizeof path);
    FILE *in = fopen(path, "rb");
    bool same = in && fread(bytes, 1, size + 1, in) == size;
    made_fill(m, file, 0, want, size);
    same = same && memcmp(bytes, want, size) == 0;
    if (in)
        fclose(in);
    mem_free(bytes);
    mem_free(want);
    return same;
}

static inline bool made_exists(const struct made *m, const char *dir, size_t file)
{
    char path[1024];
    made_path(dir, m, file, path, sizeof path);
    return access(path, F_OK) == 0;
}

static inline void made_hash(const struct made *m, struct buf *hashes)
{
    unsigned char *piece = mem_alloc(m->piece_length), md[EVP_MAX_MD_SIZE];
    size_t filled = 0;
    for (size_t f = 0; f < m->count; f++) {
        for (size_t at = 0; at < m->files[f].size;) {
            size_t n = m->files[f].size - at;
            n = n < m->piece_length - filled ? n : m->piece_length - filled;
            made_fill(m, f, at, piece + filled, n);
            at += n;
            filled += n;
            if (filled == m->piece_length) {
                EVP_Digest(piece, filled, md, NULL, EVP_sha1(), NULL);
                buf_add(hashes, md, 20);
                filled = 0;
            }
        }
    }
    if (filled) {
        EVP_Digest(piece, filled, md, NULL, EVP_sha1(), NULL);
        buf_add(hashes, md, 20);
    }
    mem_free(piece);
}

/* made_torrent(m): fill m->torrent; free it with buf_free. A multi-file torrent, whatever the count. */
static inline void made_torrent(struct made *m)
{
    struct buf hashes = BUF_INIT(BUF_MAX_TORRENT), *t = &m->torrent;
    made_hash(m, &hashes);
    buf_init(t, BUF_MAX_TORRENT);
    buf_adds(t, "d4:infod5:filesl");
    for (size_t f = 0; f < m->count; f++) {
        buf_addf(t, "d6:lengthi%zue4:pathl", m->files[f].size);
        for (const char *at = m->files[f].path; *at;) {
            size_t n = strcspn(at, "/");
            buf_addf(t, "%zu:%.*s", n, (int)n, at);
            at += n + (at[n] == '/');
        }
        buf_adds(t, "ee");
    }
    buf_addf(t, "e4:name%zu:%s12:piece lengthi%zue6:pieces%zu:", strlen(m->name), m->name, m->piece_length, hashes.len);
    buf_add(t, hashes.data, hashes.len);
    buf_adds(t, "ee");
    buf_free(&hashes);
}

#endif
