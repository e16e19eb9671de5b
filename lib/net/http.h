/*
 * HTTP client over libcurl; the only way out of the project by HTTP.
 *
 * http_perform() blocks; who wants several at once has a thread for each. Nothing here judges a status: any complete
 * answer is a success of the transport, and the caller (s3_api, scrape …) knows what 404 means to it. Bodies are
 * streamed with pread through a small buffer: a file is neither mapped nor held in memory.
 *
 * Failures of the transport have the class
 *   ERR_UNAVAILABLE  no answer could be had at all: name, connection, TLS, unix socket, or a connection that was lost
 * or stood still before the first byte of an answer; the other side may come back ERR_REMOTE       it failed within its
 * answer: connection lost, stall, deadline, answer above its ceiling ERR_DISK         the body's file could not be read
 * (or is shorter than promised) ERR_STOPPED      request->stop said so ERR_DENIED       only private addresses behind
 * the name, and deny_private is set ERR_INPUT        the URL is none; ERR_BUG  a header that holds CR, LF or NUL, an
 * empty method
 * Codes that callers branch on: TlsUntrusted, the certificate's issuer is not known here; TlsInvalid, the certificate
 * is expired or another host's.
 *
 * Always: HTTP/1.1, http and https only, the path exactly as given, no user name in the URL, certificates verified; a
 * body without a Content-Type is application/octet-stream. Proxies come from the environment as curl has it
 * (http_proxy, no_proxy), but not for unix sockets and deny_private.
 */
#ifndef TC_NET_HTTP_H
#define TC_NET_HTTP_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_header {
    const char *name, *value;
};

/* AWS Signature Version 4 by libcurl. The caller has sorted the query by name, written "uploads=" for a value-less one,
 * percent-encoded the path once and sends x-amz-content-sha256 itself; it never sends X-Amz-Date (design 9). */
struct http_sigv4 {
    const char *region, *service; /* "us-east-1", "s3" */
    const char *access_key, *secret_key;
};

/* Zero-initialise, fill what is needed. */
struct http_request {
    const char *method; /* "GET", "HEAD", "PUT", "POST", "DELETE" */
    const char *url;    /* http:// or https://; over a unix socket the host only fills the Host header */
    const struct http_header *headers;
    int header_count;

    const void *body; /* memory, … */
    size_t body_len;
    bool from_file; /* … then `length` bytes of `fd` from `offset`; its file position is neither used nor moved, … */
    int fd;
    int64_t offset, length;
    const void *tail; /* … and memory again */
    size_t tail_len;

    size_t max_response;    /* bytes of the answer's body; 0: BUF_MAX_REMOTE_TEXT */
    int connect_timeout_ms; /* 0: 10 s */
    int timeout_ms;         /* whole exchange; 0: none, then stall_ms is a must */
    int stall_ms;           /* no byte in either direction for this long, rounded up to seconds; 0: 60 s */
    bool once;              /* on a connection of its own: libcurl repeats by itself what an old one did not answer */
    int max_redirects;      /* 0: a 3xx is an answer like any other; refused together with sigv4 */

    const char *unix_socket; /* path; NULL: TCP */
    const char *ca_file;     /* PEM, trusted beside the system's; NULL or "": the system's alone */
    const char *ca_pem;      /* PEM text, trusted beside both; NULL: none */
    const struct http_sigv4 *sigv4;
    bool deny_private; /* refuse to connect to private addresses, after name resolution (address.h) */

    bool (*stop)(void *arg); /* asked about once a second and at each read; true ends the transfer. NULL: never */
    void *stop_arg;
    const char *name; /* what it is called in a trace, "UploadPart"; NULL: its method */
    int64_t *sent;    /* kept at the body bytes handed to the network so far; NULL: nobody asks */
};

struct http_response {
    int status;
    struct buf body;
    struct buf header_lines; /* "name\0value\0…" of the final answer; use http_response_header() */
    int64_t bytes_sent;      /* of the body */
    int64_t connect_ms, total_ms;
};

/* http_response_header(r, name): the value of the first such header, without regard to case; NULL when absent. */
const char *http_response_header(const struct http_response *r, const char *name);

/* http_response_clock(r): the server's clock when it answered, seconds since 1970, from Date; 0 when it did not tell.
 */
int64_t http_response_clock(const struct http_response *r);

/* http_response_free(r): release what it holds; fine for a zeroed or freed one. */
void http_response_free(struct http_response *r);

/* A client for one thread: blocking requests, connections are kept for the next one. */
struct http;
struct http *http_new(void);
void http_free(struct http *h);

/* http_perform(h, req, res, e): run it to the end. *res is overwritten; free it with http_response_free on success (on
 * failure it is empty). */
int http_perform(struct http *h, const struct http_request *req, struct http_response *res, struct err *e);

#endif
