/*
 * Configuration: environment variables, all of them rows of the ONE table in base/config_keys.h. A daemon calls
 * config_load() once, before it opens or listens to anything; every mistake is listed at once and the daemon exits.
 * --help and docs/configuration.md are printed from the same table.
 */
#ifndef TC_BASE_CONFIG_H
#define TC_BASE_CONFIG_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

/* Who reads a key; a missing required key is a mistake only for its readers. */
enum config_program { FOR_API = 1, FOR_TORRENT = 2, FOR_GDRIVE = 4, FOR_S3 = 8, FOR_ADMIN = 16 };
enum { FOR_WORKERS = FOR_TORRENT | FOR_GDRIVE | FOR_S3, FOR_ALL = FOR_API | FOR_WORKERS | FOR_ADMIN };

enum config_key {
#define CONFIG_ROW(key, type, fallback, min, max, unit, flags, programs, help) CFG_##key,
#include "base/config_keys.h"
#undef CONFIG_ROW
    CFG__MAX
};

/*
 * config_load(program, problems): read the environment. Appends one line per mistake to `problems` ("LEASE_MS: 12 is
 * below the minimum of 500 ms") and returns their number. The values live until the process ends.
 */
int config_load(enum config_program program, struct buf *problems);

/* config_set(name, value): override one key as if it stood in the environment, for tests and command lines.
 * False when no such key exists. Takes effect at the next config_load. */
bool config_set(const char *name, const char *value);

/* Typed access. Asking for a key of another type is a bug and aborts. */
const char *config_str(enum config_key key); /* "" when empty; never NULL */
int64_t config_int(enum config_key key);     /* in the key's unit */
bool config_bool(enum config_key key);

/* config_hours(key): of a key of the form never|hours:N|always: 0, N or -1. */
int64_t config_hours(enum config_key key);

/* config_list(key, out, max): a comma list of numbers ("60000,300000"); returns how many. */
int config_list(enum config_key key, int64_t *out, int max);

/* config_known(name): is it one of ours. */
bool config_known(const char *name);

/* config_help(b, program): the table as --help prints it: name, default, range, unit, meaning. */
void config_help(struct buf *b, enum config_program program);

/* config_markdown(b): the table for docs/configuration.md. */
void config_markdown(struct buf *b);

#endif
