#include "net/http.h"

#include "base/arena.h"
#include "base/fault.h"
#include "net/address.h"
#include "net/http_trace.h"

#include <curl/curl.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum {
    CONNECT_TIMEOUT_MS = 10 * 1000,
    STALL_MS = 60 * 1000,
    MAX_HEADER_BYTES = 64 * 1024,
    SEND_BUFFER = 256 * 1024,
    MAX_CA_BYTES = 4 * 1024 * 1024,
    EXPECT_ABOVE = 1024 * 1024 /* larger bodies ask "Expect: 100-continue" before they are sent for nothing */
};

/* One exchange. */
struct transfer {
    struct http *client;
    CURL *easy; /* the client's */
    struct curl_slist *headers;
    struct http_request req; /* strings in it are not used after the start: libcurl has copied them */
    int64_t body_size, pos;
    struct http_response res;
    int read_errno;
    bool file_short, too_large, denied, stopped;
    char detail[CURL_ERROR_SIZE];
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

/* The answer */

const char *http_response_header(const struct http_response *r, const char *name)
{
    const char *p = r->header_lines.data, *end = p ? p + r->header_lines.len : NULL;
    while (p && p < end) {
        const char *value = p + strlen(p) + 1;
        if (strcasecmp(p, name) == 0)
            return value;
        p = value + strlen(value) + 1;
    }
    return NULL;
}

int64_t http_response_clock(const struct http_response *r)
{
    const char *date = http_response_header(r, "Date");
    time_t at = date ? curl_getdate(date, NULL) : -1;
    return at > 0 ? at : 0;
}

void http_response_free(struct http_response *r)
{
    buf_free(&r->body);
    buf_free(&r->header_lines);
    *r = (struct http_response){0};
}

static size_t on_header(char *line, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;
    struct buf *out = &t->res.header_lines;
    size_t len = size * n;
    if (len >= 5 && memcmp(line, "HTTP/", 5) == 0) { /* a new answer: after 100-continue or a redirect */
        buf_clear(out);
        return len;
    }
    while (len && (line[len - 1] == '\r' || line[len - 1] == '\n'))
        len--;
    char *colon = memchr(line, ':', len);
    if (!colon || memchr(line, '\0', len))
        return size * n;
    const char *value = colon + 1, *end = line + len;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    buf_add(out, line, (size_t)(colon - line));
    buf_addc(out, '\0');
    buf_add(out, value, (size_t)(end - value));
    buf_addc(out, '\0');
    t->too_large = t->too_large || !buf_ok(out);
    return t->too_large ? 0 : size * n;
}

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;
    buf_add(&t->res.body, data, size * n);
    t->too_large = !buf_ok(&t->res.body);
    return t->too_large ? 0 : size * n;
}

/* The body that is sent */

static bool asked_to_stop(struct transfer *t)
{
    if (!t->stopped && t->req.stop)
        t->stopped = t->req.stop(t->req.stop_arg);
    return t->stopped;
}

static size_t on_read(char *out, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;
    int64_t left = t->body_size - t->pos;
    size_t want = size * n;
    if (asked_to_stop(t))
        return CURL_READFUNC_ABORT;
    if (left < (int64_t)want)
        want = (size_t)left;
    if (!want)
        return 0;
    if (!t->req.from_file) {
        memcpy(out, (const char *)t->req.body + t->pos, want);
    } else {
        ssize_t got;
        do
            got = pread(t->req.fd, out, want, (off_t)(t->req.offset + t->pos));
        while (got < 0 && errno == EINTR);
        if (got <= 0) {
            t->read_errno = got < 0 ? errno : 0;
            t->file_short = true;
            return CURL_READFUNC_ABORT;
        }
        want = (size_t)got;
    }
    t->pos += (int64_t)want;
    if (t->req.from_file)
        FAULT("body.sent");
    return want;
}

/* libcurl starts the body again when a kept connection turned out to be dead. */
static int on_seek(void *arg, curl_off_t offset, int origin)
{
    struct transfer *t = arg;
    if (origin != SEEK_SET || offset < 0 || offset > t->body_size)
        return CURL_SEEKFUNC_FAIL;
    t->pos = offset;
    return CURL_SEEKFUNC_OK;
}

static int on_progress(void *arg, curl_off_t dl_total, curl_off_t dl_now, curl_off_t ul_total, curl_off_t ul_now)
{
    struct transfer *t = arg;
    (void)dl_total, (void)dl_now, (void)ul_total;
    t->res.bytes_sent = ul_now;
    if (t->req.sent)
        __atomic_store_n(t->req.sent, ul_now, __ATOMIC_RELAXED);
    return asked_to_stop(t);
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
    struct buf line = BUF_INIT(MAX_HEADER_BYTES);
    buf_addf(&line, *value ? "%s: %s" : "%s;", name, value); /* "Name;" is libcurl's way to send an empty value */
    struct curl_slist *longer = buf_ok(&line) ? curl_slist_append(t->headers, buf_str(&line)) : NULL;
    buf_free(&line);
    if (!longer)
        return err_set(e, ERR_BUG, "InvalidHeader", "A request header is longer than %d bytes.", MAX_HEADER_BYTES);
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
    curl_easy_setopt(c, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(c, CURLOPT_READDATA, t);
    curl_easy_setopt(c, CURLOPT_SEEKFUNCTION, on_seek);
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
    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
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
    t->body_size = r->from_file ? r->length : (int64_t)r->body_len;
    buf_init(&t->res.body, r->max_response ? r->max_response : BUF_MAX_REMOTE_TEXT);
    buf_init(&t->res.header_lines, MAX_HEADER_BYTES);
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
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
    set_limits(t);
    set_connection(t);
    set_method(t);
    return set_headers(t, e);
}

/* The end of a transfer */

struct failure {
    CURLcode result;
    enum err_class class;
    const char *code, *sentence;
};

static const struct failure failures[] = {
    {CURLE_COULDNT_RESOLVE_HOST, ERR_UNAVAILABLE, "HostNotFound", "The name of the server could not be resolved"},
    {CURLE_COULDNT_RESOLVE_PROXY, ERR_UNAVAILABLE, "HostNotFound", "The name of the proxy could not be resolved"},
    {CURLE_COULDNT_CONNECT, ERR_UNAVAILABLE, "ConnectFailed", "The server could not be reached"},
    {CURLE_SSL_CONNECT_ERROR, ERR_UNAVAILABLE, "TlsFailed", "No secure connection could be made to the server"},
    {CURLE_SSL_CACERT_BADFILE, ERR_UNAVAILABLE, "CaFileInvalid", "The file of certificate authorities cannot be read"},
    {CURLE_URL_MALFORMAT, ERR_INPUT, "InvalidUrl", "The address is malformed"},
    {CURLE_UNSUPPORTED_PROTOCOL, ERR_INPUT, "InvalidUrl", "The address is no http:// or https:// URL"},
    {CURLE_LOGIN_DENIED, ERR_INPUT, "InvalidUrl", "The address must not hold a user name"},
    {CURLE_TOO_MANY_REDIRECTS, ERR_REMOTE, "TooManyRedirects", "The server redirects too often"},
    {CURLE_SEND_ERROR, ERR_REMOTE, "ConnectionLost", "The connection broke while sending"},
    {CURLE_RECV_ERROR, ERR_REMOTE, "ConnectionLost", "The connection broke while receiving"},
    {CURLE_GOT_NOTHING, ERR_REMOTE, "ConnectionLost", "The server closed the connection without an answer"},
    {CURLE_PARTIAL_FILE, ERR_REMOTE, "ConnectionLost", "The server closed the connection within its answer"},
};

/* A server that took the connection and never answered is as absent as one that refuses it. */
static enum err_class lost_class(struct transfer *t)
{
    long status = 0;
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    return status >= 200 ? ERR_REMOTE : ERR_UNAVAILABLE; /* 100 Continue is no answer */
}

static int fail_timeout(struct transfer *t, struct err *e)
{
    curl_off_t connected = 0;
    curl_easy_getinfo(t->easy, CURLINFO_CONNECT_TIME_T, &connected);
    if (!connected)
        return err_set(e, ERR_UNAVAILABLE, "ConnectTimeout", "The server did not accept a connection in time.");
    return err_set(e, lost_class(t), "Timeout", "The server did not go on in time: %s.", t->detail);
}

/* An issuer that is not known here is something that a person can add; nothing else about a certificate is. */
static int fail_certificate(struct transfer *t, struct err *e)
{
    enum { ISSUER_FIRST = 18, ISSUER_LAST = 21, ISSUER_MISSING = 2 }; /* X509_V_ERR_…: self-signed … no issuer */
    long why = 0;
    curl_easy_getinfo(t->easy, CURLINFO_SSL_VERIFYRESULT, &why);
    if (why == ISSUER_MISSING || (why >= ISSUER_FIRST && why <= ISSUER_LAST))
        return err_set(e, ERR_UNAVAILABLE, "TlsUntrusted", "The server's certificate is not trusted: %s.", t->detail);
    return err_set(e, ERR_UNAVAILABLE, "TlsInvalid", "The server's certificate is not valid: %s.", t->detail);
}

static int fail(struct transfer *t, CURLcode result, struct err *e)
{
    if (t->stopped)
        return err_set(e, ERR_STOPPED, "Stopped", "The request was stopped.");
    if (t->file_short) {
        errno = t->read_errno;
        return errno ? err_sys(e, ERR_DISK, "reading the file to send")
                     : err_set(e, ERR_DISK, "FileTooShort", "The file to send is shorter than it should be.");
    }
    if (t->too_large)
        return err_set(e, ERR_REMOTE, "ResponseTooLarge", "The server's answer is larger than %zu bytes.",
                       t->res.body.max);
    if (t->denied)
        return err_set(e, ERR_DENIED, "AddressDenied", "The server's address is private, which is not allowed here.");
    if (result == CURLE_OPERATION_TIMEDOUT)
        return fail_timeout(t, e);
    if (result == CURLE_PEER_FAILED_VERIFICATION)
        return fail_certificate(t, e);
    const char *detail = *t->detail ? t->detail : curl_easy_strerror(result);
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++)
        if (failures[i].result == result)
            return err_set(e, !strcmp(failures[i].code, "ConnectionLost") ? lost_class(t) : failures[i].class,
                           failures[i].code, "%s: %s.", failures[i].sentence, detail);
    return err_set(e, ERR_REMOTE, "HttpFailed", "The exchange with the server failed: %s.", detail);
}

/* Read the outcome: 0 and a filled t->res, or -1, *e and an empty one. */
static int conclude(struct transfer *t, CURLcode result, struct err *e)
{
    if (result != CURLE_OK) {
        fail(t, result, e);
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
