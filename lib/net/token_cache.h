/*
 * Tokens whose signature has been checked: a client sends the same one again and again, and to check it costs as much
 * as to answer it. Only what does not change is kept: the caller still looks at the life, and asks PostgreSQL about the
 * session.
 */
#ifndef TC_NET_TOKEN_CACHE_H
#define TC_NET_TOKEN_CACHE_H

#include "net/token.h"

struct token_cache;
struct token_cache *token_cache_new(void);
void token_cache_free(struct token_cache *cache);

/* token_cache_verify(cache, a, k, text, now_s, c, e): token_verify() with a memory. */
int token_cache_verify(struct token_cache *cache, struct arena *a, const struct token_keys *k, const char *text,
                       int64_t now_s, struct token_claims *c, struct err *e);

#endif
