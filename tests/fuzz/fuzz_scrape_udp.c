/* A datagram of a UDP tracker (BEP 15), as the answer to each of the two questions. */
#include "tests/fuzz/fuzz.h"
#include "torrent/scrape.h"

enum { TRANSACTION = 0x74637463 }; /* "tctc", so that the corpus is readable */

static uint32_t big_endian(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void judge(const uint8_t *p, size_t n, enum scrape_udp_action asked)
{
    uint64_t connection = 0x0123456789abcdefu;
    struct swarm s = {-1, -1, -1};
    enum scrape_udp_reply reply = scrape_parse_udp(p, n, asked, TRANSACTION, &connection, &s);
    bool ours = n >= 8 && big_endian(p + 4) == TRANSACTION;
    bool connected = ours && asked == SCRAPE_UDP_CONNECT && big_endian(p) == 0 && n >= 16;
    bool answered = ours && asked == SCRAPE_UDP_SCRAPE && big_endian(p) == 2 && n >= 20;
    MUST((reply == SCRAPE_UDP_CONNECTED) == connected);
    MUST((reply == SCRAPE_UDP_ANSWERED) == answered);
    MUST((reply == SCRAPE_UDP_REFUSED) == (ours && big_endian(p) == 3));
    MUST(connection == (connected ? (uint64_t)big_endian(p + 8) << 32 | big_endian(p + 12) : 0x0123456789abcdefu));
    if (answered) {
        MUST(s.seeders >= 0 && s.leechers >= 0 && s.completed >= 0);
        MUST(s.seeders == (p[8] & 0x80 ? 0 : big_endian(p + 8)) &&
             s.leechers == (p[16] & 0x80 ? 0 : big_endian(p + 16)));
    } else {
        MUST(s.seeders == -1 && s.leechers == -1 && s.completed == -1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz f = fuzz_open(data, size);
    size_t n = f.left;
    const uint8_t *packet = (const uint8_t *)fuzz_take(&f, n);
    judge(packet, n, SCRAPE_UDP_CONNECT);
    judge(packet, n, SCRAPE_UDP_SCRAPE);
    fuzz_close(&f);
    return 0;
}
