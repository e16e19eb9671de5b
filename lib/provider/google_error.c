#include "provider/google_error.h"

#include "base/encode.h"
#include "net/json.h"

#include <stdio.h>
#include <string.h>

struct row {
    int status;         /* of rows without a reason */
    const char *reason; /* errors[0].reason, or error.status of newer APIs */
    enum err_class class;
    const char *code, *sentence;
};

/* Our own word: to Google a service account, which has no storage, is one whose storage is full. */
#define SERVICE_ACCOUNT "storageQuotaExceeded of a service account"

/* Reasons first, then what a bare status means. */
static const struct row rows[] = {
    {0, "accessNotConfigured", ERR_PERMANENT, "DriveApiDisabled",
     "The Drive API is not enabled in the Google Cloud project of this client. Enable it there and try again."},
    {0, "SERVICE_DISABLED", ERR_PERMANENT, "DriveApiDisabled",
     "The Drive API is not enabled in the Google Cloud project of this client. Enable it there and try again."},
    {0, "insufficientPermissions", ERR_LOGIN, "ScopeMissing", "Access to Google Drive was not granted."},
    {0, "ACCESS_TOKEN_SCOPE_INSUFFICIENT", ERR_LOGIN, "ScopeMissing", "Access to Google Drive was not granted."},
    {0, SERVICE_ACCOUNT, ERR_PERMANENT, "NoOwnStorage",
     "A Google service account has no storage of its own: choose a folder in a shared drive for this profile."},
    {0, "storageQuotaExceeded", ERR_LIMIT, "QuotaExceeded", "The storage of the Google account is full."},
    {0, "quotaExceeded", ERR_LIMIT, "QuotaExceeded", "The storage of the Google account is full."},
    {0, "userRateLimitExceeded", ERR_THROTTLED, "RateLimited", "Google asks to slow down."},
    {0, "rateLimitExceeded", ERR_THROTTLED, "RateLimited", "Google asks to slow down."},
    {0, "dailyLimitExceeded", ERR_LIMIT, "DayLimit", "The daily limit of the Google Cloud project is reached."},
    {0, "teamDriveFileLimitExceeded", ERR_PERMANENT, "SharedDriveFull",
     "The shared drive holds as many files and folders as Google allows. Delete some of them, or choose another "
     "drive."},
    {0, "numChildrenInNonRootLimitExceeded", ERR_PERMANENT, "FolderFull",
     "A folder at Google Drive holds as many entries as Google allows."},
    {0, "activeItemCreationLimitExceeded", ERR_PERMANENT, "AccountFull",
     "The Google account holds as many files and folders as Google allows. Delete some of them."},
    {0, "teamDriveHierarchyTooDeep", ERR_PERMANENT, "FoldersTooDeep",
     "The torrent's folders are nested deeper than Google allows in a shared drive."},
    {0, "myDriveHierarchyDepthLimitExceeded", ERR_PERMANENT, "FoldersTooDeep",
     "The torrent's folders are nested deeper than Google Drive allows."},
    {0, "teamDriveMembershipRequired", ERR_PERMANENT, "NotAMember",
     "The Google account is no member of the shared drive."},
    {0, "uploadTooLarge", ERR_PERMANENT, "FileTooLarge", "The file is larger than Google Drive takes (5 TB)."},
    {0, "domainPolicy", ERR_PERMANENT, "DomainPolicy",
     "The administrator of the Google account does not allow this app to use Drive."},
    {0, "appNotAuthorizedToFile", ERR_PERMANENT, "FileNotOurs", "The file at Google Drive was made by another app."},

    {400, NULL, ERR_PERMANENT, "GoogleRefused", "Google did not accept the request."},
    {401, NULL, ERR_LOGIN, "TokenRefused", "Google does not accept the access token."},
    {403, NULL, ERR_PERMANENT, "GoogleRefused", "Google refused access."},
    {404, NULL, ERR_NOT_FOUND, "DriveFileNotFound", "The file does not exist at Google Drive."},
    {408, NULL, ERR_REMOTE, "GoogleFailed", "Google waited too long for our bytes."},
    {409, NULL, ERR_CONFLICT, "DriveFileExists", "The file exists already at Google Drive."},
    {429, NULL, ERR_THROTTLED, "RateLimited", "Google asks to slow down."},
    {503, NULL, ERR_THROTTLED, "GoogleBusy", "Google is too busy at the moment."},
};

struct refusal {
    char reason[64], status[64], message[200];
};

static void copy(char *out, size_t size, const struct json *text)
{
    const char *s = json_str(text);
    snprintf(out, size, "%s", s ? s : "");
}

static void read_refusal(const struct http_response *res, struct refusal *out)
{
    *out = (struct refusal){0};
    struct json *root = res->body.len ? json_parse(res->body.data, res->body.len, NULL) : NULL;
    const struct json *error = json_get(root, "error");
    copy(out->reason, sizeof out->reason, json_get(json_at(json_get(error, "errors"), 0), "reason"));
    copy(out->status, sizeof out->status, json_get(json_at(json_get(error, "details"), 0), "reason"));
    copy(out->message, sizeof out->message, json_get(error, "message"));
    json_free(root);
    if (!strcmp(out->reason, "storageQuotaExceeded") && strstr(out->message, "Service Accounts do not have storage"))
        snprintf(out->reason, sizeof out->reason, "%s", SERVICE_ACCOUNT);
}

int google_error_fill(const struct http_response *res, struct err *e)
{
    struct refusal said;
    int64_t wait = 0;
    read_refusal(res, &said);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *r = &rows[i];
        bool fits =
            r->reason ? !strcmp(r->reason, said.reason) || !strcmp(r->reason, said.status) : r->status == res->status;
        if (!fits)
            continue;
        if (r->reason || !*said.message)
            err_set(e, r->class, r->code, "%s", r->sentence);
        else if (r->status == 403 && *said.reason) /* one that the table does not know: a person may */
            err_set(e, r->class, r->code, "%s It says: %s (%s)", r->sentence, said.message, said.reason);
        else
            err_set(e, r->class, r->code, "%s It says: %s", r->sentence, said.message);
        if (e && parse_i64(http_response_header(res, "Retry-After"), 1, 86400, &wait))
            e->retry_after_s = (int)wait;
        return -1;
    }
    /* A server's fault may pass, its refusal will not. */
    return err_set(e, res->status >= 500 ? ERR_REMOTE : ERR_PERMANENT,
                   res->status >= 500 ? "GoogleFailed" : "GoogleRefused", "Google answered %d: %s", res->status,
                   *said.message ? said.message : "no reason given.");
}
