#include "net/token_cache.h"

#include "base/encode.h"

#include <string.h>

enum { SLOTS = 16 };

struct token_cache {
    struct slot {
        struct arena *arena;
        char *text; /* NULL: free */
        size_t len;
        struct token_claims claims; /* strings in the arena */
    } slots[SLOTS];
    int next; /* the one to be used again */
};

struct token_cache *token_cache_new(void)
{
    struct token_cache *cache = MEM_NEW(struct token_cache);
    for (int i = 0; i < SLOTS; i++)
        cache->slots[i].arena = arena_new(1024);
    return cache;
}

void token_cache_free(struct token_cache *cache)
{
    if (!cache)
        return;
    for (int i = 0; i < SLOTS; i++)
        arena_free(cache->slots[i].arena);
    mem_free(cache);
}

/* Compared in constant time: how far a guess is right must not show. */
static const struct slot *find(const struct token_cache *cache, const char *text, size_t len)
{
    for (int i = 0; i < SLOTS; i++) {
        const struct slot *s = &cache->slots[i];
        if (s->text && s->len == len && mem_equal_ct(s->text, text, len))
            return s;
    }
    return NULL;
}

static void copy(struct arena *a, const struct token_claims *from, struct token_claims *to)
{
    *to = *from;
    to->email = arena_strdup(a, from->email);
    to->name = arena_strdup(a, from->name);
    to->csrf = arena_strdup(a, from->csrf);
}

static void keep(struct token_cache *cache, const char *text, size_t len, const struct token_claims *c)
{
    struct slot *s = &cache->slots[cache->next];
    cache->next = (cache->next + 1) % SLOTS;
    arena_reset(s->arena);
    s->text = arena_strdup(s->arena, text);
    s->len = len;
    copy(s->arena, c, &s->claims);
}

int token_cache_verify(struct token_cache *cache, struct arena *a, const struct token_keys *k, const char *text,
                       int64_t now_s, struct token_claims *c, struct err *e)
{
    size_t len = strlen(text);
    const struct slot *known = find(cache, text, len);
    if (!known) {
        if (token_verify(a, k, text, now_s, c, e))
            return -1;
        keep(cache, text, len, c);
        return 0;
    }
    if (known->claims.expires_s < now_s - TOKEN_SKEW_S)
        return token_verify(a, k, text, now_s, c, e); /* which says why */
    copy(a, &known->claims, c);
    return 0;
}
