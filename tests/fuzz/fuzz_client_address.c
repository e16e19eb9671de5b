/*
 * Whose request it is. Lines: TRUSTED_PROXIES, the peer, X-Forwarded-For. A stranger's header changes nothing; the
 * answer is the peer or an address that the header holds; and a narrower range never trusts more than a wider one.
 */
#include "fcgi-app/client_address.h"
#include "tests/fuzz/fuzz.h"

#include <arpa/inet.h>

static bool is_address(const char *s)
{
    unsigned char bytes[16];
    return inet_pton(AF_INET, s, bytes) == 1 || inet_pton(AF_INET6, s, bytes) == 1;
}

static bool same_address(const char *a, const char *b)
{
    unsigned char x[16] = {0}, y[16] = {0};
    return (inet_pton(AF_INET, a, x) == 1 && inet_pton(AF_INET, b, y) == 1 && !memcmp(x, y, 4)) ||
           (inet_pton(AF_INET6, a, x) == 1 && inet_pton(AF_INET6, b, y) == 1 && !memcmp(x, y, 16));
}

/* An exact range of everything: only "/" and zeros, and an address in front, may match two opposite addresses. */
static void only_zero_bits_match_all(const char *list)
{
    static const char low[] = "1.1.1.1", high[] = "254.254.254.254";
    if (strpbrk(list, ", ") || !client_address_trusted(list, low) || !client_address_trusted(list, high))
        return;
    const char *slash = strchr(list, '/');
    MUST(slash && slash[1]);
    int64_t bits = -1;
    MUST(slash[1] != '-' && parse_i64(slash + 1, 0, 128, &bits) && bits <= (strchr(list, ':') ? 96 : 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz f = fuzz_open(data, size);
    const char *list = fuzz_line(&f), *peer = fuzz_line(&f), *forwarded = fuzz_rest(&f);
    const char *client = client_address(f.arena, list, peer, forwarded);
    if (client_address_trusted(list, peer)) {
        MUST(is_address(peer));
        MUST(is_address(client));
        MUST(!strcmp(client, peer) || strstr(forwarded, client));
    } else {
        MUST(!strcmp(client, peer));
    }
    MUST(!strcmp(client_address(f.arena, "", peer, forwarded), peer));
    MUST(!strcmp(client_address(f.arena, list, peer, NULL), peer));
    if (is_address(peer)) {
        MUST(client_address_trusted(peer, peer));
        MUST(!strcmp(client_address(f.arena, peer, peer, client), client)); /* one honest proxy in front */
        MUST(client_address_trusted(client, peer) == same_address(client, peer) || strchr(client, '.'));
    }
    only_zero_bits_match_all(list);
    fuzz_close(&f);
    return 0;
}
