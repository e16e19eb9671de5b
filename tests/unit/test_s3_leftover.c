/* provider/s3_leftover: uploads that are to be gone, against a server that takes its time with it. */
#include "base/arena.h"
#include "provider/s3_leftover.h"

#include "fake_http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { UPLOADS = 6 };

/* Uploads of a bucket: each has to be aborted `aborts` times before it is gone. */
struct bucket {
    struct fake_http *server;
    struct arena *arena;
    struct s3_target target;
    struct s3_api *api;
    char endpoint[64];
    struct {
        const char *key, *id, *initiated;
        int aborts;
    } uploads[UPLOADS];
    const char *list_refusal; /* S3's code */
    bool lists_completed;     /* as Swift does: the parts of an upload that is no more */
    int abort_status;
    char aborted[256]; /* their ids, in turn */
};

static void refuse(struct fake_answer *out, int status, const char *code)
{
    out->status = status;
    snprintf(out->body, sizeof out->body, "<Error><Code>%s</Code></Error>", code);
}

static void list(const struct bucket *b, struct fake_answer *out)
{
    int n = snprintf(out->body, sizeof out->body, "<ListMultipartUploadsResult>");
    for (int i = 0; i < UPLOADS; i++)
        if (b->uploads[i].id && b->uploads[i].aborts > 0)
            n += snprintf(out->body + n, sizeof out->body - (size_t)n,
                          "<Upload><Key>%s</Key><UploadId>%s</UploadId>%s</Upload>", b->uploads[i].key,
                          b->uploads[i].id, b->uploads[i].initiated);
    snprintf(out->body + n, sizeof out->body - (size_t)n, "</ListMultipartUploadsResult>");
}

static void answer(const struct fake_request *req, struct fake_answer *out, void *arg)
{
    struct bucket *b = arg;
    const char *id = strstr(req->target, "uploadId=");
    if (b->list_refusal && strcmp(req->method, "GET") == 0) {
        refuse(out, 403, b->list_refusal);
        return;
    }
    if (!id) {
        list(b, out);
        return;
    }
    for (int i = 0; i < UPLOADS; i++) {
        if (!b->uploads[i].id || strcmp(id + 9, b->uploads[i].id) != 0 || b->uploads[i].aborts == 0)
            continue;
        if (strcmp(req->method, "GET") == 0) {
            snprintf(out->body, sizeof out->body, "<ListPartsResult></ListPartsResult>");
            return;
        }
        if (b->abort_status) {
            refuse(out, b->abort_status, "AccessDenied");
            return;
        }
        b->uploads[i].aborts--;
        snprintf(b->aborted + strlen(b->aborted), 16, "%s ", b->uploads[i].id);
        out->status = 204;
        return;
    }
    if (b->lists_completed && strcmp(req->method, "GET") == 0)
        snprintf(out->body, sizeof out->body, "<ListPartsResult></ListPartsResult>");
    else
        refuse(out, 404, "NoSuchUpload");
}

static int setup(void **state)
{
    struct bucket *b = calloc(1, sizeof *b);
    b->server = fake_http_start(answer, b, NULL);
    b->arena = arena_new(0);
    snprintf(b->endpoint, sizeof b->endpoint, "http://127.0.0.1:%d", b->server->port);
    b->target = (struct s3_target){.endpoint = b->endpoint,
                                   .region = "r",
                                   .bucket = "b",
                                   .access_key = "a",
                                   .secret_key = "s",
                                   .timeout_ms = 5000};
    b->api = s3_api_new(&b->target);
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    struct bucket *b = *state;
    s3_api_free(b->api);
    arena_free(b->arena);
    fake_http_stop(b->server);
    free(b);
    return 0;
}

static void test_a_completed_one_is_gone(void **state)
{
    struct bucket *b = *state;
    struct err e = ERR_INIT;
    bool gone = false;
    b->lists_completed = true;
    assert_int_equal(s3_leftover_end(b->api, b->arena, "k", "completed", &gone, &e), 0);
    assert_true(gone);
}

static void test_it_is_gone_when_the_server_says_so(void **state)
{
    static const struct {
        int aborts;
        bool gone;
    } rows[] = {{0, true}, {1, true}, {2, true}, {3, false} /* not yet: later */};
    struct bucket *b = *state;
    struct err e = ERR_INIT;
    bool gone;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        b->uploads[0].key = "k";
        b->uploads[0].id = "u";
        b->uploads[0].aborts = rows[i].aborts;
        assert_int_equal(s3_leftover_end(b->api, b->arena, "k", "u", &gone, &e), 0);
        assert_int_equal(gone, rows[i].gone);
    }
    assert_int_equal(s3_leftover_end(b->api, b->arena, "k", "u", &gone, &e), 0);
    assert_true(gone);
    b->uploads[0].aborts = 1;
    b->list_refusal = "AccessDenied"; /* keys that may only write: the answer to the abort has to do */
    assert_int_equal(s3_leftover_end(b->api, b->arena, "k", "u", &gone, &e), 0);
    assert_true(gone && b->uploads[0].aborts == 0);
    b->uploads[0].aborts = 1;
    b->abort_status = 403;
    assert_int_equal(s3_leftover_end(b->api, b->arena, "k", "u", &gone, &e), -1);
    assert_true(!gone && e.class == ERR_PERMANENT);
}

/* 2026-02-18T18:37:25Z is 1771439845. */
static void test_a_lost_one_is_found_among_others(void **state)
{
    struct bucket *b = *state;
    struct err e = ERR_INIT;
    bool gone;
    const char *known[] = {"known"};
    const struct s3_lost_upload lost = {.key = "k", .created_s = 1771439845, .known = known, .known_count = 1};
    const char *const rows[UPLOADS][3] = {
        {"k", "ours", "<Initiated>2026-02-18T18:37:26.123Z</Initiated>"},
        {"k", "silent", ""},
        {"k", "known", "<Initiated>2026-02-18T18:37:26.123Z</Initiated>"},
        {"k2", "neighbour", "<Initiated>2026-02-18T18:37:26.123Z</Initiated>"},
        {"k", "older", "<Initiated>2026-02-18T17:37:26.000Z</Initiated>"},
        {"k", "later", "<Initiated>2026-02-19T18:37:26Z</Initiated>"},
    };
    for (int i = 0; i < UPLOADS; i++) {
        b->uploads[i].key = rows[i][0];
        b->uploads[i].id = rows[i][1];
        b->uploads[i].initiated = rows[i][2];
        b->uploads[i].aborts = 1;
    }
    assert_int_equal(s3_leftover_end_lost(b->api, b->arena, &lost, &gone, &e), 0);
    assert_true(gone);
    assert_string_equal(b->aborted, "ours silent ");
    assert_int_equal(s3_leftover_end_lost(b->api, b->arena, &lost, &gone, &e), 0);
    assert_true(gone); /* there is none */
    b->uploads[0].aborts = 5;
    assert_int_equal(s3_leftover_end_lost(b->api, b->arena, &lost, &gone, &e), 0);
    assert_false(gone);
    b->list_refusal = "AccessDenied";
    assert_int_equal(s3_leftover_end_lost(b->api, b->arena, &lost, &gone, &e), -1);
    assert_int_equal(e.class, ERR_PERMANENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_it_is_gone_when_the_server_says_so, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_completed_one_is_gone, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_lost_one_is_found_among_others, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
