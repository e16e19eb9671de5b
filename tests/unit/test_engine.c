/* The engine as C sees it: two sessions on loopback, a seeder and a leecher, real bytes on a real disk. */
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

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

static struct engine *start_engine(int64_t download_limit)
{
    struct engine_settings s = {
        .listen = "127.0.0.1:0", .same_ip_peers = true, .connections = 20, .download_limit = download_limit};
    struct err e = ERR_INIT;
    struct engine *g = engine_new(&s, &e);
    assert_non_null(g);
    return g;
}

static int add(struct rig *r, struct engine *g, int64_t key, const char *dir, const uint32_t *selected, size_t n,
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

static void must_add(struct rig *r, struct engine *g, int64_t key, const char *dir, const uint32_t *selected, size_t n)
{
    struct err e = ERR_INIT;
    if (add(r, g, key, dir, selected, n, &e) != 0)
        fail_msg("engine_add: %s", e.msg);
}

/* The promise of FILE_READY is looked at in the moment it is made. */
static void take(struct rig *r, const struct engine_event *ev)
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

static void turn(struct rig *r, struct engine *g, int ms)
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

static struct engine_status status_of(struct engine *g, int64_t key)
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

static void join(struct rig *r)
{
    struct err e = ERR_INIT;
    assert_int_equal(engine_connect_peer(r->leecher, KEY, "127.0.0.1", engine_listen_port(r->seeder), &e), 0);
}

static void start_seeder(struct rig *r)
{
    r->seeder = start_engine(0);
    must_add(r, r->seeder, SEED_KEY, r->seed_dir, all_files, r->pack.count);
    wait_for(r, status_of(r->seeder, SEED_KEY).state == ENGINE_DONE);
}

static void forget_events(struct rig *r)
{
    memset(r->ready, 0, sizeof r->ready);
    r->ready_count = r->all_ready = r->checked = r->removed = r->disk_failed = 0;
    r->last = ERR_INIT;
}

static int set_up(void **state)
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

static int tear_down(void **state)
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

static void downloads_the_selection_only(void **state)
{
    struct rig *r = *state;
    static const uint32_t some[] = {0, 2, 3, 4};
    start_seeder(r);
    r->leecher = start_engine(0);
    must_add(r, r->leecher, KEY, r->dir2, some, 4);
    join(r);
    wait_for(r, r->all_ready);
    assert_int_equal(r->ready_count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_true(r->ready[some[i]]);
    assert_int_equal(r->checked, 1);
    assert_false(made_exists(&r->pack, r->dir2, 1));
    assert_false(made_exists(&r->pack, r->dir2, 5));
    struct engine_status st = status_of(r->leecher, KEY);
    assert_int_equal(st.state, ENGINE_DONE);
    assert_int_equal(st.total_bytes, 3 * PIECE + 1000 + 123 + 80 * PIECE);
    assert_int_equal(st.done_bytes, st.total_bytes);
    assert_int_equal(st.files_ready, 4);
    int64_t bytes[6];
    struct err e = ERR_INIT;
    assert_int_equal(engine_get_progress(r->leecher, KEY, bytes, 6, &e), 0);
    assert_int_equal(bytes[4], 80 * PIECE);
}

static void one_torrent_once(void **state)
{
    struct rig *r = *state;
    struct err e = ERR_INIT;
    r->leecher = start_engine(0);
    must_add(r, r->leecher, KEY, r->dir2, all_files, 1);
    assert_int_equal(add(r, r->leecher, KEY + 1, r->dir2, all_files, 1, &e), -1);
    assert_int_equal(e.class, ERR_CONFLICT);
    assert_string_equal(e.code, "SameTorrent");
    assert_int_equal(engine_remove(r->leecher, KEY, true, &e), 0);
    wait_for(r, r->removed);
    must_add(r, r->leecher, KEY + 1, r->dir2, all_files, 1);
}

static void refuses_nonsense(void **state)
{
    struct rig *r = *state;
    struct err e = ERR_INIT;
    struct engine_status st;
    static const uint32_t none[] = {99};
    r->leecher = start_engine(0);
    assert_int_equal(add(r, r->leecher, KEY, r->dir2, none, 1, &e), -1);
    assert_int_equal(e.class, ERR_INPUT);
    assert_int_equal(add(r, r->leecher, KEY, r->dir2, none, 0, &e), -1);
    assert_int_equal(e.class, ERR_INPUT);
    assert_int_equal(engine_get_status(r->leecher, KEY, &st, &e), -1);
    assert_int_equal(e.class, ERR_NOT_FOUND);
    assert_int_equal(engine_remove(r->leecher, KEY, true, &e), -1);
    assert_int_equal(engine_save_resume(r->leecher, KEY, &e), -1);
    buf_clear(&r->pack.torrent);
    buf_adds(&r->pack.torrent, "d4:infodee");
    assert_int_equal(add(r, r->leecher, KEY, r->dir2, all_files, 1, &e), -1);
    assert_string_equal(e.code, "InvalidTorrent");
}

/* Stop in the middle and keep the resume data: the seeder has only half of the large file (4), so that the middle is
 * always the same place: 0 to 3 are ready, 4 and 5 are not. */
static void stop_halfway(struct rig *r)
{
    struct err e = ERR_INIT;
    char path[256];
    made_path(r->seed_dir, &r->pack, 4, path, sizeof path);
    assert_int_equal(truncate(path, 40 * PIECE), 0);
    r->seeder = start_engine(0);
    must_add(r, r->seeder, SEED_KEY, r->seed_dir, all_files, r->pack.count);
    wait_for(r, status_of(r->seeder, SEED_KEY).state == ENGINE_DOWNLOADING);
    r->leecher = start_engine(0);
    must_add(r, r->leecher, KEY, r->dir2, all_files, 6);
    join(r);
    wait_for(r, r->ready_count == 4 && status_of(r->leecher, KEY).done_bytes > 45 * PIECE);
    assert_int_equal(engine_pause(r->leecher, KEY, &e), 0);
    wait_for(r, status_of(r->leecher, KEY).state == ENGINE_PAUSED);
    assert_int_equal(engine_save_resume(r->leecher, KEY, &e), 0);
    wait_for(r, r->resume.len > 0);
    engine_free(r->leecher);
    engine_free(r->seeder);
    r->leecher = NULL;
    made_write(&r->pack, r->seed_dir);
    start_seeder(r);
}

/* finish(r): start again with the resume data; returns the payload bytes that came over the wire. */
static int64_t finish(struct rig *r)
{
    forget_events(r);
    r->leecher = start_engine(0);
    must_add(r, r->leecher, KEY, r->dir2, all_files, 6);
    wait_for(r, r->checked);
    join(r);
    wait_for(r, r->all_ready);
    assert_int_equal(r->ready_count, 6);
    return status_of(r->leecher, KEY).received_bytes;
}

static void goes_on_where_it_stopped(void **state)
{
    struct rig *r = *state;
    stop_halfway(r);
    int64_t again = finish(r);
    assert_in_range(again, 1, status_of(r->leecher, KEY).total_bytes - 40 * PIECE);
}

static void goes_on_without_resume_data(void **state)
{
    struct rig *r = *state;
    stop_halfway(r);
    buf_clear(&r->resume);
    int64_t again = finish(r);
    assert_in_range(again, 1, status_of(r->leecher, KEY).total_bytes - 40 * PIECE);
}

static void rubbish_resume_data_is_ignored(void **state)
{
    struct rig *r = *state;
    stop_halfway(r);
    for (size_t i = r->resume.len / 3; i < r->resume.len; i += 7)
        r->resume.data[i] ^= 0x55;
    finish(r);
}

/* Someone touches the files between two runs; whatever was ready before must not be called ready as it is now. */
static void changed_files_are_found(void **state)
{
    struct rig *r = *state;
    char path[256];
    stop_halfway(r);
    made_path(r->dir2, &r->pack, 0, path, sizeof path);
    assert_int_equal(truncate(path, 10), 0);
    made_path(r->dir2, &r->pack, 1, path, sizeof path);
    FILE *out = fopen(path, "r+b"); /* the same size, other bytes */
    assert_non_null(out);
    assert_int_equal(fseek(out, 50, SEEK_SET), 0);
    fputs("corrupted", out);
    fclose(out);
    made_path(r->dir2, &r->pack, 2, path, sizeof path);
    assert_int_equal(unlink(path), 0);
    made_path(r->dir2, &r->pack, 4, path, sizeof path);
    assert_int_equal(unlink(path), 0);
    finish(r);
    for (size_t f = 0; f < 6; f++)
        assert_true(made_matches(&r->pack, r->dir2, f));
}

static void a_recheck_finds_what_changed(void **state)
{
    struct rig *r = *state;
    struct err e = ERR_INIT;
    char path[256];
    static const uint32_t some[] = {0, 2, 4};
    start_seeder(r);
    r->leecher = start_engine(0);
    must_add(r, r->leecher, KEY, r->dir2, some, 3);
    join(r);
    wait_for(r, r->all_ready);
    made_path(r->dir2, &r->pack, 4, path, sizeof path);
    FILE *out = fopen(path, "r+b");
    assert_non_null(out);
    assert_int_equal(fseek(out, 7 * PIECE, SEEK_SET), 0);
    fputs("corrupted", out);
    fclose(out);
    made_path(r->dir2, &r->pack, 2, path, sizeof path);
    assert_int_equal(unlink(path), 0);
    forget_events(r);
    assert_int_equal(engine_recheck(r->leecher, KEY, &e), 0);
    assert_int_equal(status_of(r->leecher, KEY).files_ready, 0);
    wait_for(r, r->checked);
    assert_false(r->ready[4]);
    join(r);
    wait_for(r, r->all_ready);
    assert_int_equal(r->ready_count, 3);
}

static void removes_what_it_wrote(void **state)
{
    struct rig *r = *state;
    struct err e = ERR_INIT;
    char root[256];
    start_seeder(r);
    r->leecher = start_engine(0);
    must_add(r, r->leecher, KEY, r->dir2, all_files, 6);
    join(r);
    wait_for(r, r->all_ready);
    assert_int_equal(engine_remove(r->leecher, KEY, true, &e), 0);
    assert_int_equal(engine_remove(r->leecher, KEY, true, &e), -1);
    wait_for(r, r->removed);
    snprintf(root, sizeof root, "%s/%s", r->dir2, r->pack.name);
    assert_int_equal(access(root, F_OK), -1);
    assert_int_equal(rmdir(r->dir2), 0); /* nothing is left in it, part file included */
    assert_int_equal(mkdir(r->dir2, 0777), 0);
}

static void removal_can_leave_the_files(void **state)
{
    struct rig *r = *state;
    struct err e = ERR_INIT;
    start_seeder(r);
    r->leecher = start_engine(0);
    must_add(r, r->leecher, KEY, r->dir2, all_files, 6);
    join(r);
    wait_for(r, r->all_ready);
    assert_int_equal(engine_remove(r->leecher, KEY, false, &e), 0);
    wait_for(r, r->removed);
    assert_true(made_matches(&r->pack, r->dir2, 4));
}

static void pauses_and_holds_the_disk(void **state)
{
    struct rig *r = *state;
    struct err e = ERR_INIT;
    start_seeder(r);
    r->leecher = start_engine(2500 * 1000);
    must_add(r, r->leecher, KEY, r->dir2, all_files, 6);
    join(r);
    wait_for(r, status_of(r->leecher, KEY).done_bytes > PIECE);
    assert_int_equal(engine_set_download(r->leecher, KEY, false, &e), 0);
    wait_for(r, !status_of(r->leecher, KEY).can_write);
    assert_int_equal(engine_set_download(r->leecher, KEY, true, &e), 0);
    assert_int_equal(engine_pause(r->leecher, KEY, &e), 0);
    wait_for(r, status_of(r->leecher, KEY).state == ENGINE_PAUSED);
    assert_int_equal(r->all_ready, 0);
    assert_int_equal(engine_resume(r->leecher, KEY, &e), 0);
    join(r);
    wait_for(r, r->all_ready);
}

/* A file size limit is what a test can have of a full disk without being root. */
static void a_full_disk_is_said_and_survived(void **state)
{
    struct rig *r = *state;
    struct err e = ERR_INIT;
    struct rlimit old, small;
    static const uint32_t one[] = {4};
    start_seeder(r);
    r->leecher = start_engine(0);
    must_add(r, r->leecher, KEY, r->dir2, one, 1);
    wait_for(r, r->checked);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = (struct rlimit){.rlim_cur = 10 * PIECE, .rlim_max = old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    join(r);
    wait_for(r, r->disk_failed && !status_of(r->leecher, KEY).can_write);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(r->last.class, ERR_DISK);
    assert_string_equal(r->last.code, "DiskFull");
    assert_int_equal(r->all_ready, 0);
    assert_int_equal(engine_set_download(r->leecher, KEY, true, &e), 0);
    wait_for(r, r->all_ready);
    assert_false(made_exists(&r->pack, r->dir2, 2)); /* an empty file that nobody chose */
}

/* The content of tests/fixtures/torrents. */
static const struct made_file fixture_files[] = {
    {"a.bin", 70000}, {"empty.dat", 0}, {"sub/b.txt", 5}, {"sub/deep/c.bin", 40000}};
static const unsigned fixture_factors[] = {3, 0, 7, 11};

static void fixture_write(const struct made *pack, const char *dir, size_t f, bool check)
{
    char path[256];
    unsigned char want[70000] = {0}, got[70001];
    made_path(dir, pack, f, path, sizeof path);
    for (size_t i = 0; i < fixture_files[f].size; i++)
        want[i] = (unsigned char)((i + 1) * fixture_factors[f]);
    FILE *file = fopen(path, check ? "rb" : "wb");
    assert_non_null(file);
    if (!check)
        assert_int_equal(fwrite(want, 1, fixture_files[f].size, file), fixture_files[f].size);
    else
        assert_int_equal(fread(got, 1, sizeof got, file), fixture_files[f].size);
    fclose(file);
    if (check)
        assert_memory_equal(got, want, fixture_files[f].size);
}

static void transfer_fixture(struct rig *r, const char *path)
{
    struct arena *a = arena_new(0);
    struct err e = ERR_INIT;
    uint32_t all[4];
    char extra[256];
    buf_clear(&r->pack.torrent);
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    for (int c; (c = getc(in)) != EOF;)
        buf_addc(&r->pack.torrent, (char)c);
    fclose(in);
    struct metainfo *mi = metainfo_parse(r->pack.torrent.data, r->pack.torrent.len, a, &e);
    assert_non_null(mi);
    assert_int_equal(mi->file_count, 4);
    for (size_t i = 0; i < 4; i++)
        all[i] = mi->files[i].engine_index;
    r->seeder = start_engine(0);
    must_add(r, r->seeder, SEED_KEY, r->seed_dir, all, 4);
    wait_for(r, status_of(r->seeder, SEED_KEY).state == ENGINE_DONE);
    engine_free(r->leecher);
    struct engine *leecher = start_engine(0);
    must_add(r, leecher, KEY, r->dir2, all, 4);
    assert_int_equal(engine_connect_peer(leecher, KEY, "127.0.0.1", engine_listen_port(r->seeder), &e), 0);
    int64_t end = clock_mono_ms() + PATIENCE_MS;
    while (status_of(leecher, KEY).state != ENGINE_DONE && clock_mono_ms() < end) {
        turn(r, leecher, 20); /* not r->leecher: take() knows other content */
        turn(r, r->seeder, 1);
    }
    for (size_t f = 0; f < 4; f++)
        fixture_write(&r->pack, r->dir2, f, true);
    snprintf(extra, sizeof extra, "%s/%s/link", r->dir2, r->pack.name);
    assert_int_equal(access(extra, F_OK), -1);
    snprintf(extra, sizeof extra, "%s/%s/.pad", r->dir2, r->pack.name);
    assert_int_equal(access(extra, F_OK), -1);
    assert_int_equal(engine_remove(leecher, KEY, true, &e), 0);
    while (engine_has(leecher, KEY) && clock_mono_ms() < end)
        turn(r, leecher, 20);
    engine_free(leecher);
    engine_free(r->seeder);
    r->seeder = NULL;
    arena_free(a);
}

static void transfers_v1_v2_and_hybrids(void **state)
{
    struct rig *r = *state;
    char folder[256];
    r->pack.files = fixture_files;
    r->pack.count = 4;
    snprintf(folder, sizeof folder, "%s/%s/sub/deep", r->seed_dir, r->pack.name);
    made_mkdirs(folder);
    for (size_t f = 0; f < 4; f++)
        fixture_write(&r->pack, r->seed_dir, f, false);
    transfer_fixture(r, "tests/fixtures/torrents/v1-private.torrent");
    transfer_fixture(r, "tests/fixtures/torrents/v2.torrent");
    transfer_fixture(r, "tests/fixtures/torrents/hybrid.torrent");
}

static void trackers_show_hosts_only(void **state)
{
    struct rig *r = *state;
    struct err e = ERR_INIT;
    struct engine_tracker *trackers;
    struct buf t = BUF_INIT(BUF_MAX_TORRENT);
    buf_adds(&t, "d8:announce46:http://user:pw@127.0.0.1:1/announce?passkey=XX");
    buf_add(&t, r->pack.torrent.data + 1, r->pack.torrent.len - 1);
    buf_free(&r->pack.torrent);
    r->pack.torrent = t;
    r->leecher = start_engine(0);
    must_add(r, r->leecher, KEY, r->dir2, all_files, 1);
    wait_for(r, engine_get_trackers(r->leecher, KEY, r->arena, &trackers, &e) == 1 && *trackers[0].message);
    assert_string_equal(trackers[0].host, "127.0.0.1:1");
    assert_false(trackers[0].working);
}

static void frees_in_any_state(void **state)
{
    struct rig *r = *state;
    r->leecher = start_engine(0);
    engine_free(r->leecher);
    r->leecher = start_engine(0);
    must_add(r, r->leecher, KEY, r->dir2, all_files, 6);
    engine_free(r->leecher);
    r->leecher = NULL;
    engine_free(NULL);
}

int main(void)
{
    signal(SIGXFSZ, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(downloads_the_selection_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_torrent_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_nonsense, set_up, tear_down),
        cmocka_unit_test_setup_teardown(goes_on_where_it_stopped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(goes_on_without_resume_data, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rubbish_resume_data_is_ignored, set_up, tear_down),
        cmocka_unit_test_setup_teardown(changed_files_are_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_recheck_finds_what_changed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(removes_what_it_wrote, set_up, tear_down),
        cmocka_unit_test_setup_teardown(removal_can_leave_the_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pauses_and_holds_the_disk, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_disk_is_said_and_survived, set_up, tear_down),
        cmocka_unit_test_setup_teardown(transfers_v1_v2_and_hybrids, set_up, tear_down),
        cmocka_unit_test_setup_teardown(trackers_show_hosts_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(frees_in_any_state, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
