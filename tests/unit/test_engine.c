/* The engine as C sees it: transfers, selections, removal. Run from the project's root. */
#include "engine_rig.h"

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

/* Without an order a file's place is off by 20: all pieces are as rare as each other. With it, by 2 to 4; slow enough
 * that what libtorrent asks for ahead, three seconds' worth, is not more than the files that have a rank. */
static void files_come_one_after_the_other(void **state)
{
    enum { FILES = 64, EACH = 4 * PIECE, OFF_BY = FILES / 5 };
    struct rig *r = *state;
    struct made_file files[FILES];
    char names[FILES][16];
    uint32_t all[FILES];
    struct err e = ERR_INIT;
    int64_t off = 0, end = clock_mono_ms() + PATIENCE_MS;
    for (uint32_t i = 0; i < FILES; i++) {
        snprintf(names[i], sizeof names[i], "%02u.bin", i);
        files[i] = (struct made_file){names[i], EACH - 1000}; /* neighbours share a piece */
        all[i] = i;
    }
    buf_free(&r->pack.torrent);
    r->pack = (struct made){.name = "Row", .files = files, .count = FILES, .piece_length = PIECE, .seed = 2};
    made_torrent(&r->pack);
    made_write(&r->pack, r->seed_dir);
    r->seeder = start_engine(0);
    must_add(r, r->seeder, SEED_KEY, r->seed_dir, all, FILES);
    wait_for(r, status_of(r->seeder, SEED_KEY).state == ENGINE_DONE);
    const struct engine_settings s = {.listen = "127.0.0.1:0",
                                      .same_ip_peers = true,
                                      .connections = 20,
                                      .download_limit = 8 * EACH,
                                      .ahead = 4 * EACH};
    struct engine *leecher = engine_new(&s, &e);
    must_add(r, leecher, KEY, r->dir2, all, FILES);
    while (status_of(leecher, KEY).state != ENGINE_DOWNLOADING && clock_mono_ms() < end)
        turn(r, leecher, 20);
    assert_int_equal(engine_connect_peer(leecher, KEY, "127.0.0.1", engine_listen_port(r->seeder), &e), 0);
    for (int rank = 0; rank < FILES && clock_mono_ms() < end;) {
        struct engine_event *events;
        int n = engine_poll(leecher, 20, r->arena, &events, &e);
        for (int i = 0; i < n; i++)
            if (events[i].type == ENGINE_FILE_READY)
                off += labs((long)events[i].file - rank++);
        turn(r, r->seeder, 1);
    }
    assert_int_equal(status_of(leecher, KEY).files_ready, FILES);
    engine_free(leecher);
    assert_true(off < (int64_t)FILES * OFF_BY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(downloads_the_selection_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_torrent_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_nonsense, set_up, tear_down),
        cmocka_unit_test_setup_teardown(removes_what_it_wrote, set_up, tear_down),
        cmocka_unit_test_setup_teardown(removal_can_leave_the_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(transfers_v1_v2_and_hybrids, set_up, tear_down),
        cmocka_unit_test_setup_teardown(trackers_show_hosts_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(files_come_one_after_the_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(frees_in_any_state, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
