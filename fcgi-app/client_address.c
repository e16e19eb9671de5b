#include "fcgi-app/client_address.h"

#include "base/encode.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

struct address {
    unsigned char bytes[16]; /* IPv4 as IPv4-mapped IPv6 */
};

static bool parse_address(const char *s, size_t n, struct address *out)
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    char text[INET6_ADDRSTRLEN];
    if (n == 0 || n >= sizeof text)
        return false;
    memcpy(text, s, n);
    text[n] = '\0';
    memcpy(out->bytes, mapped, sizeof mapped);
    return inet_pton(AF_INET, text, out->bytes + 12) == 1 || inet_pton(AF_INET6, text, out->bytes) == 1;
}

/* Does the range "10.0.0.0/8", "::1" … of n bytes hold the address. */
static bool holds(const char *range, size_t n, const struct address *a)
{
    struct address base;
    const char *slash = memchr(range, '/', n);
    size_t len = slash ? (size_t)(slash - range) : n;
    bool v4 = !memchr(range, ':', len);
    int64_t bits = 128;
    char number[8] = "";
    if (slash) {
        int digits = snprintf(number, sizeof number, "%.*s", (int)(n - len - 1), slash + 1);
        if (digits >= (int)sizeof number || *number == '-' || !parse_i64(number, 0, v4 ? 32 : 128, &bits))
            return false;
        bits += v4 ? 96 : 0;
    }
    if (!parse_address(range, len, &base))
        return false;
    for (int64_t i = 0; i < bits; i++)
        if ((base.bytes[i / 8] ^ a->bytes[i / 8]) & (0x80 >> i % 8))
            return false;
    return true;
}

static bool listed(const char *list, const struct address *a)
{
    while (*list) {
        list += strspn(list, ", ");
        size_t n = strcspn(list, ", ");
        if (n > 0 && holds(list, n, a))
            return true;
        list += n;
    }
    return false;
}

bool client_address_trusted(const char *list, const char *peer)
{
    struct address a;
    return peer && parse_address(peer, strlen(peer), &a) && listed(list, &a);
}

const char *client_address(struct arena *a, const char *list, const char *peer, const char *forwarded)
{
    const char *client = peer ? peer : "";
    size_t end = forwarded ? strlen(forwarded) : 0;
    if (!client_address_trusted(list, peer))
        return client;
    /* From the right: each proxy appended the address that it saw, and only ours are believed. */
    while (end > 0) {
        size_t start = end;
        struct address hop;
        while (start > 0 && forwarded[start - 1] != ',')
            start--;
        size_t from = start + strspn(forwarded + start, " "), len = end - from;
        while (len > 0 && forwarded[from + len - 1] == ' ')
            len--;
        if (from >= end || !parse_address(forwarded + from, len, &hop))
            break;
        client = arena_strndup(a, forwarded + from, len);
        if (!listed(list, &hop))
            break;
        end = start > 0 ? start - 1 : 0;
    }
    return client;
}
