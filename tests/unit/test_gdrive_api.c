/* provider/gdrive_api against a scripted Drive: what is sent, and what the answers mean. */
#include "base/buf.h"
#include "provider/gdrive_api.h"
#include "provider/gdrive_folder.h"
#include "provider/gdrive_pacer.h"

#include "fake_http.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { SIZE = 1000 };

struct fixture {
    struct fake_http *server;
    struct arena *arena;
    struct gdrive_api *api;
    struct gdrive_target target;
    const char *session;
    int tokens;       /* asked for */
    char refused[64]; /* the last one that was handed back */
    int fd;
    struct err err;
};

static int token(void *arg, const char *refused, char *out, struct err *e)
{
    struct fixture *f = arg;
    (void)e;
    if (refused)
        snprintf(f->refused, sizeof f->refused, "%s", refused);
    snprintf(out, GDRIVE_TOKEN_SIZE, "token-%d", refused ? 2 : 1);
    f->tokens++;
    return 0;
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    char bytes[SIZE];
    memset(bytes, 'x', sizeof bytes);
    f->server = fake_http_start(NULL, NULL, NULL);
    f->arena = arena_new(0);
    f->target = (struct gdrive_target){arena_printf(f->arena, "http://127.0.0.1:%d", f->server->port), 5000, 5000};
    f->session = arena_printf(f->arena, "%s/upload/session?upload_id=secret", f->target.api_url);
    f->api = gdrive_api_new(&f->target, token, f);
    f->fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);
    assert_true(f->fd >= 0 && write(f->fd, bytes, sizeof bytes) == SIZE);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    gdrive_api_free(f->api);
    fake_http_stop(f->server);
    arena_free(f->arena);
    close(f->fd);
    free(f);
    return 0;
}

static const char *header(const struct fixture *f, int request, const char *name)
{
    static char value[512];
    return fake_header(f->server->requests[request], name, value, sizeof value) ? value : "";
}

static const struct gdrive_new file = {"id-1", "a \"b\".bin", "parent-1", "7", "0", "abc"};

static void ids_are_asked_for_and_looked_at(void **state)
{
    struct fixture *f = *state;
    const char **ids;
    fake_script(f->server, 200, "", "{\"ids\":[\"one\",\"two\"]}");
    fake_script(f->server, 200, "", "{\"ids\":[\"one\"]}");
    fake_script(f->server, 200, "", "{\"ids\":[\"one\",\"../two\"]}");
    assert_int_equal(gdrive_api_ids(f->api, f->arena, 2, &ids, &f->err), 0);
    assert_string_equal(ids[1], "two");
    assert_string_equal(f->server->requests[0]->target, "/drive/v3/files/generateIds?count=2&space=drive");
    for (int i = 0; i < 2; i++) {
        assert_int_equal(gdrive_api_ids(f->api, f->arena, 2, &ids, &f->err), -1);
        assert_string_equal(f->err.code, "InvalidResponse");
    }
}

static void a_folder_carries_its_id(void **state)
{
    struct fixture *f = *state;
    fake_script(f->server, 200, "", "{\"id\":\"id-1\"}");
    fake_script(f->server, 409, "", "{\"error\":{\"code\":409,\"errors\":[{\"reason\":\"fileIdInUse\"}]}}");
    assert_int_equal(gdrive_api_folder(f->api, f->arena, &file, &f->err), 0);
    assert_string_equal(
        f->server->requests[0]->body,
        "{\"id\":\"id-1\",\"name\":\"a \\\"b\\\".bin\",\"mimeType\":\"application/vnd.google-apps.folder\","
        "\"parents\":[\"parent-1\"],\"appProperties\":{\"tcJob\":\"7\",\"tcFile\":\"0\",\"tcSha256\":\"abc\"}}");
    assert_non_null(strstr(f->server->requests[0]->target, "supportsAllDrives=true"));
    assert_int_equal(gdrive_api_folder(f->api, f->arena, &file, &f->err), -1);
    assert_int_equal(f->err.class, ERR_CONFLICT);
}

static void a_small_file_is_one_request(void **state)
{
    struct fixture *f = *state;
    struct gdrive_item item;
    fake_script(f->server, 200, "",
                "{\"id\":\"id-1\",\"size\":\"3\",\"md5Checksum\":\"aa\",\"sha256Checksum\":\"bb\",\"trashed\":false}");
    fake_script(f->server, 200, "", "{\"id\":\"id-1\",\"size\":\"0\"}");
    assert_int_equal(gdrive_api_put(f->api, f->arena, &file, f->fd, 3, &item, &f->err), 0);
    assert_int_equal(item.size, 3);
    assert_string_equal(item.md5, "aa");
    assert_string_equal(item.sha256, "bb");
    const struct fake_request *r = f->server->requests[0];
    assert_int_equal(strncmp(header(f, 0, "Content-Type"), "multipart/related; boundary=", 28), 0);
    assert_non_null(strstr(r->target, "uploadType=multipart"));
    assert_non_null(strstr(r->body, "\r\n\r\nxxx\r\n--"));
    assert_int_equal(gdrive_api_put(f->api, f->arena, &file, -1, 0, &item, &f->err), 0);
    assert_non_null(strstr(f->server->requests[1]->body, "\r\n\r\n\r\n--"));
}

/* Other than the bytes of a session it can be sent again at once. */
static void a_small_file_outlives_its_token(void **state)
{
    struct fixture *f = *state;
    struct gdrive_item item;
    fake_script(f->server, 401, "", "{}");
    fake_script(f->server, 200, "", "{\"id\":\"id-1\",\"size\":\"3\"}");
    assert_int_equal(gdrive_api_put(f->api, f->arena, &file, f->fd, 3, &item, &f->err), 0);
    assert_string_equal(header(f, 1, "Authorization"), "Bearer token-2");
    assert_non_null(strstr(f->server->requests[1]->body, "\r\n\r\nxxx\r\n--"));
}

static void a_session_must_be_at_the_same_server(void **state)
{
    struct fixture *f = *state;
    char location[256];
    snprintf(location, sizeof location, "Location: %s\r\n", f->session);
    fake_script(f->server, 200, location, "");
    fake_script(f->server, 200, "Location: http://elsewhere.test/upload\r\n", "");
    fake_script(f->server, 200, "", "");
    assert_string_equal(gdrive_api_session(f->api, f->arena, &file, SIZE, &f->err), f->session);
    assert_string_equal(header(f, 0, "X-Upload-Content-Length"), "1000");
    for (int i = 0; i < 2; i++) {
        assert_null(gdrive_api_session(f->api, f->arena, &file, SIZE, &f->err));
        assert_string_equal(f->err.code, "InvalidResponse");
    }
}

static void only_the_range_says_what_is_stored(void **state)
{
    struct fixture *f = *state;
    struct gdrive_progress p;
    fake_script(f->server, 308, "Range: bytes=0-262143\r\n", "");
    fake_script(f->server, 308, "", "");
    fake_script(f->server, 308, "Range: bytes=5-9\r\n", "");
    fake_script(f->server, 200, "", "{\"id\":\"id-1\",\"size\":\"600000\",\"md5Checksum\":\"aa\"}");
    assert_int_equal(gdrive_api_stored(f->api, f->session, 600000, &p, &f->err), 0);
    assert_int_equal(p.stored, 262144);
    assert_false(p.complete);
    assert_string_equal(header(f, 0, "Content-Range"), "bytes */600000");
    assert_string_equal(header(f, 0, "Content-Length"), "0");
    assert_int_equal(gdrive_api_stored(f->api, f->session, 600000, &p, &f->err), 0);
    assert_int_equal(p.stored, 0);
    assert_int_equal(gdrive_api_stored(f->api, f->session, 600000, &p, &f->err), -1);
    assert_string_equal(f->err.code, "InvalidResponse");
    assert_int_equal(gdrive_api_stored(f->api, f->session, 600000, &p, &f->err), 0);
    assert_true(p.complete);
    assert_int_equal(p.stored, 600000);
    assert_string_equal(p.item.md5, "aa");
}

static void more_than_the_file_cannot_be_stored(void **state)
{
    struct fixture *f = *state;
    struct gdrive_progress p;
    fake_script(f->server, 308, "Range: bytes=0-1000\r\n", "");
    assert_int_equal(gdrive_api_stored(f->api, f->session, SIZE, &p, &f->err), -1);
    assert_string_equal(f->err.code, "InvalidResponse");
}

static void a_session_that_is_gone_is_said(void **state)
{
    struct fixture *f = *state;
    struct gdrive_progress p;
    fake_script(f->server, 404, "", "");
    fake_script(f->server, 410, "", "");
    fake_script(f->server, 499, "", "");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(gdrive_api_stored(f->api, f->session, SIZE, &p, &f->err), -1);
        assert_int_equal(f->err.class, ERR_NOT_FOUND);
        assert_string_equal(f->err.code, "SessionGone");
    }
    assert_int_equal(gdrive_api_cancel(f->api, f->session, &f->err), 0);
}

static void a_range_of_the_file_is_sent(void **state)
{
    struct fixture *f = *state;
    struct gdrive_progress p;
    int64_t sent = 0;
    fake_script(f->server, 200, "", "{\"id\":\"id-1\",\"size\":\"1000\"}");
    assert_int_equal(gdrive_api_send(f->api, f->session, SIZE, f->fd, 300, 700, &sent, &p, &f->err), 0);
    assert_true(p.complete);
    assert_int_equal(sent, 700);
    assert_int_equal(f->server->requests[0]->body_len, 700);
    assert_string_equal(header(f, 0, "Content-Range"), "bytes 300-999/1000");
}

static void a_refused_token_is_replaced_once(void **state)
{
    struct fixture *f = *state;
    struct gdrive_item item;
    fake_script(f->server, 401, "", "{}");
    fake_script(f->server, 200, "", "{\"id\":\"id-1\"}");
    assert_int_equal(gdrive_api_get(f->api, f->arena, "id-1", &item, &f->err), 0);
    assert_string_equal(f->refused, "token-1");
    assert_string_equal(header(f, 1, "Authorization"), "Bearer token-2");
    fake_script(f->server, 401, "", "{}");
    assert_int_equal(gdrive_api_get(f->api, f->arena, "id-1", &item, &f->err), -1);
    assert_int_equal(f->err.class, ERR_LOGIN);
    assert_int_equal(f->server->count, 4);
}

/* Some of it may be stored: what is, has to be asked for first. */
static void content_is_not_sent_again_by_itself(void **state)
{
    struct fixture *f = *state;
    struct gdrive_progress p;
    fake_script(f->server, 401, "", "{}");
    assert_int_equal(gdrive_api_send(f->api, f->session, SIZE, f->fd, 0, SIZE, NULL, &p, &f->err), -1);
    assert_int_equal(f->err.class, ERR_REMOTE);
    assert_string_equal(f->err.code, "TokenExpired");
    assert_int_equal(f->server->count, 1);
    assert_string_equal(f->refused, "token-1");
}

static void what_cannot_be_understood_is_said(void **state)
{
    static const char *const bodies[] = {"", "[]", "{\"id\":5}", "{\"id\":\"a/b\"}", "{\"id\":\"x\",\"size\":\"-1\"}"};
    struct fixture *f = *state;
    struct gdrive_item item;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        fake_script(f->server, 200, "", bodies[i]);
        assert_int_equal(gdrive_api_get(f->api, f->arena, "id-1", &item, &f->err), -1);
        assert_int_equal(f->err.class, ERR_REMOTE);
    }
}

static void deleting_what_is_gone_is_fine(void **state)
{
    struct fixture *f = *state;
    fake_script(f->server, 204, "", "");
    fake_script(f->server, 404, "", "{}");
    fake_script(f->server, 403, "", "{}");
    assert_int_equal(gdrive_api_delete(f->api, f->arena, "id-1", &f->err), 0);
    assert_int_equal(gdrive_api_delete(f->api, f->arena, "id-1", &f->err), 0);
    assert_int_equal(gdrive_api_delete(f->api, f->arena, "id-1", &f->err), -1);
}

static void each_refusal_has_its_own_meaning(void **state)
{
    static const struct {
        int status;
        const char *reason, *message;
        enum err_class class;
        const char *code, *said; /* part of the sentence */
    } rows[] = {
        {403, "userRateLimitExceeded", "User Rate Limit Exceeded", ERR_THROTTLED, "RateLimited", "slow down"},
        {403, "rateLimitExceeded", "Rate Limit Exceeded", ERR_THROTTLED, "RateLimited", "slow down"},
        {429, "rateLimitExceeded", "Rate Limit Exceeded", ERR_THROTTLED, "RateLimited", "slow down"},
        {429, "", "", ERR_THROTTLED, "RateLimited", "slow down"},
        {403, "dailyLimitExceeded", "Daily Limit Exceeded", ERR_LIMIT, "DayLimit", "daily limit"},
        {403, "storageQuotaExceeded", "The user's Drive storage quota has been exceeded.", ERR_LIMIT, "QuotaExceeded",
         "is full"},
        {403, "quotaExceeded", "x", ERR_LIMIT, "QuotaExceeded", "is full"},
        {403, "storageQuotaExceeded", "Service Accounts do not have storage quota. Leverage shared drives.",
         ERR_PERMANENT, "NoOwnStorage", "shared drive"},
        {403, "teamDriveFileLimitExceeded", "x", ERR_PERMANENT, "SharedDriveFull", "shared drive"},
        {403, "numChildrenInNonRootLimitExceeded", "x", ERR_PERMANENT, "FolderFull", "folder"},
        {403, "activeItemCreationLimitExceeded", "x", ERR_PERMANENT, "AccountFull", "account"},
        {403, "teamDriveHierarchyTooDeep", "x", ERR_PERMANENT, "FoldersTooDeep", "deeper"},
        {403, "myDriveHierarchyDepthLimitExceeded", "x", ERR_PERMANENT, "FoldersTooDeep", "deeper"},
        {403, "teamDriveMembershipRequired", "x", ERR_PERMANENT, "NotAMember", "member"},
        {403, "domainPolicy", "x", ERR_PERMANENT, "DomainPolicy", "administrator"},
        {403, "appNotAuthorizedToFile", "x", ERR_PERMANENT, "FileNotOurs", "another app"},
        {403, "accessNotConfigured", "x", ERR_PERMANENT, "DriveApiDisabled", "not enabled"},
        {403, "insufficientPermissions", "x", ERR_LOGIN, "ScopeMissing", "not granted"},
        {403, "insufficientFilePermissions", "Not enough rights.", ERR_PERMANENT, "GoogleRefused",
         "It says: Not enough rights. (insufficientFilePermissions)"},
        {403, "someNewReason", "Only on Sundays.", ERR_PERMANENT, "GoogleRefused",
         "It says: Only on Sundays. (someNewReason)"},
        {403, "", "", ERR_PERMANENT, "GoogleRefused", "refused"},
        {413, "uploadTooLarge", "x", ERR_PERMANENT, "FileTooLarge", "5 TB"},
        {500, "backendError", "x", ERR_REMOTE, "GoogleFailed", "500"},
        {503, "backendError", "x", ERR_THROTTLED, "GoogleBusy", "busy"},
    };
    struct fixture *f = *state;
    struct gdrive_room room;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fake_script(f->server, rows[i].status, "",
                    arena_printf(f->arena, "{\"error\":{\"message\":\"%s\",\"errors\":[{\"reason\":\"%s\"}]}}",
                                 rows[i].message, rows[i].reason));
        assert_int_equal(gdrive_api_room(f->api, f->arena, &room, &f->err), -1);
        assert_string_equal(f->err.code, rows[i].code);
        assert_int_equal(f->err.class, rows[i].class);
        assert_non_null(strstr(f->err.msg, rows[i].said));
    }
}

static void room_may_be_without_end(void **state)
{
    struct fixture *f = *state;
    struct gdrive_room room;
    fake_script(f->server, 200, "", "{\"storageQuota\":{\"limit\":\"1000\",\"usage\":\"300\"}}");
    fake_script(f->server, 200, "", "{\"storageQuota\":{\"usage\":\"5\"}}");
    fake_script(f->server, 200, "", "{\"storageQuota\":{\"limit\":\"many\",\"usage\":\"5\"}}");
    fake_script(f->server, 200, "", "{}");
    assert_int_equal(gdrive_api_room(f->api, f->arena, &room, &f->err), 0);
    assert_true(room.limit == 1000 && room.used == 300);
    assert_int_equal(gdrive_api_room(f->api, f->arena, &room, &f->err), 0);
    assert_true(room.limit == -1 && room.used == 5);
    assert_int_equal(gdrive_api_room(f->api, f->arena, &room, &f->err), -1);
    assert_int_equal(gdrive_api_room(f->api, f->arena, &room, &f->err), -1);
    assert_string_equal(f->err.code, "InvalidResponse");
}

static void a_folder_is_looked_at(void **state)
{
    struct fixture *f = *state;
    struct gdrive_folder_info folder;
    const char *name;
    fake_script(
        f->server, 200, "",
        "{\"id\":\"f-1\",\"name\":\"Films\",\"mimeType\":\"application/vnd.google-apps.folder\",\"trashed\":false,"
        "\"driveId\":\"0A-1\",\"capabilities\":{\"canAddChildren\":true}}");
    fake_script(f->server, 200, "", "{\"id\":\"f-1\",\"name\":\"x\",\"mimeType\":\"text/plain\",\"trashed\":true}");
    fake_script(f->server, 200, "", "{\"id\":\"f-1\",\"name\":\"x\",\"driveId\":\"../x\"}");
    assert_int_equal(gdrive_folder_ask(f->api, f->arena, "f-1", &folder, &f->err), 0);
    assert_non_null(strstr(f->server->requests[0]->target, "/drive/v3/files/f-1?supportsAllDrives=true&fields="));
    assert_string_equal(folder.name, "Films");
    assert_string_equal(folder.drive_id, "0A-1");
    assert_true(folder.is_folder && folder.can_add && !folder.trashed);
    assert_int_equal(gdrive_folder_ask(f->api, f->arena, "f-1", &folder, &f->err), 0);
    assert_true(!folder.is_folder && !folder.can_add && folder.trashed && !folder.drive_id);
    assert_int_equal(gdrive_folder_ask(f->api, f->arena, "f-1", &folder, &f->err), -1);
    assert_string_equal(f->err.code, "InvalidResponse");
    fake_script(f->server, 200, "", "{\"id\":\"0A-1\",\"name\":\"Team\"}");
    fake_script(f->server, 200, "", "{}");
    assert_int_equal(gdrive_folder_drive_name(f->api, f->arena, "0A-1", &name, &f->err), 0);
    assert_string_equal(name, "Team");
    assert_int_equal(gdrive_folder_drive_name(f->api, f->arena, "0A-1", &name, &f->err), -1);
}

static void a_link_names_a_folder(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *text, *id;
    } rows[] = {
        {"1AbC_d-efghij", "1AbC_d-efghij"},
        {"https://drive.google.com/drive/folders/1AbC_d-efghij", "1AbC_d-efghij"},
        {"https://drive.google.com/drive/u/1/folders/1AbC_d-efghij?usp=sharing", "1AbC_d-efghij"},
        {"https://drive.google.com/drive/folders/1AbC_d-efghij/", "1AbC_d-efghij"},
        {"https://drive.google.com/open?id=1AbC_d-efghij&authuser=0", "1AbC_d-efghij"},
        {"https://drive.google.com/drive/my-drive", NULL},
        {"https://drive.google.com/drive/folders/", NULL},
        {"https://drive.google.com/drive/folders/1AbC_d-efghij%2F..", NULL},
        {"https://drive.example.com/drive/folders/1AbC_d-efghij", NULL},
        {"http://drive.google.com/drive/folders/1AbC_d-efghij", NULL},
        {"../about", NULL},
        {"1AbC_d-efghij x", NULL},
        {"short", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *id = gdrive_folder_id(f->arena, rows[i].text);
        if (!rows[i].id != !id || (id && strcmp(id, rows[i].id) != 0))
            fail_msg("%s: %s", rows[i].text, id ? id : "none");
    }
    char *endless = arena_alloc(f->arena, 1000);
    memset(endless, 'a', 999);
    endless[999] = '\0';
    assert_null(gdrive_folder_id(f->arena, endless));
}

static bool is_set(void *arg)
{
    return *(const bool *)arg;
}

static void a_call_waits_for_its_units(void **state)
{
    struct fixture *f = *state;
    static const struct gdrive_units units = {
        .cost = {50, 100, 1}, .per_minute_project = 600000, .per_minute_user = 6000};
    static const struct gdrive_units scarce = {.cost = {50, 100, 1}, .per_minute_project = 600, .per_minute_user = 600};
    struct gdrive_room room;
    bool stopping = false;
    struct gdrive_pacer *p = gdrive_pacer_new(NULL, &units, NULL);
    fake_script(f->server, 200, "", "{\"storageQuota\":{\"usage\":\"5\"}}");
    gdrive_api_paced(f->api, p, "project", "ada");
    for (int i = 0; i < 21; i++) /* 20 at once, one more after half a second */
        assert_int_equal(gdrive_api_room(f->api, f->arena, &room, &f->err), 0);
    assert_int_equal(f->server->count, 21);
    gdrive_pacer_free(p);
    p = gdrive_pacer_new(NULL, &scarce, NULL);
    gdrive_api_paced(f->api, p, "project", "ada");
    gdrive_api_on_stop(f->api, is_set, &stopping);
    for (int i = 0; i < 2; i++)
        assert_int_equal(gdrive_api_room(f->api, f->arena, &room, &f->err), 0);
    stopping = true; /* the third would wait for five seconds */
    assert_int_equal(gdrive_api_room(f->api, f->arena, &room, &f->err), -1);
    assert_int_equal(f->err.class, ERR_STOPPED);
    assert_int_equal(f->server->count, 23);
    gdrive_pacer_free(p);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(ids_are_asked_for_and_looked_at),
        T(a_folder_carries_its_id),
        T(a_small_file_is_one_request),
        T(a_small_file_outlives_its_token),
        T(a_session_must_be_at_the_same_server),
        T(only_the_range_says_what_is_stored),
        T(more_than_the_file_cannot_be_stored),
        T(a_session_that_is_gone_is_said),
        T(a_range_of_the_file_is_sent),
        T(a_refused_token_is_replaced_once),
        T(content_is_not_sent_again_by_itself),
        T(what_cannot_be_understood_is_said),
        T(deleting_what_is_gone_is_fine),
        T(a_folder_is_looked_at),
        T(a_link_names_a_folder),
        T(a_call_waits_for_its_units),
        T(each_refusal_has_its_own_meaning),
        T(room_may_be_without_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
