/* The inside of struct services; for services only. */
#ifndef TC_FCGI_CONTEXT_H
#define TC_FCGI_CONTEXT_H

#include "fcgi-app/services/services.h"
#include "net/db.h"
#include "net/http.h"
#include "net/redis.h"
#include "net/token_cache.h"
#include "queue/queue.h"

struct services {
    struct db *db;
    struct redis *redis;
    struct queue *queue;
    struct http *http;
    struct token_keys tokens;
    struct token_cache *verified;
};

#endif
