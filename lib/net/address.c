#include "net/address.h"

#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

struct range4 {
    uint32_t net;
    int bits;
};

/* https://www.iana.org/assignments/iana-ipv4-special-registry, plus multicast and the reserved class E. */
static const struct range4 special4[] = {
    {0x00000000, 8},  /* this network */
    {0x0a000000, 8},  /* 10/8 */
    {0x64400000, 10}, /* 100.64/10, carrier NAT */
    {0x7f000000, 8},  /* loopback */
    {0xa9fe0000, 16}, /* 169.254/16, link local and cloud metadata */
    {0xac100000, 12}, /* 172.16/12 */
    {0xc0000000, 24}, /* IETF protocol assignments */
    {0xc0000200, 24}, /* documentation */
    {0xc0a80000, 16}, /* 192.168/16 */
    {0xc6120000, 15}, /* benchmarking */
    {0xc6336400, 24}, /* documentation */
    {0xcb007100, 24}, /* documentation */
    {0xe0000000, 3},  /* multicast and reserved */
};

static bool private4(uint32_t ip)
{
    for (size_t i = 0; i < sizeof special4 / sizeof special4[0]; i++)
        if ((ip ^ special4[i].net) >> (32 - special4[i].bits) == 0)
            return true;
    return false;
}

static uint32_t read32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Only 2000::/3 is public unicast; inside it 6to4 carries an IPv4 address and a few blocks are special. */
static bool private6(const uint8_t ip[16])
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};
    if (memcmp(ip, mapped, sizeof mapped) == 0 || memcmp(ip, nat64, sizeof nat64) == 0)
        return private4(read32(ip + 12));
    if ((ip[0] & 0xe0) != 0x20)
        return true;
    if (ip[0] == 0x20 && ip[1] == 0x02)
        return private4(read32(ip + 2));
    uint32_t head = read32(ip);
    return (head & 0xfffffe00) == 0x20010000 || head == 0x20010db8; /* 2001::/23 with Teredo; documentation */
}

bool address_private(const struct sockaddr *a)
{
    if (a->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, a, sizeof in);
        return private4(ntohl(in.sin_addr.s_addr));
    }
    if (a->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, a, sizeof in6);
        return private6(in6.sin6_addr.s6_addr);
    }
    return true;
}
