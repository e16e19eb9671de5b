#include "base/buf.h"
#include "base/encode.h"
#include "torrent/scrape.h"

#include <string.h>

enum { MAX_DEPTH = 16, MAX_STRING = 1024 * 1024 };

/* A cursor over bencoded bytes. Every read moves it forward or says no. */
struct cursor {
    const unsigned char *at, *end;
};

static bool take(struct cursor *c, unsigned char want)
{
    if (c->at == c->end || *c->at != want)
        return false;
    c->at++;
    return true;
}

/* Digits up to `stop`, without sign, at most 18. */
static bool take_digits(struct cursor *c, unsigned char stop, int64_t *out)
{
    int64_t n = 0;
    int digits = 0;
    for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++, digits++) {
        if (digits == 18)
            return false;
        n = n * 10 + (*c->at - '0');
    }
    *out = n;
    return digits > 0 && take(c, stop);
}

static bool take_int(struct cursor *c, int64_t *out)
{
    if (!take(c, 'i'))
        return false;
    bool negative = take(c, '-');
    if (!take_digits(c, 'e', out))
        return false;
    if (negative)
        *out = -*out;
    return true;
}

static bool take_string(struct cursor *c, const unsigned char **s, size_t *n)
{
    int64_t length;
    if (!take_digits(c, ':', &length) || length > MAX_STRING || length > c->end - c->at)
        return false;
    *s = c->at;
    *n = (size_t)length;
    c->at += length;
    return true;
}

static bool skip(struct cursor *c, int depth)
{
    const unsigned char *s;
    size_t n;
    int64_t number;
    if (c->at == c->end || depth > MAX_DEPTH)
        return false;
    if (*c->at == 'i')
        return take_int(c, &number);
    if (*c->at != 'l' && *c->at != 'd')
        return take_string(c, &s, &n);
    bool dict = *c->at++ == 'd';
    while (!take(c, 'e')) {
        if (dict && !take_string(c, &s, &n))
            return false;
        if (!skip(c, depth + 1))
            return false;
    }
    return true;
}

static bool is_key(const unsigned char *s, size_t n, const char *key)
{
    return n == strlen(key) && memcmp(s, key, n) == 0;
}

static bool read_numbers(struct cursor *c, struct swarm *out)
{
    const unsigned char *key;
    size_t n;
    if (!take(c, 'd'))
        return false;
    while (!take(c, 'e')) {
        if (!take_string(c, &key, &n))
            return false;
        int64_t *to = is_key(key, n, "complete")     ? &out->seeders
                      : is_key(key, n, "incomplete") ? &out->leechers
                      : is_key(key, n, "downloaded") ? &out->completed
                                                     : NULL;
        if (!(to ? take_int(c, to) : skip(c, 0)))
            return false;
    }
    return true;
}

static bool read_files(struct cursor *c, const uint8_t info_hash[20], struct swarm *out)
{
    const unsigned char *key;
    size_t n;
    if (!take(c, 'd'))
        return false;
    while (!take(c, 'e')) {
        if (!take_string(c, &key, &n))
            return false;
        bool ours = n == 20 && memcmp(key, info_hash, 20) == 0;
        if (!(ours ? read_numbers(c, out) : skip(c, 0)))
            return false;
    }
    return true;
}

static int no_answer(struct err *e)
{
    return err_set(e, ERR_REMOTE, "TrackerAnswer", "The tracker's answer is no scrape.");
}

int scrape_parse_http(const void *data, size_t n, const uint8_t info_hash[20], struct swarm *out, struct err *e)
{
    struct cursor c = {data, (const unsigned char *)data + n};
    const unsigned char *key;
    size_t len;
    bool found = false;
    *out = (struct swarm){0};
    if (n == 0 || !take(&c, 'd'))
        return no_answer(e);
    while (!take(&c, 'e')) {
        if (!take_string(&c, &key, &len))
            return no_answer(e);
        if (is_key(key, len, "failure reason")) {
            if (!take_string(&c, &key, &len))
                return no_answer(e);
            return err_set(e, ERR_REMOTE, "TrackerRefused", "The tracker refuses: %.*s", (int)(len < 200 ? len : 200),
                           (const char *)key);
        }
        bool files = is_key(key, len, "files");
        found |= files;
        if (!(files ? read_files(&c, info_hash, out) : skip(&c, 0)))
            return no_answer(e);
    }
    return found ? 0 : no_answer(e);
}

bool scrape_http_url(const char *announce, const uint8_t info_hash[20], struct buf *url)
{
    static const char word[] = "announce";
    size_t path_end = strcspn(announce, "?#");
    const char *slash = NULL;
    for (size_t i = 0; i < path_end; i++)
        if (announce[i] == '/')
            slash = announce + i;
    if (!slash || strncmp(slash + 1, word, sizeof word - 1) != 0)
        return false;
    const char *rest = slash + sizeof word; /* behind the slash and the word */
    const char *query = announce + path_end;
    buf_add(url, announce, (size_t)(slash + 1 - announce));
    buf_adds(url, "scrape");
    buf_add(url, rest, (size_t)(query - rest));
    if (*query == '?') {
        buf_add(url, query, strcspn(query, "#"));
        buf_addc(url, '&');
    } else {
        buf_addc(url, '?');
    }
    buf_adds(url, "info_hash=");
    encode_percent(url, (const char *)info_hash, 20, "");
    return buf_ok(url);
}
