#include "base/arena.h"
#include "net/address.h"
#include "net/http_internal.h"
#include "net/http_trace.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum {
    CONNECT_TIMEOUT_MS = 10 * 1000,
    STALL_MS = 60 * 1000,
    SEND_BUFFER = 256 * 1024,
    MAX_CA_BYTES = 4 * 1024 * 1024,
    EXPECT_ABOVE = 1024 * 1024 /* larger bodies ask "Expect: 100-continue" before they are sent for nothing */
};

struct http {
    CURL *easy;
    bool unchecked; /* it may keep connections whose address nobody has looked at */
};

static void global_init(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        abort();
}

static curl_socket_t on_open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
    struct transfer *t = arg;
    (void)purpose;
    if (address_private(&a->addr)) {
        t->denied = true;
        return CURL_SOCKET_BAD;
    }
    return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

/* From request to libcurl options */

static bool plain(const char *s, bool allow_space)
{
    for (; *s; s++)
        if ((unsigned char)*s < (allow_space ? 0x20 : 0x21) || *s == 0x7f)
            return false;
    return true;
}

static int add_header(struct transfer *t, const char *name, const char *value, struct err *e)
{
    if (!*name || !plain(name, false) || strpbrk(name, ":;") || !plain(value, true))
        return err_set(e, ERR_BUG, "InvalidHeader", "A request header holds bytes that no header may hold.");
    struct buf line = BUF_INIT(HTTP_HEADER_BYTES);
    buf_addf(&line, *value ? "%s: %s" : "%s;", name, value); /* "Name;" is libcurl's way to send an empty value */
    struct curl_slist *longer = buf_ok(&line) ? curl_slist_append(t->headers, buf_str(&line)) : NULL;
    buf_free(&line);
    if (!longer)
        return err_set(e, ERR_BUG, "InvalidHeader", "A request header is longer than %d bytes.", HTTP_HEADER_BYTES);
    t->headers = longer;
    return 0;
}

static bool has_header(const struct http_request *r, const char *name)
{
    for (int i = 0; i < r->header_count; i++)
        if (strcasecmp(r->headers[i].name, name) == 0)
            return true;
    return false;
}

/* A header that libcurl adds by itself must never be suppressed by "Name:": it would sign the empty one (7.88). */
static int set_headers(struct transfer *t, struct err *e)
{
    for (int i = 0; i < t->req.header_count; i++)
        if (add_header(t, t->req.headers[i].name, t->req.headers[i].value, e))
            return -1;
    if (t->body_size > 0 && !has_header(&t->req, "Content-Type"))
        add_header(t, "Content-Type", "application/octet-stream", e);
    if (t->headers)
        curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
    return 0;
}

/*
 * libcurl's two ways to send a body differ in what they add: CURLOPT_UPLOAD asks "Expect: 100-continue" at any size,
 * CURLOPT_POST only above 1 MiB. The question saves sending a large body for nothing, but costs up to a second when the
 * server does not understand it. The method is ours in both.
 */
static void set_method(struct transfer *t)
{
    CURL *c = t->easy;
    const char *method = t->req.method;
    if (strcmp(method, "HEAD") == 0) {
        curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
        return;
    }
    if (t->body_size > 0 && t->body_size <= EXPECT_ABOVE) {
        curl_easy_setopt(c, CURLOPT_POST, 1L);
        curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->body_size);
    } else if (t->body_size > 0 || strcmp(method, "PUT") == 0 || strcmp(method, "POST") == 0) {
        curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)t->body_size);
    }
    curl_easy_setopt(c, CURLOPT_READFUNCTION, http_on_read);
    curl_easy_setopt(c, CURLOPT_READDATA, t);
    curl_easy_setopt(c, CURLOPT_SEEKFUNCTION, http_on_seek);
    curl_easy_setopt(c, CURLOPT_SEEKDATA, t);
    curl_easy_setopt(c, CURLOPT_UPLOAD_BUFFERSIZE, (long)SEND_BUFFER);
    curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, method);
}

static void set_limits(struct transfer *t)
{
    const struct http_request *r = &t->req;
    CURL *c = t->easy;
    long stall_s = ((r->stall_ms ? r->stall_ms : STALL_MS) + 999L) / 1000;
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)(r->connect_timeout_ms ? r->connect_timeout_ms : CONNECT_TIMEOUT_MS));
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)r->timeout_ms);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, stall_s);
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, (long)(r->max_redirects > 0));
    curl_easy_setopt(c, CURLOPT_MAXREDIRS, (long)r->max_redirects);
    curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, http_on_progress);
    curl_easy_setopt(c, CURLOPT_XFERINFODATA, t);
}

/* The file's text behind `out`; libcurl takes a file or a text, not both. */
static void add_file(struct buf *out, const char *path)
{
    char chunk[16 * 1024];
    FILE *f = fopen(path, "re");
    size_t n;
    buf_addc(out, '\n');
    while (f && (n = fread(chunk, 1, sizeof chunk, f)) > 0)
        buf_add(out, chunk, n);
    if (f)
        fclose(f);
}

/* Who is trusted. A file or a text replaces libcurl's bundle; the system's CAPATH stays in any case. */
static void set_trust(struct transfer *t)
{
    const struct http_request *r = &t->req;
    const char *file = r->ca_file && *r->ca_file ? r->ca_file : getenv("SSL_CERT_FILE");
    if (!r->ca_pem && file && *file)
        curl_easy_setopt(t->easy, CURLOPT_CAINFO, file);
    if (!r->ca_pem)
        return;
    struct buf text = BUF_INIT(MAX_CA_BYTES);
    buf_adds(&text, r->ca_pem);
    if (file && *file)
        add_file(&text, file);
    struct curl_blob blob = {.data = text.data, .len = text.len, .flags = CURL_BLOB_COPY};
    curl_easy_setopt(t->easy, CURLOPT_CAINFO_BLOB, &blob);
    buf_free(&text);
}

static void set_connection(struct transfer *t)
{
    const struct http_request *r = &t->req;
    CURL *c = t->easy;
    set_trust(t);
    if (r->unix_socket)
        curl_easy_setopt(c, CURLOPT_UNIX_SOCKET_PATH, r->unix_socket);
    if (r->deny_private) {
        curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
        curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, t);
    }
    curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, (long)(r->once || (r->deny_private && t->client->unchecked)));
    if (r->deny_private || r->unix_socket)
        curl_easy_setopt(c, CURLOPT_PROXY, "");
    if (r->sigv4) {
        char spec[256];
        snprintf(spec, sizeof spec, "aws:amz:%s:%s", r->sigv4->region, r->sigv4->service);
        curl_easy_setopt(c, CURLOPT_AWS_SIGV4, spec);
        curl_easy_setopt(c, CURLOPT_USERNAME, r->sigv4->access_key); /* never one joined string: keys may hold ':' */
        curl_easy_setopt(c, CURLOPT_PASSWORD, r->sigv4->secret_key);
    }
}

static int check_request(const struct http_request *r, struct err *e)
{
    if (!r->method || !*r->method || !plain(r->method, false))
        return err_set(e, ERR_BUG, "InvalidMethod", "The request has no method.");
    bool http = r->url && (strncasecmp(r->url, "http://", 7) == 0 || strncasecmp(r->url, "https://", 8) == 0);
    if (!http || !plain(r->url, false) || strlen(r->url) > BUF_MAX_URL)
        return err_set(e, ERR_INPUT, "InvalidUrl", "The address is no http:// or https:// URL.");
    if (r->sigv4 && (r->max_redirects > 0 || strlen(r->sigv4->region) > 128 || strchr(r->sigv4->region, ':')))
        return err_set(e, ERR_INPUT, "InvalidRegion", "The region is longer than 128 bytes or holds a colon.");
    return 0;
}

/* Fill t->easy for r; on failure the caller drops t. */
static int prepare(struct transfer *t, const struct http_request *r, struct err *e)
{
    if (check_request(r, e))
        return -1;
    t->req = *r;
    t->body_size = http_body_size(r);
    buf_init(&t->res.body, r->max_response ? r->max_response : BUF_MAX_REMOTE_TEXT);
    buf_init(&t->res.header_lines, HTTP_HEADER_BYTES);
    if (r->sent)
        __atomic_store_n(r->sent, 0, __ATOMIC_RELAXED);

    CURL *c = t->easy;
    curl_easy_setopt(c, CURLOPT_URL, r->url);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "TorrentClou/1");
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->detail);
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, http_on_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, http_on_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
    set_limits(t);
    set_connection(t);
    set_method(t);
    return set_headers(t, e);
}

/* The end of a transfer */

/* Read the outcome: 0 and a filled t->res, or -1, *e and an empty one. */
static int conclude(struct transfer *t, CURLcode result, struct err *e)
{
    if (result != CURLE_OK) {
        http_fail(t, result, e);
        http_response_free(&t->res);
        return -1;
    }
    long status = 0;
    curl_off_t sent = 0, connect_us = 0, total_us = 0;
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(t->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
    curl_easy_getinfo(t->easy, CURLINFO_CONNECT_TIME_T, &connect_us);
    curl_easy_getinfo(t->easy, CURLINFO_TOTAL_TIME_T, &total_us);
    t->res.status = (int)status;
    t->res.bytes_sent = sent;
    t->res.connect_ms = connect_us / 1000;
    t->res.total_ms = total_us / 1000;
    if (t->req.sent)
        __atomic_store_n(t->req.sent, sent, __ATOMIC_RELAXED);
    return 0;
}

struct http *http_new(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, global_init);
    struct http *h = MEM_NEW(struct http);
    h->easy = curl_easy_init();
    if (!h->easy)
        abort(); /* out of memory, see base/arena.h */
    return h;
}

void http_free(struct http *h)
{
    if (!h)
        return;
    curl_easy_cleanup(h->easy);
    mem_free(h);
}

int http_perform(struct http *h, const struct http_request *req, struct http_response *res, struct err *e)
{
    struct transfer t = {.client = h, .easy = h->easy};
    struct trace_span span;
    struct err why = ERR_INIT;
    *res = (struct http_response){0};
    http_trace_begin(&span, req);
    curl_easy_reset(h->easy); /* keeps connections, forgets options */
    int rc = prepare(&t, req, &why);
    if (rc == 0)
        rc = conclude(&t, curl_easy_perform(h->easy), &why);
    http_trace_end(&span, req, &t.res, &why);
    if (rc && e)
        *e = why;
    if (rc == 0)
        *res = t.res;
    else
        http_response_free(&t.res);
    h->unchecked = h->unchecked || !req->deny_private;
    curl_easy_reset(h->easy);
    curl_slist_free_all(t.headers);
    return rc;
}
