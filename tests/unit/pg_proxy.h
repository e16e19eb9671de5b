/*
 * Between a client and a test's PostgreSQL: relays the bytes of its connections and counts round trips, that is
 * the messages that make the server answer: Sync and simple Query.
 */
#ifndef TC_TESTS_PG_PROXY_H
#define TC_TESTS_PG_PROXY_H

#include "servers.h"

/* pg_proxy_start(server): in a thread, until the program ends. Returns the connection string, as pg_proxy_url() does.
 */
const char *pg_proxy_start(const struct server *server);
const char *pg_proxy_url(void);

/* pg_proxy_round_trips(): since the last call. pg_proxy_parses(): statements that were parsed since the last call. */
int pg_proxy_round_trips(void);
int pg_proxy_parses(void);

/* pg_proxy_cut(): the next thing that a client sends arrives nowhere, and its connection ends. */
void pg_proxy_cut(void);

#endif
