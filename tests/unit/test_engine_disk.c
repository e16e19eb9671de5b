/* What the engine believes of the disk: resume data, changed files, a full disk. */
#include "engine_rig.h"

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

int main(void)
{
    signal(SIGXFSZ, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(goes_on_where_it_stopped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(goes_on_without_resume_data, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rubbish_resume_data_is_ignored, set_up, tear_down),
        cmocka_unit_test_setup_teardown(changed_files_are_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_recheck_finds_what_changed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pauses_and_holds_the_disk, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_disk_is_said_and_survived, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
