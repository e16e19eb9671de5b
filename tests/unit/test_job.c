/* domain/job: the statuses and THE transition table have the properties that clients and workers count on. */
#include "domain/job.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_names(void **state)
{
    (void)state;
    enum job_status s;
    enum phase_state p;
    enum file_state f;
    for (int i = 0; i < JOB_STATUS__MAX; i++) {
        const char *name = job_status_info((enum job_status)i)->name;
        assert_true(job_status_parse(name, false, &s) && s == (enum job_status)i);
        char number[16];
        snprintf(number, sizeof number, "%d", i);
        assert_true(job_status_parse(number, true, &s) && s == (enum job_status)i);
        assert_false(job_status_parse(number, false, &s));
    }
    assert_true(job_status_parse("upload_FAILED", true, &s) && s == JOB_UPLOAD_FAILED);
    static const char *const bad[] = {"", "12", "-1", "queued", "QUEUED ", "1x"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(job_status_parse(bad[i], false, &s));
    assert_false(job_status_parse("12", true, &s));
    assert_false(job_status_parse("-1", true, &s));
    for (int i = 0; i < PHASE_STATE__MAX; i++)
        assert_true(phase_state_parse(phase_state_name((enum phase_state)i), &p) && p == (enum phase_state)i);
    assert_false(phase_state_parse("none", &p));
    for (int i = 0; i < FILE_STATE__MAX; i++)
        assert_true(file_state_parse(file_state_name((enum file_state)i), &f) && f == (enum file_state)i);
    assert_false(file_state_parse("", &f));
    assert_string_equal(job_phase_name(PHASE_DOWNLOAD), "download");
    assert_string_equal(job_phase_name(PHASE_UPLOAD), "upload");
    assert_string_equal(job_source_name(SOURCE_RECOVERY), "Recovery");
}

static void test_the_table_has_no_twins_and_reaches_everything(void **state)
{
    (void)state;
    size_t n;
    const struct job_transition *t = job_transitions(&n);
    bool reached[JOB_STATUS__MAX] = {false}, left[JOB_STATUS__MAX] = {false};
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            assert_false(t[i].from == t[k].from && t[i].to == t[k].to && t[i].source == t[k].source);
        assert_true(t[i].why && *t[i].why);
        assert_true(job_may(t[i].from, t[i].to, t[i].source));
        if (t[i].from == JOB_STATUS_NONE)
            reached[t[i].to] = true;
        else if (t[i].to != t[i].from)
            left[t[i].from] = true;
    }
    for (int round = 0; round < JOB_STATUS__MAX; round++)
        for (size_t i = 0; i < n; i++)
            if (t[i].from != JOB_STATUS_NONE && reached[t[i].from])
                reached[t[i].to] = true;
    for (int s = 0; s < JOB_STATUS__MAX; s++) {
        assert_int_equal(reached[s], s != JOB_GOOGLE_DRIVE_FAILED); /* that one is only read */
        assert_int_equal(left[s], s != JOB_COMPLETED);
    }
    assert_false(job_may(JOB_COMPLETED, JOB_QUEUED, SOURCE_USER));
    assert_false(job_may(JOB_STATUS_NONE, JOB_COMPLETED, SOURCE_SYSTEM));
}

/* What a status promises is what the table allows. */
static void test_flags_and_table_agree(void **state)
{
    (void)state;
    for (int i = 0; i < JOB_STATUS__MAX; i++) {
        enum job_status s = (enum job_status)i;
        const struct job_status_info *f = job_status_info(s);
        bool retries = job_may(s, JOB_QUEUED, SOURCE_USER) || job_may(s, JOB_PENDING_UPLOAD, SOURCE_USER);
        assert_int_equal(f->can_retry, retries);
        assert_int_equal(f->cancellable, job_may(s, JOB_CANCELLED, SOURCE_USER));
        assert_false(f->active && f->failed);
        assert_true(!f->can_cancel || f->cancellable);
        assert_true(!f->failed || f->can_retry);
        assert_true(!f->active || !f->can_retry);
    }
}

static void test_derive(void **state)
{
    (void)state;
    /* Until the download is done the upload does not show. */
    for (int u = 0; u < PHASE_STATE__MAX; u++) {
        assert_int_equal(job_derive(PHASE_IDLE, (enum phase_state)u), JOB_QUEUED);
        assert_int_equal(job_derive(PHASE_ACTIVE, (enum phase_state)u), JOB_DOWNLOADING);
        assert_int_equal(job_derive(PHASE_RETRY, (enum phase_state)u), JOB_TORRENT_DOWNLOAD_RETRY);
        assert_int_equal(job_derive(PHASE_WAITING, (enum phase_state)u), JOB_QUEUED);
        assert_int_equal(job_derive(PHASE_FAILED, (enum phase_state)u), JOB_TORRENT_FAILED);
        assert_int_equal(job_derive(PHASE_CANCELLED, (enum phase_state)u), JOB_CANCELLED);
    }
    assert_int_equal(job_derive(PHASE_DONE, PHASE_IDLE), JOB_PENDING_UPLOAD);
    assert_int_equal(job_derive(PHASE_DONE, PHASE_ACTIVE), JOB_UPLOADING);
    assert_int_equal(job_derive(PHASE_DONE, PHASE_RETRY), JOB_UPLOAD_RETRY);
    assert_int_equal(job_derive(PHASE_DONE, PHASE_WAITING), JOB_UPLOAD_RETRY);
    assert_int_equal(job_derive(PHASE_DONE, PHASE_DONE), JOB_COMPLETED);
    assert_int_equal(job_derive(PHASE_DONE, PHASE_FAILED), JOB_UPLOAD_FAILED);
    assert_int_equal(job_derive(PHASE_DONE, PHASE_CANCELLED), JOB_CANCELLED);
}

static void test_selection(void **state)
{
    (void)state;
    assert_true(job_selects("a/b.txt", "a/b.txt"));
    assert_true(job_selects("A\\B.TXT", "a/b.txt"));
    assert_true(job_selects("a", "a/b.txt"));
    assert_true(job_selects("a/", "a/b.txt"));
    assert_true(job_selects("a\\", "a/b/c"));
    assert_false(job_selects("a", "ab/c"));
    assert_false(job_selects("a/b", "a/b.txt"));
    assert_false(job_selects("a/b.txt/c", "a/b.txt"));
    assert_false(job_selects("", "a"));
    assert_true(job_selects("a/", "a"));               /* "folder/" and "folder" mean the same */
    assert_false(job_selects("\xc3\x84", "\xc3\xa4")); /* only ASCII is folded */
}

static void test_percent_and_remote_path(void **state)
{
    (void)state;
    assert_true(job_percent(0, 0) == 0 && job_percent(5, 0) == 0 && job_percent(-1, 10) == 0);
    assert_true(job_percent(5, 10) == 50 && job_percent(10, 10) == 100 && job_percent(11, 10) == 100);
    char out[16];
    assert_true(job_remote_path("Root", true, "a/b", out, sizeof out));
    assert_string_equal(out, "Root/a/b");
    assert_true(job_remote_path("Root", false, "file", out, sizeof out));
    assert_string_equal(out, "file");
    assert_true(job_remote_path("0123456789", true, "abcd", out, sizeof out));
    assert_false(job_remote_path("0123456789", true, "abcde", out, sizeof out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_the_table_has_no_twins_and_reaches_everything),
        cmocka_unit_test(test_flags_and_table_agree),
        cmocka_unit_test(test_derive),
        cmocka_unit_test(test_selection),
        cmocka_unit_test(test_percent_and_remote_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
