/* provider/google_oauth, google_error and drive_probe against a scripted Google. */
#include "net/seal.h"
#include "provider/drive_probe.h"
#include "provider/google_error.h"
#include "provider/google_oauth.h"

#include "fake_http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct fixture {
    struct fake_http *server;
    struct arena *arena;
    struct http *http;
    struct google_servers servers;
    struct err err;
};

static const struct google_client client = {"id.apps.googleusercontent.com", "s&cret=%", "http://h/cb?x=1"};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->server = fake_http_start(NULL, NULL, NULL);
    f->arena = arena_new(0);
    f->http = http_new();
    const char *base = arena_printf(f->arena, "http://127.0.0.1:%d", f->server->port);
    f->servers = (struct google_servers){.oauth_url = "https://accounts.test/auth",
                                         .token_url = arena_printf(f->arena, "%s/token", base),
                                         .revoke_url = arena_printf(f->arena, "%s/revoke", base),
                                         .api_url = base,
                                         .timeout_ms = 5000};
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    http_free(f->http);
    arena_free(f->arena);
    fake_http_stop(f->server);
    free(f);
    return 0;
}

static const struct fake_request *request(const struct fixture *f, int i)
{
    assert_true(i < f->server->count);
    return f->server->requests[i];
}

/* RFC 7636, appendix B. */
static void challenge(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(google_oauth_challenge(f->arena, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
                        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

static void url(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(google_oauth_url(f->arena, &f->servers, &client, "st", "ch", NULL),
                        "https://accounts.test/auth?client_id=id.apps.googleusercontent.com"
                        "&redirect_uri=http%3A%2F%2Fh%2Fcb%3Fx%3D1&response_type=code"
                        "&scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fdrive.file&state=st&code_challenge=ch"
                        "&code_challenge_method=S256&access_type=offline&prompt=consent");
    f->servers.oauth_url = "https://accounts.test/auth?hd=x";
    const char *hinted = google_oauth_url(f->arena, &f->servers, &client, "st", "ch", "a b&c@x");
    assert_non_null(strstr(hinted, "auth?hd=x&client_id="));
    assert_non_null(strstr(hinted, "&login_hint=a%20b%26c%40x"));
    assert_null(strstr(hinted, "cret"));
}

/* All of Drive, for folders that exist: asked for, and missed when a person leaves its box empty. */
static void full_access(void **state)
{
    struct fixture *f = *state;
    static const char narrow[] = "{\"access_token\":\"a\",\"scope\":\"https://www.googleapis.com/auth/drive.file\"}";
    static const char wide[] = "{\"access_token\":\"a\",\"scope\":\"openid https://www.googleapis.com/auth/drive\"}";
    struct google_tokens t;
    f->servers.scope = GOOGLE_SCOPE_FULL;
    assert_non_null(strstr(google_oauth_url(f->arena, &f->servers, &client, "st", "ch", NULL),
                           "&scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fdrive&state="));
    fake_script(f->server, 200, "", narrow);
    fake_script(f->server, 200, "", wide);
    assert_int_equal(google_oauth_exchange(f->http, f->arena, &f->servers, &client, "code", "v", &t, &f->err), 0);
    assert_false(t.scope_granted);
    assert_int_equal(google_oauth_exchange(f->http, f->arena, &f->servers, &client, "code", "v", &t, &f->err), 0);
    assert_true(t.scope_granted);
}

static int read_tokens(struct fixture *f, const char *text, struct google_tokens *t)
{
    return google_oauth_read_tokens(f->arena, text, strlen(text), GOOGLE_SCOPE_FILE, t, &f->err);
}

static void tokens(void **state)
{
    struct fixture *f = *state;
    struct google_tokens t;
    assert_int_equal(read_tokens(f,
                                 "{\"access_token\":\"a\",\"refresh_token\":\"r\",\"expires_in\":3599,\"scope\":"
                                 "\"openid https://www.googleapis.com/auth/drive.file\"}",
                                 &t),
                     0);
    assert_string_equal(t.access, "a");
    assert_string_equal(t.refresh, "r");
    assert_int_equal(t.expires_s, 3599);
    assert_true(t.scope_granted);
    assert_int_equal(
        read_tokens(f, "{\"access_token\":\"a\",\"scope\":\"https://www.googleapis.com/auth/drive.file.x\"}", &t), 0);
    assert_false(t.scope_granted); /* not by its beginning */
    assert_null(t.refresh);
    assert_int_equal(t.expires_s, 0);
    assert_int_equal(read_tokens(f, "{\"access_token\":\"a\",\"scope\":\"\"}", &t), 0);
    assert_false(t.scope_granted);
    assert_int_equal(read_tokens(f, "{\"access_token\":\"a\",\"expires_in\":-5,\"refresh_token\":\"\"}", &t), 0);
    assert_true(t.scope_granted && t.expires_s == 0 && !t.refresh);
    static const char *const broken[] = {"", "null", "[]", "\"x\"", "{", "<html>", "{\"access_token\":\"a\"} x"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        assert_int_equal(read_tokens(f, broken[i], &t), -1);
        assert_string_equal(f->err.code, "InvalidTokenResponse");
        assert_int_equal(f->err.class, ERR_REMOTE);
    }
    static const char *const without[] = {"{}",
                                          "{\"access_token\":null}",
                                          "{\"access_token\":5}",
                                          "{\"access_token\":\"\"}",
                                          "{\"access_token\":\"a\\r\\nX: y\"}",
                                          "{\"access_token\":\"\xc3\xa9\"}"};
    for (size_t i = 0; i < sizeof without / sizeof *without; i++) {
        assert_int_equal(read_tokens(f, without[i], &t), -1);
        assert_string_equal(f->err.code, "MissingAccessToken");
    }
}

static void exchange_and_refresh(void **state)
{
    struct fixture *f = *state;
    struct google_tokens t;
    char type[64];
    fake_script(f->server, 200, "", "{\"access_token\":\"at\",\"refresh_token\":\"rt\",\"expires_in\":10}");
    assert_int_equal(
        google_oauth_exchange(f->http, f->arena, &f->servers, &client, "4/co de", "ver~ifier", &t, &f->err), 0);
    assert_string_equal(t.refresh, "rt");
    const struct fake_request *r = request(f, 0);
    assert_string_equal(r->method, "POST");
    assert_string_equal(r->target, "/token");
    assert_true(fake_header(r, "Content-Type", type, sizeof type));
    assert_string_equal(type, "application/x-www-form-urlencoded");
    assert_string_equal(r->body, "grant_type=authorization_code&client_id=id.apps.googleusercontent.com"
                                 "&client_secret=s%26cret%3D%25&code=4%2Fco%20de&code_verifier=ver~ifier"
                                 "&redirect_uri=http%3A%2F%2Fh%2Fcb%3Fx%3D1");
    assert_int_equal(google_oauth_refresh(f->http, f->arena, &f->servers, &client, "1//r", &t, &f->err), 0);
    assert_string_equal(request(f, 1)->body, "grant_type=refresh_token&client_id=id.apps.googleusercontent.com"
                                             "&client_secret=s%26cret%3D%25&refresh_token=1%2F%2Fr");
}

/* One class for each reason, and no secret in a sentence. */
static void refusals_of_tokens(void **state)
{
    struct fixture *f = *state;
    static const struct {
        int status;
        const char *body;
        enum err_class class;
        const char *code;
    } rows[] = {
        {400, "{\"error\":\"invalid_grant\",\"error_description\":\"Token has been revoked.\"}", ERR_LOGIN,
         "invalid_grant"},
        {401, "{\"error\":\"invalid_client\"}", ERR_PERMANENT, "invalid_client"},
        {400, "{\"error\":\"redirect_uri_mismatch\",\"error_description\":5}", ERR_PERMANENT, "redirect_uri_mismatch"},
        {400, "{\"error\":\"<b>Bad\"}", ERR_PERMANENT, "GoogleRefused"},
        {400, "{\"error\":{\"code\":400}}", ERR_PERMANENT, "GoogleRefused"},
        {403, "<html>", ERR_PERMANENT, "GoogleRefused"},
        {302, "", ERR_PERMANENT, "GoogleRefused"},
        {429, "{\"error\":\"rate_limit_exceeded\"}", ERR_THROTTLED, "RateLimited"},
        {500, "{\"error\":\"invalid_grant\"}", ERR_REMOTE, "GoogleFailed"},
        {503, "", ERR_REMOTE, "GoogleFailed"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct google_tokens t;
        fake_script(f->server, rows[i].status, "", rows[i].body);
        assert_int_equal(google_oauth_refresh(f->http, f->arena, &f->servers, &client, "1//secret", &t, &f->err), -1);
        assert_string_equal(f->err.code, rows[i].code);
        assert_int_equal(f->err.class, rows[i].class);
        assert_null(strstr(f->err.msg, "secret"));
    }
}

static void an_absent_google(void **state)
{
    struct fixture *f = *state;
    struct google_tokens t;
    f->servers.token_url = "http://127.0.0.1:9/token";
    assert_int_equal(google_oauth_refresh(f->http, f->arena, &f->servers, &client, "r", &t, &f->err), -1);
    assert_int_equal(f->err.class, ERR_UNAVAILABLE);
}

static void revocation(void **state)
{
    struct fixture *f = *state;
    fake_script(f->server, 200, "", "{}");
    fake_script(f->server, 400, "", "{\"error\":\"invalid_token\",\"error_description\":\"Token expired or revoked\"}");
    fake_script(f->server, 400, "", "{\"error\":\"invalid_request\"}");
    fake_script(f->server, 500, "", "");
    assert_int_equal(google_oauth_revoke(f->http, &f->servers, "1//a b", &f->err), 0);
    assert_string_equal(request(f, 0)->body, "token=1%2F%2Fa%20b");
    assert_int_equal(google_oauth_revoke(f->http, &f->servers, "1//a", &f->err), 0); /* gone already */
    assert_int_equal(google_oauth_revoke(f->http, &f->servers, "1//a", &f->err), -1);
    assert_string_equal(f->err.code, "invalid_request");
    assert_int_equal(google_oauth_revoke(f->http, &f->servers, "1//a", &f->err), -1);
    assert_int_equal(f->err.class, ERR_REMOTE);
    assert_int_equal(google_oauth_revoke(f->http, &f->servers, "1//a", NULL), -1);
}

static void email(void **state)
{
    struct fixture *f = *state;
    const char *found;
    char header[64];
    fake_script(f->server, 200, "", "{\"user\":{\"emailAddress\":\"ada@example.org\"}}");
    assert_int_equal(google_oauth_email(f->http, f->arena, &f->servers, "at", &found, &f->err), 0);
    assert_string_equal(found, "ada@example.org");
    assert_string_equal(request(f, 0)->target, "/drive/v3/about?fields=user/emailAddress");
    assert_true(fake_header(request(f, 0), "Authorization", header, sizeof header));
    assert_string_equal(header, "Bearer at");
    static const char *const unusable[] = {"",
                                           "{}",
                                           "[]",
                                           "{\"user\":null}",
                                           "{\"user\":{\"emailAddress\":5}}",
                                           "{\"user\":{\"emailAddress\":\"nobody\"}}",
                                           "{\"user\":{\"emailAddress\":\"@\"}}"};
    for (size_t i = 0; i < sizeof unusable / sizeof *unusable; i++) {
        fake_script(f->server, 200, "", unusable[i]);
        assert_int_equal(google_oauth_email(f->http, f->arena, &f->servers, "at", &found, &f->err), -1);
        assert_string_equal(f->err.code, "InvalidAccount");
        assert_null(found);
    }
}

#define REASON(word) "{\"error\":{\"code\":403,\"message\":\"M.\",\"errors\":[{\"reason\":\"" word "\"}]}}"

static void refusals_of_the_api(void **state)
{
    struct fixture *f = *state;
    static const struct {
        int status;
        const char *headers, *body;
        enum err_class class;
        const char *code;
    } rows[] = {
        {403, "", REASON("accessNotConfigured"), ERR_PERMANENT, "DriveApiDisabled"},
        {403, "", "{\"error\":{\"details\":[{\"reason\":\"SERVICE_DISABLED\"}]}}", ERR_PERMANENT, "DriveApiDisabled"},
        {403, "", REASON("insufficientPermissions"), ERR_LOGIN, "ScopeMissing"},
        {403, "", REASON("storageQuotaExceeded"), ERR_LIMIT, "QuotaExceeded"},
        {403, "", REASON("userRateLimitExceeded"), ERR_THROTTLED, "RateLimited"},
        {403, "", REASON("somethingNew"), ERR_PERMANENT, "GoogleRefused"},
        {401, "", REASON("authError"), ERR_LOGIN, "TokenRefused"},
        {404, "", REASON("notFound"), ERR_NOT_FOUND, "DriveFileNotFound"},
        {429, "Retry-After: 7\r\n", "", ERR_THROTTLED, "RateLimited"},
        {500, "", REASON("backendError"), ERR_REMOTE, "GoogleFailed"},
        {503, "Retry-After: soon\r\n", "<html>", ERR_THROTTLED, "GoogleBusy"},
        {418, "", "{\"error\":\"x\"}", ERR_PERMANENT, "GoogleRefused"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *ignored;
        fake_script(f->server, rows[i].status, rows[i].headers, rows[i].body);
        assert_int_equal(google_oauth_email(f->http, f->arena, &f->servers, "at", &ignored, &f->err), -1);
        assert_string_equal(f->err.code, rows[i].code);
        assert_int_equal(f->err.class, rows[i].class);
        assert_int_equal(f->err.retry_after_s, strstr(rows[i].headers, "7") ? 7 : 0);
        assert_true(strlen(f->err.msg) > 10);
    }
}

static int try_probe(struct fixture *f, const char *parent)
{
    return drive_probe_write(f->http, f->arena, &f->servers, "at", parent, &f->err);
}

static void probe(void **state)
{
    struct fixture *f = *state;
    fake_script(f->server, 200, "", "{\"ids\":[\"1a-B_c\"]}");
    fake_script(f->server, 200, "", "{\"id\":\"1a-B_c\"}");
    fake_script(f->server, 204, "", "");
    assert_int_equal(try_probe(f, "the-folder"), 0);
    assert_int_equal(f->server->count, 3);
    assert_string_equal(request(f, 0)->target, "/drive/v3/files/generateIds?count=1&space=drive");
    assert_string_equal(request(f, 1)->target, "/drive/v3/files?fields=id&supportsAllDrives=true");
    assert_non_null(strstr(request(f, 1)->body, "\"name\":\".torrentclou-probe-"));
    assert_non_null(strstr(request(f, 1)->body, "\"id\":\"1a-B_c\""));
    assert_non_null(strstr(request(f, 1)->body, "\"parents\":[\"the-folder\"]"));
    assert_string_equal(request(f, 2)->method, "DELETE");
    assert_string_equal(request(f, 2)->target, "/drive/v3/files/1a-B_c?supportsAllDrives=true");
    static const char *const ids[] = {
        "{}", "{\"ids\":[]}", "{\"ids\":[\"\"]}", "{\"ids\":[\"../about\"]}", "{\"ids\":[7]}", "x"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) { /* an id never becomes another path */
        int asked = f->server->count;
        fake_script(f->server, 200, "", ids[i]);
        assert_int_equal(try_probe(f, NULL), -1);
        assert_string_equal(f->err.code, "InvalidResponse");
        assert_int_equal(f->server->count, asked + 1);
    }
    fake_script(f->server, 200, "", "{\"ids\":[\"a\"]}");
    fake_script(f->server, 200, "", "{\"id\":\"b\"}");
    assert_int_equal(try_probe(f, NULL), -1);
    assert_non_null(strstr(f->err.msg, "not under the id"));
    fake_script(f->server, 200, "", "{\"ids\":[\"a\"]}");
    fake_script(f->server, 200, "", "{\"id\":\"a\"}");
    fake_script(f->server, 403, "", REASON("insufficientFilePermissions"));
    assert_int_equal(try_probe(f, NULL), -1);
    assert_non_null(strstr(f->err.msg, "could not be deleted"));
    fake_script(f->server, 403, "", REASON("storageQuotaExceeded"));
    assert_int_equal(try_probe(f, NULL), -1);
    assert_string_equal(f->err.code, "QuotaExceeded");
}

static int start(void **state)
{
    (void)state;
    return seal_init("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "", NULL);
}

#define GOOGLE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        GOOGLE_TEST(challenge),
        GOOGLE_TEST(url),
        GOOGLE_TEST(full_access),
        GOOGLE_TEST(tokens),
        GOOGLE_TEST(exchange_and_refresh),
        GOOGLE_TEST(email),
        GOOGLE_TEST(refusals_of_tokens),
        GOOGLE_TEST(revocation),
        GOOGLE_TEST(refusals_of_the_api),
        GOOGLE_TEST(probe),
        GOOGLE_TEST(an_absent_google),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
