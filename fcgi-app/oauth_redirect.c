#include "fcgi-app/oauth_redirect.h"

#include "base/buf.h"

#include <ctype.h>
#include <string.h>

/*
 * Form style as the replaced product's clients know it: a space is +, other bytes are lower-case hex. Its popup takes
 * an address that holds "google" for one of Google's and waits on, so that word, say in an e-mail, loses its first
 * letter to an escape that decodes to the same.
 */
static void add_encoded(struct buf *b, const char *s)
{
    static const char word[] = "google";
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        bool plain = (isalnum(c) && c < 0x80) || strchr("-_.!*()", c);
        if (c == ' ')
            buf_addc(b, '+');
        else if (plain && strncmp(s, word, sizeof word - 1) != 0)
            buf_addc(b, *s);
        else
            buf_addf(b, "%%%02x", c);
    }
}

/* {frontend without the final slash}/storage? */
static struct buf begin(const char *frontend)
{
    struct buf b = BUF_INIT(BUF_MAX_URL);
    size_t n = strlen(frontend);
    while (n > 0 && frontend[n - 1] == '/')
        n--;
    buf_add(&b, frontend, n);
    buf_adds(&b, "/storage?");
    return b;
}

static const char *finish(struct arena *a, struct buf *b)
{
    const char *url = arena_strdup(a, buf_str(b));
    buf_free(b);
    return url;
}

const char *oauth_redirect_success(struct arena *a, const char *frontend, int64_t profile_id)
{
    struct buf b = begin(frontend);
    buf_addf(&b, "success=true&profileId=%lld", (long long)profile_id);
    return finish(a, &b);
}

const char *oauth_redirect_error(struct arena *a, const char *frontend, const char *code, const char *message)
{
    struct buf b = begin(frontend);
    buf_adds(&b, "error=");
    add_encoded(&b, code);
    buf_adds(&b, "&message=");
    add_encoded(&b, message);
    return finish(a, &b);
}
