#include "base/config.h"
#include "base/encode.h"
#include "base/metrics_text.h"
#include "fcgi-app/client_address.h"
#include "fcgi-app/handlers/handlers.h"
#include "fcgi-app/request.h"
#include "fcgi-app/response.h"
#include "fcgi-app/services/metrics_service.h"

#include <string.h>
#include <strings.h>

/* A program of this machine itself: a request that somebody handed on, or a web page asks for, is none. */
static bool is_local(const struct request *req)
{
    static const char *const handed_on[] = {"X-Forwarded-For", "Forwarded", "X-Real-IP", "Origin", "Referer"};
    for (size_t i = 0; i < sizeof handed_on / sizeof *handed_on; i++)
        if (request_header(req, handed_on[i]))
            return false;
    return client_address_trusted("127.0.0.0/8,::1", request_param(req, "REMOTE_ADDR"));
}

static bool has_token(const struct request *req)
{
    const char *sent = request_header(req, "Authorization"), *want = config_str(CFG_METRICS_TOKEN);
    if (!*want || !sent || strncasecmp(sent, "Bearer ", 7) != 0)
        return false;
    sent += 7 + strspn(sent + 7, " ");
    return strlen(sent) == strlen(want) && mem_equal_ct(sent, want, strlen(want));
}

/* Strangers learn nothing, not even that it exists. */
int metrics_get(struct request *req, struct response *res, struct err *e)
{
    if (!config_bool(CFG_OBSERVABILITY_ENABLE_PROMETHEUS) || (!has_token(req) && !is_local(req)))
        return err_set(e, ERR_NOT_FOUND, NULL, "There is nothing at this address.");
    const char *accept = request_header(req, "Accept");
    bool open = accept && strcasestr(accept, "application/openmetrics-text");
    struct buf *b = response_text(res, 200, open ? METRICS_TEXT_TYPE_OPEN : METRICS_TEXT_TYPE);
    metrics_service_write(req->services, req->arena, &(struct metrics_text){.b = b, .open = open});
    return 0;
}
