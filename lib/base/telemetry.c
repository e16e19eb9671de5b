#include "base/telemetry.h"

#include "base/metrics.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static struct {
    int fd;
    unsigned kinds;
} out = {.fd = -1};

static const char *const names[TELEMETRY__MAX] = {[TELEMETRY_LOG] = "log", [TELEMETRY_SPAN] = "span"};

void telemetry_open(int fd, unsigned kinds)
{
    if (out.fd >= 0)
        close(out.fd);
    out.fd = fd;
    out.kinds = fd < 0 ? 0 : kinds;
}

bool telemetry_on(enum telemetry_kind kind)
{
    return out.kinds & 1u << kind;
}

const char *telemetry_kind_name(enum telemetry_kind kind)
{
    return names[kind];
}

void telemetry_send(enum telemetry_kind kind, uint8_t level, int64_t at_us, const void *bytes, size_t n)
{
    if (!telemetry_on(kind))
        return;
    int saved = errno;
    struct telemetry_head head = {.at_us = at_us, .kind = (uint8_t)kind, .level = level};
    struct iovec parts[] = {{&head, sizeof head}, {(void *)(uintptr_t)bytes, n}};
    struct msghdr msg = {.msg_iov = parts, .msg_iovlen = 2};
    if (n > TELEMETRY_BYTES_MAX || sendmsg(out.fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        metrics_add(METRIC_TELEMETRY_DROPPED, 1, {"kind", names[kind]});
    errno = saved;
}
