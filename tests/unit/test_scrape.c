/* Trackers: real sockets on loopback with loss, garbage and lies; HTTP answers, good and hostile; health figures. */
#include "base/clock.h"
#include "base/encode.h"
#include "torrent/scrape.h"

#include <arpa/inet.h>
#include <endian.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static const char hash_hex[] = "0102030405060708090A0B0C0D0E0F1011121314";
static const uint8_t hash[20] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20};
enum { PATIENCE_MS = 20000 };

/* A UDP tracker of our own. */
struct tracker {
    int fd, port, lose, seen; /* the first `lose` datagrams are not answered */
    bool garbage, mute;       /* send rubbish before each answer; never answer */
    bool refuse;              /* answer with action 3 */
    int32_t seeders, completed, leechers;
    atomic_bool stop;
    pthread_t thread;
};

static void put(unsigned char *p, uint32_t n)
{
    n = htobe32(n);
    memcpy(p, &n, 4);
}

static void answer(struct tracker *t, const unsigned char *in, ssize_t n, struct sockaddr *to, socklen_t tolen)
{
    unsigned char out[20] = {0};
    bool is_connect = n == 16;
    if (t->garbage) {
        unsigned char bad[20] = {0};
        sendto(t->fd, "x", 1, 0, to, tolen);
        memcpy(bad, in + 8, 8);
        bad[7] ^= 1; /* another transaction */
        put(bad + 8, 999999);
        sendto(t->fd, bad, 20, 0, to, tolen);
        memcpy(bad, in + 8, 8);
        put(bad, 7); /* an action nobody asked for */
        sendto(t->fd, bad, 20, 0, to, tolen);
    }
    memcpy(out, in + 8, 8); /* action and transaction */
    if (t->refuse)
        put(out, 3);
    if (is_connect) {
        memcpy(out + 8, "CONNECTN", 8);
        sendto(t->fd, out, 16, 0, to, tolen);
        return;
    }
    if (n != 36 || memcmp(in, "CONNECTN", 8) != 0 || memcmp(in + 16, hash, 20) != 0)
        return;
    put(out + 8, (uint32_t)t->seeders);
    put(out + 12, (uint32_t)t->completed);
    put(out + 16, (uint32_t)t->leechers);
    sendto(t->fd, out, 20, 0, to, tolen);
}

static void *tracker_main(void *arg)
{
    struct tracker *t = arg;
    while (!atomic_load(&t->stop)) {
        unsigned char in[64];
        struct sockaddr_storage from;
        socklen_t len = sizeof from;
        struct pollfd p = {.fd = t->fd, .events = POLLIN};
        if (poll(&p, 1, 50) <= 0)
            continue;
        ssize_t n = recvfrom(t->fd, in, sizeof in, 0, (struct sockaddr *)&from, &len);
        if (n >= 16 && !t->mute && t->seen++ >= t->lose)
            answer(t, in, n, (struct sockaddr *)&from, len);
    }
    return NULL;
}

static void tracker_start(struct tracker *t)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    t->fd = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(bind(t->fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(getsockname(t->fd, (struct sockaddr *)&a, &len), 0);
    t->port = ntohs(a.sin_port);
    assert_int_equal(pthread_create(&t->thread, NULL, tracker_main, t), 0);
}

static void tracker_stop(struct tracker *t)
{
    atomic_store(&t->stop, true);
    pthread_join(t->thread, NULL);
    close(t->fd);
}

static struct scrape_result ask(int timeout_ms, const char *const *urls, size_t n)
{
    struct scrape_request r = {.urls = urls, .count = n, .info_hash = hash_hex, .timeout_ms = timeout_ms};
    struct scrape_result out;
    scrape(&r, &out);
    return out;
}

static struct scrape_result ask_one(const struct tracker *t, int timeout_ms)
{
    char url[64];
    snprintf(url, sizeof url, "udp://127.0.0.1:%d/announce", t->port);
    return ask(timeout_ms, (const char *[]){url}, 1);
}

static void asks_a_udp_tracker(void **state)
{
    (void)state;
    struct tracker t = {.seeders = 12, .completed = 345, .leechers = 6};
    tracker_start(&t);
    struct scrape_result r = ask_one(&t, PATIENCE_MS);
    tracker_stop(&t);
    assert_int_equal(r.asked, 1);
    assert_int_equal(r.answered, 1);
    assert_int_equal(r.swarm.seeders, 12);
    assert_int_equal(r.swarm.completed, 345);
    assert_int_equal(r.swarm.leechers, 6);
}

static void sends_again_after_a_loss(void **state)
{
    (void)state;
    struct tracker t = {.seeders = 1, .lose = 2};
    tracker_start(&t);
    struct scrape_result r = ask_one(&t, PATIENCE_MS);
    tracker_stop(&t);
    assert_int_equal(r.answered, 1);
    assert_true(t.seen > 3);
}

static void is_not_fooled_by_rubbish(void **state)
{
    (void)state;
    struct tracker t = {.seeders = 3, .leechers = -5, .completed = 4, .garbage = true};
    tracker_start(&t);
    struct scrape_result r = ask_one(&t, PATIENCE_MS);
    tracker_stop(&t);
    assert_int_equal(r.answered, 1);
    assert_int_equal(r.swarm.seeders, 3);
    assert_int_equal(r.swarm.leechers, 0); /* negative */
}

static void a_refusal_is_silence(void **state)
{
    (void)state;
    struct tracker t = {.refuse = true};
    tracker_start(&t);
    struct scrape_result r = ask_one(&t, PATIENCE_MS);
    tracker_stop(&t);
    assert_int_equal(r.answered, 0);
}

/* Mute, closed, unknown and malformed ones cost the deadline and no more; the live one is heard. */
static void dead_trackers_cost_the_deadline(void **state)
{
    (void)state;
    struct tracker live = {.seeders = 9}, mute = {.mute = true};
    char live_url[64], mute_url[64];
    tracker_start(&live);
    tracker_start(&mute);
    snprintf(live_url, sizeof live_url, "UDP://127.0.0.1:%d", live.port);
    snprintf(mute_url, sizeof mute_url, "udp://127.0.0.1:%d/a", mute.port);
    const char *urls[] = {mute_url,
                          "udp://127.0.0.1:1/announce",
                          "udp://no-such-host.invalid:80/announce",
                          "udp://127.0.0.1/announce",
                          "udp://[::1]:1/",
                          "udp://[",
                          "http://127.0.0.1:1/announce",
                          "http://127.0.0.1:1/nothing",
                          "wss://127.0.0.1:1/announce",
                          live_url};
    struct scrape_result r = ask(1500, urls, sizeof urls / sizeof *urls);
    tracker_stop(&live);
    tracker_stop(&mute);
    assert_int_equal(r.answered, 1);
    assert_int_equal(r.asked, 9); /* not wss */
    assert_int_equal(r.swarm.seeders, 9);
}

static void takes_the_larger_of_each(void **state)
{
    (void)state;
    struct tracker a = {.seeders = 9, .leechers = 1}, b = {.seeders = 2, .leechers = 8, .completed = 5};
    char url_a[64], url_b[64];
    tracker_start(&a);
    tracker_start(&b);
    snprintf(url_a, sizeof url_a, "udp://127.0.0.1:%d", a.port);
    snprintf(url_b, sizeof url_b, "udp://127.0.0.1:%d", b.port);
    struct scrape_result r = ask(PATIENCE_MS, (const char *[]){url_a, url_b}, 2);
    tracker_stop(&a);
    tracker_stop(&b);
    assert_int_equal(r.answered, 2);
    assert_int_equal(r.swarm.seeders, 9);
    assert_int_equal(r.swarm.leechers, 8);
    assert_int_equal(r.swarm.completed, 5);
}

static void asks_not_more_than_25(void **state)
{
    (void)state;
    const char *urls[60];
    for (size_t i = 0; i < 60; i++)
        urls[i] = "udp://127.0.0.1:1/announce";
    assert_int_equal(ask(2000, urls, 60).asked, SCRAPE_MAX_TRACKERS);
}

static void private_addresses_can_be_refused(void **state)
{
    (void)state;
    struct tracker t = {.seeders = 1};
    char url[64];
    tracker_start(&t);
    snprintf(url, sizeof url, "udp://127.0.0.1:%d", t.port);
    struct scrape_request r = {
        .urls = (const char *[]){url}, .count = 1, .info_hash = hash_hex, .timeout_ms = 2000, .deny_private = true};
    struct scrape_result out;
    scrape(&r, &out);
    tracker_stop(&t);
    assert_int_equal(out.answered, 0);
    assert_int_equal(t.seen, 0);
}

static void splits_udp_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *url, *host, *port; /* NULL: cannot be asked */
    } rows[] = {{"udp://t.example:1337/announce", "t.example", "1337"},
                {"UDP://127.0.0.1:80", "127.0.0.1", "80"},
                {"udp://[2001:db8::1]:6969/x", "2001:db8::1", "6969"},
                {"udp://[::ffff:1.2.3.4]:1?x", "::ffff:1.2.3.4", "1"},
                {"udp://t.example/announce", NULL, NULL},
                {"udp://t.example:/", NULL, NULL},
                {"udp://t.example:123456", NULL, NULL},
                {"udp://t.example:80x", NULL, NULL},
                {"udp://:80", NULL, NULL},
                {"udp://[]:80", NULL, NULL},
                {"udp://[::1:80", NULL, NULL},
                {"udp://[::1/x]:80", NULL, NULL}, /* found by the fuzzer: a path within the brackets */
                {"udp://a[b]:80", NULL, NULL},
                {"http://t.example:80/announce", NULL, NULL},
                {"udp:/", NULL, NULL},
                {"", NULL, NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char host[SCRAPE_MAX_HOST + 1], port[6];
        assert_int_equal(scrape_split_udp(rows[i].url, host, port), rows[i].host != NULL);
        if (rows[i].host) {
            assert_string_equal(host, rows[i].host);
            assert_string_equal(port, rows[i].port);
        }
    }
}

#define IDS                                                                                                            \
    "\0\0\0\x02"                                                                                                       \
    "tctc"
static void reads_datagrams(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
        enum scrape_udp_action asked;
        enum scrape_udp_reply reply;
    } rows[] = {
        {"\0\0\0\0tctcCONNECTN", 16, SCRAPE_UDP_CONNECT, SCRAPE_UDP_CONNECTED},
        {"\0\0\0\0tctcCONNECTN", 16, SCRAPE_UDP_SCRAPE, SCRAPE_UDP_STRANGE}, /* not what was asked */
        {"\0\0\0\0tctcCONNECT", 15, SCRAPE_UDP_CONNECT, SCRAPE_UDP_STRANGE},
        {"\0\0\0\0tctdCONNECTN", 16, SCRAPE_UDP_CONNECT, SCRAPE_UDP_STRANGE}, /* another transaction */
        {IDS "\0\0\0\x07\0\0\0\x08\0\0\0\x09", 20, SCRAPE_UDP_SCRAPE, SCRAPE_UDP_ANSWERED},
        {IDS "\0\0\0\x07\0\0\0\x08\0\0\0", 19, SCRAPE_UDP_SCRAPE, SCRAPE_UDP_STRANGE},
        {IDS "\0\0\0\x07\0\0\0\x08\0\0\0\x09", 20, SCRAPE_UDP_CONNECT, SCRAPE_UDP_STRANGE},
        {"\0\0\0\x03tctcgo away", 15, SCRAPE_UDP_SCRAPE, SCRAPE_UDP_REFUSED},
        {"\0\0\0\x03tctc", 8, SCRAPE_UDP_CONNECT, SCRAPE_UDP_REFUSED},
        {"\0\0\0\x03tct", 7, SCRAPE_UDP_CONNECT, SCRAPE_UDP_STRANGE},
        {"", 0, SCRAPE_UDP_CONNECT, SCRAPE_UDP_STRANGE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t connection = 1;
        struct swarm s = {-1, -1, -1};
        assert_int_equal(scrape_parse_udp(rows[i].bytes, rows[i].n, rows[i].asked, 0x74637463, &connection, &s),
                         rows[i].reply);
        assert_true(connection == (rows[i].reply == SCRAPE_UDP_CONNECTED ? 0x434f4e4e4543544e : 1)); /* "CONNECTN" */
        bool answered = rows[i].reply == SCRAPE_UDP_ANSWERED;
        assert_int_equal(s.seeders, answered ? 7 : -1);
        assert_int_equal(s.completed, answered ? 8 : -1);
        assert_int_equal(s.leechers, answered ? 9 : -1);
    }
}

static void makes_scrape_urls(void **state)
{
    (void)state;
    static const char encoded[] = "info_hash=%01%02%03%04%05%06%07%08%09%0A%0B%0C%0D%0E%0F%10%11%12%13%14";
    static const struct {
        const char *announce, *scrape; /* NULL: cannot be scraped */
    } rows[] = {{"http://t.example/announce", "http://t.example/scrape?"},
                {"http://t.example/x/announce", "http://t.example/x/scrape?"},
                {"https://t.example:444/announce.php?passkey=a/b", "https://t.example:444/scrape.php?passkey=a/b&"},
                {"http://t.example/announce?x=2%0644#f", "http://t.example/scrape?x=2%0644&"},
                {"http://t.example/a", NULL},
                {"http://t.example/announce/x", NULL},
                {"http://announce", "http://scrape?"},
                {"http://t.example/x%064announce", NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf b = BUF_INIT(BUF_MAX_URL), want = BUF_INIT(BUF_MAX_URL);
        assert_int_equal(scrape_http_url(rows[i].announce, hash, &b), rows[i].scrape != NULL);
        if (rows[i].scrape) {
            buf_addf(&want, "%s%s", rows[i].scrape, encoded);
            assert_string_equal(buf_str(&b), buf_str(&want));
        }
        buf_free(&b);
        buf_free(&want);
    }
}

static size_t build(char *out, const char *before, const char *after)
{
    size_t n = strlen(before), m = strlen(after);
    memcpy(out, before, n);
    memcpy(out + n, hash, 20);
    memcpy(out + n + 20, after, m);
    return n + 20 + m;
}

static void reads_http_answers(void **state)
{
    (void)state;
    char text[256];
    struct swarm s;
    struct err e;
    size_t n = build(text, "d5:filesd20:", "d8:completei5e10:downloadedi50e10:incompletei-10e4:name1:xee4:spamli1eee");
    assert_int_equal(scrape_parse_http(text, n, hash, &s, &e), 0);
    assert_int_equal(s.seeders, 5);
    assert_int_equal(s.completed, 50);
    for (size_t cut = 0; cut < n; cut++)
        assert_int_equal(scrape_parse_http(text, cut, hash, &s, &e), -1);
    const char *unknown = "d5:filesdee";
    assert_int_equal(scrape_parse_http(unknown, strlen(unknown), hash, &s, &e), 0);
    assert_int_equal(s.seeders, 0);
    const char *no = "d14:failure reason6:go ahee";
    assert_int_equal(scrape_parse_http(no, strlen(no), hash, &s, &e), -1);
    static const char *bad[] = {"",    "x",        "d",      "de",       "d5:filesi1ee",
                                "i5e", "d5:files", "d3:abc", "d1:ai-ee", "d5:filesd3:abci9999999999999999999eee"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(scrape_parse_http(bad[i], strlen(bad[i]), hash, &s, &e), -1);
    char deep[4096];
    memset(deep, 'l', sizeof deep);
    memcpy(deep, "d1:a", 4);
    assert_int_equal(scrape_parse_http(deep, sizeof deep, hash, &s, &e), -1);
}

/* A one-shot HTTP server that answers a scrape. */
struct http_tracker {
    int fd, port;
    char request[1024];
    pthread_t thread;
};

static void *http_main(void *arg)
{
    struct http_tracker *t = arg;
    char body[256], head[128];
    int c = accept(t->fd, NULL, NULL);
    if (c < 0)
        return NULL;
    ssize_t n = recv(c, t->request, sizeof t->request - 1, 0);
    t->request[n > 0 ? n : 0] = '\0';
    size_t len = build(body, "d5:filesd20:", "d8:completei77e10:downloadedi5e10:incompletei1eeee");
    int head_len = snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", len);
    send(c, head, (size_t)head_len, MSG_NOSIGNAL);
    send(c, body, len, MSG_NOSIGNAL);
    close(c);
    return NULL;
}

static void asks_an_http_tracker(void **state)
{
    (void)state;
    struct http_tracker t = {.fd = socket(AF_INET, SOCK_STREAM, 0)};
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    assert_int_equal(bind(t.fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(t.fd, 4), 0);
    assert_int_equal(getsockname(t.fd, (struct sockaddr *)&a, &len), 0);
    assert_int_equal(pthread_create(&t.thread, NULL, http_main, &t), 0);
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/announce?k=v", ntohs(a.sin_port));
    struct scrape_result r = ask(PATIENCE_MS, (const char *[]){url}, 1);
    shutdown(t.fd, SHUT_RDWR);
    pthread_join(t.thread, NULL);
    close(t.fd);
    assert_int_equal(r.answered, 1);
    assert_int_equal(r.swarm.seeders, 77);
    assert_non_null(strstr(t.request, "GET /scrape?k=v&info_hash=%01%02"));
}

static void health_follows_the_formulas(void **state)
{
    (void)state;
    static const struct {
        struct swarm in;
        const char *ratio;
        double score;
        bool complete, dead, weak, healthy;
    } rows[] = {
        {{0, 0, 0}, "0", 0, false, true, false, false},
        {{0, 0, 9}, "0", 0, true, true, false, false}, /* dead, though once complete */
        {{-1, -1, -1}, "0", 0, false, true, false, false},
        {{1, 0, 0}, "1", 0.5 * 0.30103 + 0.3, false, false, true, false},
        {{2, 4, 1}, "0.5", 0.5 * 0.477121 + 0.3 * 0.7 + 0.2, true, false, true, false},
        {{9, 3, 1}, "3", 1, true, false, false, false},
        {{10, 0, 1}, "10", 1, true, false, false, true},
        {{0, 5, 1}, "0", 0.3 * 0.1 + 0.2, true, false, false, false},
        {{2, 10, 0}, "0.2", 0.5 * 0.477121 + 0.3 * 0.3, false, false, true, false},
        {{1000000, 1, 1}, "1000000", 1, true, false, false, true},
        {{5, 3, 1}, "1.6666666666666666666666666667", 0.5 * 0.778151 + 0.3 + 0.2, true, false, false, false},
        {{80, 9, 1}, "8.888888888888888888888888889", 1, true, false, false, true},
        {{2, 3, 0}, "0.6666666666666666666666666667", 0.5 * 0.477121 + 0.3 * 0.7, false, false, true, false},
        {{INT32_MAX, 7, 1}, "306783378.14285714285714285714", 1, true, false, false, true},
        {{INT64_MAX, INT64_MAX, 1}, "1", 1, true, false, false, true}, /* a tracker may say anything */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct torrent_health h = torrent_health(&rows[i].in);
        assert_string_equal(h.seeder_ratio, rows[i].ratio);
        assert_true(fabs(h.score - rows[i].score) < 1e-5);
        assert_int_equal(h.is_complete, rows[i].complete);
        assert_int_equal(h.is_dead, rows[i].dead);
        assert_int_equal(h.is_weak, rows[i].weak);
        assert_int_equal(h.is_healthy, rows[i].healthy);
        assert_true(h.seeders >= 0 && h.leechers >= 0 && h.completed >= 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_a_udp_tracker),
        cmocka_unit_test(sends_again_after_a_loss),
        cmocka_unit_test(is_not_fooled_by_rubbish),
        cmocka_unit_test(a_refusal_is_silence),
        cmocka_unit_test(dead_trackers_cost_the_deadline),
        cmocka_unit_test(takes_the_larger_of_each),
        cmocka_unit_test(asks_not_more_than_25),
        cmocka_unit_test(private_addresses_can_be_refused),
        cmocka_unit_test(splits_udp_addresses),
        cmocka_unit_test(reads_datagrams),
        cmocka_unit_test(makes_scrape_urls),
        cmocka_unit_test(reads_http_answers),
        cmocka_unit_test(asks_an_http_tracker),
        cmocka_unit_test(health_follows_the_formulas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
