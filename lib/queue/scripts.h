/*
 * The queue's Lua scripts: each is one atomic move. Redis runs them by their SHA-1 (net/redis.h redis_script). They
 * read the time from Redis, so that hosts with different clocks agree on what is due.
 */
#ifndef TC_QUEUE_SCRIPTS_H
#define TC_QUEUE_SCRIPTS_H

#define LUA_NOW "local t = redis.call('TIME')\nlocal now = t[1] * 1000 + math.floor(t[2] / 1000)\n"

/* A stream that no worker reads must not fill the memory: recover enqueues the same jobs again and again. */
#define LUA_MAXLEN "'MAXLEN', '~', 100000"

/* KEYS stream. ARGV job. */
static const char script_enqueue[] = "return redis.call('XADD', KEYS[1], " LUA_MAXLEN ", '*', 'job', ARGV[1])";

/*
 * KEYS stream, scheduled. ARGV group, consumer, idle ms after which an entry is taken over, silence in ms after which a
 * consumer without entries is forgotten ('' to skip). Answers {entry id, job}, or the ms until the next due time, or
 * -1.
 */
static const char script_reserve[] =
    LUA_NOW "for _, job in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 100)) do\n"
            "  redis.call('XADD', KEYS[1], " LUA_MAXLEN ", '*', 'job', job)\n"
            "  redis.call('ZREM', KEYS[2], job)\n"
            "end\n"
            "local function take_over()\n"
            "  return redis.pcall('XAUTOCLAIM', KEYS[1], ARGV[1], ARGV[2], ARGV[3], '0-0', 'COUNT', 1)\n"
            "end\n"
            "local old = take_over()\n"
            "if old.err then\n" /* NOGROUP; from 0, so that entries older than the group are read too */
            "  redis.call('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0', 'MKSTREAM')\n"
            "  old = take_over()\n"
            "end\n"
            "if ARGV[4] ~= '' then\n"
            "  for _, c in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do\n" /* name, pending, idle */
            "    if c[4] == 0 and c[6] > tonumber(ARGV[4]) then\n"
            "      redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], c[2])\n"
            "    end\n"
            "  end\n"
            "end\n"
            "local got = old[2][1]\n"
            "if not got then\n"
            "  local new = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', 1, 'STREAMS', KEYS[1], '>')\n"
            "  got = new and new[1][2][1]\n"
            "end\n"
            "if got then return {got[1], got[2][2]} end\n"
            "local first = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')\n"
            "return first[2] and math.max(0, math.ceil(first[2] - now)) or -1";

/* KEYS stream. ARGV group, entry id. */
static const char script_finish[] = "redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])\n"
                                    "return redis.call('XDEL', KEYS[1], ARGV[2])";

/* KEYS servers, seen. ARGV worker id, JSON, ms of silence after which a server is dropped. */
static const char script_heartbeat[] =
    LUA_NOW "redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])\n"
            "redis.call('ZADD', KEYS[2], now, ARGV[1])\n"
            "for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[3])) do\n"
            "  redis.call('HDEL', KEYS[1], id)\n"
            "  redis.call('ZREM', KEYS[2], id)\n"
            "end\n"
            "return 0";

/* KEYS servers, seen. Answers id, JSON, ms since 1970 of each. */
static const char script_servers[] = "local out = {}\n"
                                     "for _, id in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do\n"
                                     "  out[#out + 1] = id\n"
                                     "  out[#out + 1] = redis.call('HGET', KEYS[1], id) or ''\n"
                                     "  out[#out + 1] = string.format('%.0f', redis.call('ZSCORE', KEYS[2], id))\n"
                                     "end\n"
                                     "return out";

/* KEYS stream, scheduled. ARGV group. Answers {ready, scheduled}. */
static const char script_depth[] =
    "local reserved = redis.pcall('XPENDING', KEYS[1], ARGV[1])\n"
    "return {redis.call('XLEN', KEYS[1]) - (reserved.err and 0 or reserved[1]), redis.call('ZCARD', KEYS[2])}";

#endif
