#include "net/http_trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HOST_SIZE = 256 };

void http_trace_begin(struct trace_span *s, const struct http_request *req)
{
    *s = (struct trace_span){0};
    if (!req->unix_socket)
        trace_begin(s, TRACE_CLIENT, req->name ? req->name : req->method ? req->method : "");
}

/* "https://[::1]:9000/path" → "::1", 9000. */
static int64_t split(const char *url, char host[HOST_SIZE])
{
    bool tls = url && strncasecmp(url, "https:", 6) == 0;
    const char *at = url ? strstr(url, "://") : NULL;
    at = at ? at + 3 : "";
    bool literal = *at == '[';
    size_t n = strcspn(at + literal, literal ? "]" : ":/?#");
    snprintf(host, HOST_SIZE, "%.*s", n < HOST_SIZE ? (int)n : 0, at + literal);
    const char *rest = at + literal + n;
    rest += literal && *rest == ']';
    return *rest == ':' ? strtol(rest + 1, NULL, 10) : tls ? 443 : 80;
}

void http_trace_end(struct trace_span *s, const struct http_request *req, const struct http_response *res,
                    const struct err *failure)
{
    if (!s->started_us)
        return;
    char host[HOST_SIZE];
    struct err refused = ERR_INIT;
    int64_t port = split(req->url, host);
    if (failure->class == ERR_NONE && res->status >= 400) {
        char code[12];
        snprintf(code, sizeof code, "%d", res->status);
        err_set(&refused, ERR_REMOTE, code, "HTTP %d", res->status);
        failure = &refused;
    }
    const struct kv attributes[] = {kv_str("http.request.method", req->method), kv_str("server.address", host),
                                    kv_int("server.port", port), kv_int("http.request.body.size", res->bytes_sent),
                                    kv_int("http.response.status_code", res->status)};
    trace_end(s, failure, attributes, res->status ? 5 : 3);
}
