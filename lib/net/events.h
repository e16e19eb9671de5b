/*
 * Live events: one small POST to nchan, which fans it out to the user's browsers (design 1). Events are hints: a
 * failure is the caller's to log at debug level, never to retry.
 */
#ifndef TC_NET_EVENTS_H
#define TC_NET_EVENTS_H

#include "base/err.h"
#include "net/http.h"

/*
 * events_post(h, where, secret, user_id, json, e): publish to channel u{user_id} as event "job". where is
 * EVENTS_PUBLISH_URL: "unix:/path/to/socket" or "http://host:port/pub" (then secret goes along as X-Publish-Secret);
 * "": nothing is sent.
 */
int events_post(struct http *h, const char *where, const char *secret, int64_t user_id, const char *json,
                struct err *e);

#endif
