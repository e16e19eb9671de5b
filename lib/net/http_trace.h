/* A span for each call to somebody else's server (base/trace.h). The names of its attributes are OpenTelemetry's. */
#ifndef TC_NET_HTTP_TRACE_H
#define TC_NET_HTTP_TRACE_H

#include "base/trace.h"
#include "net/http.h"

/* http_trace_begin(s, req): a child of the thread's context; nothing for a unix socket, which is our own machine. */
void http_trace_begin(struct trace_span *s, const struct http_request *req);

/* http_trace_end(s, req, res, failure): the answer, or why there was none (*failure; else ERR_NONE). Neither path nor
 * query are told: they hold names of torrents, passkeys of trackers and addresses that are secrets. */
void http_trace_end(struct trace_span *s, const struct http_request *req, const struct http_response *res,
                    const struct err *failure);

#endif
