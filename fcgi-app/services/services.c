#include "fcgi-app/services/services.h"

#include "base/arena.h"
#include "base/config.h"
#include "fcgi-app/services/context.h"
#include "net/seal.h"
#include "store/migrate_store.h"

int services_wait(struct err *e)
{
    struct db *db = db_new(config_str(CFG_DATABASE_URL), "torrentclou-api");
    int rc = migrate_wait(db, -1, e);
    db_free(db); /* a connection must not be shared with the children */
    return rc;
}

struct services *services_open(struct err *e)
{
    if (seal_init(config_str(CFG_CREDENTIALS_KEY), config_str(CFG_CREDENTIALS_KEY_OLD), e))
        return NULL;
    struct redis *redis = redis_new(config_str(CFG_REDIS_URL), e);
    if (!redis)
        return NULL;
    struct services *s = MEM_NEW(struct services);
    s->redis = redis;
    s->queue = queue_new(redis, "api");
    s->db = db_new(config_str(CFG_DATABASE_URL), "torrentclou-api");
    db_keep_plans(s->db);
    s->http = http_new();
    s->verified = token_cache_new();
    s->tokens =
        (struct token_keys){config_str(CFG_JWT_SECRET), config_str(CFG_JWT_ISSUER), config_str(CFG_JWT_AUDIENCE)};
    return s;
}

void services_close(struct services *s)
{
    if (!s)
        return;
    token_cache_free(s->verified);
    http_free(s->http);
    db_free(s->db);
    queue_free(s->queue);
    redis_free(s->redis);
    mem_free(s);
}
