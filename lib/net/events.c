#include "net/events.h"

#include <stdio.h>
#include <string.h>

int events_post(struct http *h, const char *where, const char *secret, int64_t user_id, const char *json, struct err *e)
{
    char url[640];
    bool local = !strncmp(where, "unix:", 5);
    if (!*where)
        return 0;
    snprintf(url, sizeof url, "%s?id=u%lld", local ? "http://localhost/pub" : where, (long long)user_id);
    const struct http_header headers[] = {
        {"Content-Type", "application/json"}, {"X-EventSource-Event", "job"}, {"X-Publish-Secret", secret}};
    struct http_request req = {
        .method = "POST",
        .url = url,
        .headers = headers,
        .header_count = local || !*secret ? 2 : 3,
        .body = json,
        .body_len = strlen(json),
        .connect_timeout_ms = 1000,
        .timeout_ms = 2000,
        .unix_socket = local ? where + 5 : NULL,
    };
    struct http_response res;
    if (http_perform(h, &req, &res, e))
        return -1;
    int status = res.status;
    http_response_free(&res);
    /* nchan: 201 with listeners, 202 without. */
    return status >= 200 && status < 300 ? 0 : err_set(e, ERR_REMOTE, NULL, "the event server answered %d", status);
}
