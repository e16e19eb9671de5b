/* A swarm of two on loopback for the engine's tests: a seeder and a leecher, real bytes on a real disk. */
#ifndef TC_TESTS_ENGINE_RIG_H
#define TC_TESTS_ENGINE_RIG_H

#include "base/clock.h"
#include "torrent/engine.h"
#include "torrent/metainfo.h"
#include "torrent_make.h"

#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/resource.h>

#include <cmocka.h>

enum { PATIENCE_MS = 60000, KEY = 7, SEED_KEY = 1, PIECE = 65536 };
static const uint32_t all_files[] = {0, 1, 2, 3, 4, 5};

static const struct made_file pack_files[] = {{"a.bin", 3 * PIECE + 1000},    {"skip me.bin", 5 * PIECE + 7},
                                              {"sub/empty.dat", 0},           {"sub/b.bin", 123},
                                              {"sub/deep/c.bin", 80 * PIECE}, {"z.bin", 2 * PIECE}};

/* A folder, a swarm of two, and what one test needs of it. */
struct rig {
    char dir[64], seed_dir[96], dir2[96];
    struct made pack;
    struct arena *arena;
    struct engine *seeder, *leecher;
    bool ready[8];
    int ready_count, all_ready, checked, removed, disk_failed;
    struct err last;
    struct buf resume;
};

static inline int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

static inline struct engine *start_engine(int64_t download_limit)
{
    struct engine_settings s = {
        .listen = "127.0.0.1:0", .same_ip_peers = true, .connections = 20, .download_limit = download_limit};
    struct err e = ERR_INIT;
    struct engine *g = engine_new(&s, &e);
    assert_non_null(g);
    return g;
}

static inline int add(struct rig *r, struct engine *g, int64_t key, const char *dir, const uint32_t *selected, size_t n,
                      struct err *e)
{
    struct engine_source s = {.key = key,
                              .metainfo = r->pack.torrent.data,
                              .metainfo_len = r->pack.torrent.len,
                              .save_path = dir,
                              .resume = key == KEY ? r->resume.data : NULL,
                              .resume_len = key == KEY ? r->resume.len : 0,
                              .selected = selected,
                              .selected_count = n};
    return engine_add(g, &s, e);
}

static inline void must_add(struct rig *r, struct engine *g, int64_t key, const char *dir, const uint32_t *selected,
                            size_t n)
{
    struct err e = ERR_INIT;
    if (add(r, g, key, dir, selected, n, &e) != 0)
        fail_msg("engine_add: %s", e.msg);
}

/* The promise of FILE_READY is looked at in the moment it is made. */
static inline void take(struct rig *r, const struct engine_event *ev)
{
    switch (ev->type) {
    case ENGINE_FILE_READY:
        assert_in_range(ev->file, 0, r->pack.count - 1);
        assert_false(r->ready[ev->file]);
        if (!made_matches(&r->pack, r->dir2, ev->file))
            fail_msg("file %u was reported ready and is not", ev->file);
        r->ready[ev->file] = true;
        r->ready_count++;
        break;
    case ENGINE_ALL_READY:
        r->all_ready++;
        break;
    case ENGINE_CHECKED:
        r->checked++;
        break;
    case ENGINE_REMOVED:
        r->removed++;
        break;
    case ENGINE_RESUME_DATA:
        buf_clear(&r->resume);
        buf_add(&r->resume, ev->data, ev->len);
        break;
    case ENGINE_DISK_FAILED:
        r->disk_failed++;
        r->last = ev->err;
        break;
    case ENGINE_RESUME_FAILED:
    case ENGINE_TORRENT_FAILED:
        r->last = ev->err;
        break;
    default:
        break;
    }
}

static inline void turn(struct rig *r, struct engine *g, int ms)
{
    struct engine_event *events;
    struct err e = ERR_INIT;
    arena_reset(r->arena);
    int n = engine_poll(g, ms, r->arena, &events, &e);
    assert_true(n >= 0);
    for (int i = 0; i < n; i++)
        if (g == r->leecher)
            take(r, &events[i]);
}

static inline struct engine_status status_of(struct engine *g, int64_t key)
{
    struct engine_status st;
    struct err e = ERR_INIT;
    if (engine_get_status(g, key, &st, &e) != 0)
        fail_msg("engine_get_status: %s", e.msg);
    return st;
}

/* wait_for(r, condition): turn both engines until it holds. */
#define wait_for(r, condition)                                                                                         \
    do {                                                                                                               \
        int64_t end_ = clock_mono_ms() + PATIENCE_MS;                                                                  \
        while (!(condition)) {                                                                                         \
            if (clock_mono_ms() > end_)                                                                                \
                fail_msg("never came true: %s", #condition);                                                           \
            if ((r)->leecher)                                                                                          \
                turn((r), (r)->leecher, 20);                                                                           \
            if ((r)->seeder)                                                                                           \
                turn((r), (r)->seeder, 1);                                                                             \
        }                                                                                                              \
    } while (0)

static inline void join(struct rig *r)
{
    struct err e = ERR_INIT;
    assert_int_equal(engine_connect_peer(r->leecher, KEY, "127.0.0.1", engine_listen_port(r->seeder), &e), 0);
}

static inline void start_seeder(struct rig *r)
{
    r->seeder = start_engine(0);
    must_add(r, r->seeder, SEED_KEY, r->seed_dir, all_files, r->pack.count);
    wait_for(r, status_of(r->seeder, SEED_KEY).state == ENGINE_DONE);
}

static inline void forget_events(struct rig *r)
{
    memset(r->ready, 0, sizeof r->ready);
    r->ready_count = r->all_ready = r->checked = r->removed = r->disk_failed = 0;
    r->last = ERR_INIT;
}

static inline int set_up(void **state)
{
    struct rig *r = MEM_NEW(struct rig);
    snprintf(r->dir, sizeof r->dir, "/tmp/tc-engine.XXXXXX");
    assert_non_null(mkdtemp(r->dir));
    snprintf(r->seed_dir, sizeof r->seed_dir, "%s/seed", r->dir);
    snprintf(r->dir2, sizeof r->dir2, "%s/leech", r->dir);
    assert_int_equal(mkdir(r->seed_dir, 0777), 0);
    assert_int_equal(mkdir(r->dir2, 0777), 0);
    r->pack = (struct made){.name = "Pack \xc3\xa9", .files = pack_files, .count = 6, .piece_length = PIECE, .seed = 1};
    made_torrent(&r->pack);
    made_write(&r->pack, r->seed_dir);
    r->arena = arena_new(0);
    buf_init(&r->resume, BUF_MAX_RESUME);
    *state = r;
    return 0;
}

static inline int tear_down(void **state)
{
    struct rig *r = *state;
    engine_free(r->leecher);
    engine_free(r->seeder);
    buf_free(&r->pack.torrent);
    buf_free(&r->resume);
    arena_free(r->arena);
    nftw(r->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    mem_free(r);
    return 0;
}

#endif
