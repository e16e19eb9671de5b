/*
 * An HTTP tracker's answer, and the addresses that a torrent names. The first byte chooses: 'u' and a URL, else an
 * answer, of which every cut must be refused.
 */
#include "tests/fuzz/fuzz.h"
#include "torrent/scrape.h"

#include <math.h>

static const uint8_t hash[20] = "01234567890123456789";

static void read_url(const char *url)
{
    struct buf out = BUF_INIT(BUF_MAX_URL);
    char host[SCRAPE_MAX_HOST + 1], port[6];
    if (scrape_http_url(url, hash, &out)) {
        MUST(!strncmp(out.data + out.len - 30, "info_hash=01234567890123456789", 30) && strstr(out.data, "/scrape"));
        MUST(!strchr(out.data, '#') && (out.data[out.len - 31] == '?' || out.data[out.len - 31] == '&'));
        MUST(strlen(out.data) == out.len && out.len <= strlen(url) + 31);
    }
    if (scrape_split_udp(url, host, port)) {
        int64_t number;
        MUST(*host && !strpbrk(host, "/?#") && strstr(url, host));
        MUST(parse_i64(port, 0, 99999, &number) && strstr(url, port));
    }
    buf_free(&out);
}

static void read_answer(struct fuzz *f)
{
    struct err e = ERR_INIT;
    struct swarm s, cut;
    size_t n = f->left;
    const char *answer = fuzz_take(f, n);
    if (scrape_parse_http(answer, n, hash, &s, &e) == 0) {
        MUST(n >= 11 && answer[0] == 'd');
        struct torrent_health h = torrent_health(&s);
        MUST(h.seeders >= 0 && h.leechers >= 0 && h.completed >= 0 && h.score >= 0 && h.score <= 1);
        double want = (double)h.seeders / (double)(h.leechers ? h.leechers : 1), got = strtod(h.seeder_ratio, NULL);
        MUST(strspn(h.seeder_ratio, "0123456789.") == strlen(h.seeder_ratio) &&
             fabs(got - want) <= want * 1e-9 + 1e-27);
        size_t end = n; /* bytes behind the last 'e' are not looked at; the shortest answer is */
        while (end > 0 && scrape_parse_http(answer, end - 1, hash, &cut, &e) == 0)
            end--;
        MUST(answer[end - 1] == 'e');
        for (size_t i = 0; i < end && end <= 512; i++)
            MUST(scrape_parse_http(answer, i, hash, &cut, &e) == -1);
    } else {
        MUST(e.class == ERR_REMOTE && *e.msg && fuzz_is_text(e.msg));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz f = fuzz_open(data, size);
    if (size && *data == 'u')
        read_url(fuzz_rest(&f));
    else
        read_answer(&f);
    fuzz_close(&f);
    return 0;
}
