/* One exchange of the HTTP client, for its own files (http.c, http_body.c, http_fail.c). */
#ifndef TC_NET_HTTP_INTERNAL_H
#define TC_NET_HTTP_INTERNAL_H

#include "net/http.h"

#include <curl/curl.h>

enum { HTTP_HEADER_BYTES = 64 * 1024 }; /* of one header that is sent, and of all that come */

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

/* http_body_size(r): bytes that are sent after the headers. */
int64_t http_body_size(const struct http_request *r);

/* libcurl's callbacks; arg is the transfer. */
size_t http_on_header(char *line, size_t size, size_t n, void *arg);
size_t http_on_body(char *data, size_t size, size_t n, void *arg);
size_t http_on_read(char *out, size_t size, size_t n, void *arg);
int http_on_seek(void *arg, curl_off_t offset, int origin);
int http_on_progress(void *arg, curl_off_t dl_total, curl_off_t dl_now, curl_off_t ul_total, curl_off_t ul_now);

/* http_fail(t, result, e): *e says how it failed; -1. */
int http_fail(struct transfer *t, CURLcode result, struct err *e);

#endif
