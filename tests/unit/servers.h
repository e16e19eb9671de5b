/*
 * Real servers for tests: a redis-server or a PostgreSQL 15 cluster of the test's own, in a temporary folder, reachable
 * by a unix socket only. They die with the test process, however it ends.
 */
#ifndef TC_TESTS_SERVERS_H
#define TC_TESTS_SERVERS_H

#include "net/db.h"

struct server;

/* Start and wait until it answers; aborts the test program when that fails. Signals are set up (signals_init). */
struct server *server_redis(void);
struct server *server_postgres(void);

/* server_url(s): for redis_new() or db_new(). */
const char *server_url(const struct server *s);

/* server_crash(s): kill -9, as a machine that loses power; server_start(s): again, on the same data. */
void server_crash(struct server *s);
void server_start(struct server *s);

/* server_stop(s): end it and remove its folder; NULL is a no-op. */
void server_stop(struct server *s);

/* server_path(s): its folder, for files of the test. */
const char *server_path(const struct server *s);

#endif
