/* store/file_store: what becomes of the files of a job; against a real PostgreSQL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "store/file_store.h"
#include "stores.h"

static void test_files(void **state)
{
    (void)state;
    struct made m = make_job(3);
    struct claim d = claim(m.job, PHASE_DOWNLOAD, "torrent-1");
    const int index[] = {0, 2};
    const int64_t bytes[] = {40, 50};
    OK(file_progress(db, arena, &d.lease, index, bytes, 2, &err));
    OK(file_progress(db, arena, &d.lease, index, bytes, 0, &err));
    assert_string_equal(file_states(), "downloading pending downloading");
    FAILS(ERR_BUG, file_ready(db, arena, &d.lease, 0, NULL, SHA_A, &err)); /* ready means hashed */
    OK(file_ready(db, arena, &d.lease, 0, MD5_A, SHA_A, &err));
    OK(file_progress(db, arena, &d.lease, index, bytes, 1, &err)); /* a late word does not unready it */
    assert_string_equal(file_states(), "ready pending downloading");

    struct claim u = claim(m.job, PHASE_UPLOAD, "s3-1");
    FAILS(ERR_LOST, file_uploading(db, arena, &u.lease, &(struct file_key){1, "key"}, 1, &err)); /* is not ready */
    OK(file_uploading(db, arena, &u.lease, &(struct file_key){0, "torrents/1/Torrent/folder/file0"}, 1, &err));
    OK(file_sent(db, arena, &u.lease, 0, 60, &err));
    OK(file_failed(db, arena, &u.lease, 0, "It broke.", &err));
    struct job_file *files;
    int n;
    OK(job_files(db, arena, m.job, &files, &n, &err));
    assert_int_equal(files[0].state, FILE_READY); /* its bytes are as good as before */
    assert_string_equal(files[0].error_message, "It broke.");
    assert_int_equal(files[0].bytes_uploaded, 60);
    OK(file_uploading(db, arena, &u.lease, &(struct file_key){0, "torrents/1/Torrent/folder/file0"}, 1, &err));
    OK(file_done(db, arena, &u.lease, &(struct file_proof){0, NULL, "etag", "etag-md5"}, 1, &err));
    OK(file_failed(db, arena, &d.lease, 1, "x", &err));
    FAILS(ERR_LOST, file_failed(db, arena, &u.lease, 0, "too late", &err)); /* done stays done */
    FAILS(ERR_BUG, file_done(db, arena, &u.lease, &(struct file_proof){2, NULL, "etag", NULL}, 1, &err));
    OK(job_files(db, arena, m.job, &files, &n, &err));
    assert_int_equal(files[0].state, FILE_DONE);
    assert_int_equal(files[0].bytes_uploaded, 100);
    assert_string_equal(files[0].verified_by, "etag-md5");
    assert_string_equal(files[0].md5, MD5_A);
    assert_null(files[0].error_message);
    assert_int_equal(files[1].state, FILE_PENDING);
    assert_string_equal(files[1].error_message, "x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_files),
    };
    return cmocka_run_group_tests(tests, stores_start, stores_stop);
}
