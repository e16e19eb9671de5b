#include "workers/admin/check.h"

#include "base/arena.h"
#include "base/config.h"
#include "net/db.h"
#include "net/redis.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

enum { NAME_MAX_BYTES = 64, TYPO_DISTANCE = 2 };

static const char *const names[] = {
#define CONFIG_ROW(key, kind, dflt, lo, hi, u, fl, who, text) #key,
#include "base/config_keys.h"
#undef CONFIG_ROW
};

/* Each rule appends a line when it is broken, and nothing when the values it needs are missing: those are reported
 * already. */
static void rule_database(struct buf *b)
{
    if (*config_str(CFG_DATABASE_URL) && !db_check_url(config_str(CFG_DATABASE_URL)))
        buf_adds(b, "DATABASE_URL: is neither a postgresql:// URL nor a list of key=value\n");
}

static void rule_redis(struct buf *b)
{
    struct err e = ERR_INIT;
    struct redis *r = redis_new(config_str(CFG_REDIS_URL), &e);
    if (!r && *config_str(CFG_REDIS_URL))
        buf_addf(b, "%s\n", e.msg);
    redis_free(r);
}

/* The kernel's limit for the name of a unix socket; a longer one would be cut off silently. */
static void socket_path(struct buf *b, const char *name, const char *url)
{
    const size_t max = sizeof((struct sockaddr_un *)0)->sun_path - 1;
    if (!strncmp(url, "unix:", 5) && strlen(url + 5) > max)
        buf_addf(b, "%s: the path of a unix socket has at most %zu bytes\n", name, max);
}

static void rule_sockets(struct buf *b)
{
    const char *events = config_str(CFG_EVENTS_PUBLISH_URL);
    socket_path(b, "REDIS_URL", config_str(CFG_REDIS_URL));
    socket_path(b, "EVENTS_PUBLISH_URL", events);
    if (*events && strncmp(events, "unix:/", 6) != 0 && strncmp(events, "http://", 7) != 0)
        buf_addf(b, "EVENTS_PUBLISH_URL: \"%s\" begins neither with unix:/ nor with http://\n", events);
}

static void rule_admin(struct buf *b)
{
    const char *email = config_str(CFG_ADMIN_EMAIL), *at = strchr(email, '@');
    bool fits = at && at > email && at[1] && !strchr(at + 1, '@') && !strpbrk(email, " \t,;<>\"");
    if (!*email)
        buf_adds(b, "ADMIN_EMAIL: is not set: nobody could log in\n");
    else if (!fits)
        buf_addf(b, "ADMIN_EMAIL: \"%s\" is no e-mail address\n", email);
    if (!*config_str(CFG_ADMIN_PASSWORD))
        buf_adds(b, "ADMIN_PASSWORD: is not set: nobody could log in\n");
}

static void rule_leases(struct buf *b)
{
    int64_t beat = config_int(CFG_HEARTBEAT_MS), lease = config_int(CFG_LEASE_MS);
    if (lease && beat * 2 >= lease)
        buf_addf(b, "HEARTBEAT_MS: %lld ms is not below half of LEASE_MS (%lld ms): one late renewal would lose jobs\n",
                 (long long)beat, (long long)lease);
}

static void rule_folders(struct buf *b)
{
    if (*config_str(CFG_TORRENT_DOWNLOAD_PATH) != '/')
        buf_addf(b, "TORRENT_DOWNLOAD_PATH: \"%s\" is no absolute path\n", config_str(CFG_TORRENT_DOWNLOAD_PATH));
}

static void rule_keys(struct buf *b)
{
    const char *key = config_str(CFG_CREDENTIALS_KEY);
    if (*key && !strcasecmp(key, config_str(CFG_CREDENTIALS_KEY_OLD)))
        buf_adds(b, "CREDENTIALS_KEY_OLD: is the same as CREDENTIALS_KEY\n");
}

static void (*const rules[])(struct buf *b) = {rule_database, rule_redis,   rule_sockets, rule_admin,
                                               rule_leases,   rule_folders, rule_keys};

int check_values(struct buf *problems)
{
    size_t before = problems->len;
    int n = 0;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        rules[i](problems);
    for (size_t i = before; i < problems->len; i++)
        n += problems->data[i] == '\n';
    return n;
}

static int min3(int a, int b, int c)
{
    int m = a < b ? a : b;
    return m < c ? m : c;
}

/* Levenshtein's distance, without ASCII case; both names are at most NAME_MAX_BYTES long. */
static int distance(const char *a, const char *b)
{
    int row[NAME_MAX_BYTES + 1], n = (int)strlen(b);
    for (int k = 0; k <= n; k++)
        row[k] = k;
    for (int i = 0; a[i]; i++) {
        int diagonal = row[0];
        row[0] = i + 1;
        for (int k = 1; k <= n; k++) {
            int above = row[k];
            bool same = toupper((unsigned char)a[i]) == toupper((unsigned char)b[k - 1]);
            row[k] = min3(above + 1, row[k - 1] + 1, diagonal + !same);
            diagonal = above;
        }
    }
    return row[n];
}

/* Our nearest name, NULL when none is near. */
static const char *nearest(const char *name)
{
    const char *best = NULL;
    int least = TYPO_DISTANCE + 1;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        int d = distance(name, names[i]);
        if (d < least) {
            least = d;
            best = names[i];
        }
    }
    return best;
}

/* The name that a line of an env file sets; false when it sets none. */
static bool name_of(const char *line, char name[NAME_MAX_BYTES + 1])
{
    line += strspn(line, " \t");
    if (!strncmp(line, "export ", 7))
        line += 7 + strspn(line + 7, " \t");
    size_t n = 0;
    while (n < NAME_MAX_BYTES && (isalnum((unsigned char)line[n]) || line[n] == '_'))
        n++;
    memcpy(name, line, n);
    name[n] = '\0';
    return n > 0 && line[n + strspn(line + n, " \t")] == '=';
}

int check_env_file(const char *path, struct buf *problems, int *n, struct err *e)
{
    FILE *in = fopen(path, "re");
    if (!in)
        return err_sys(e, ERR_CONFIG, path);
    char *line = NULL, name[NAME_MAX_BYTES + 1];
    size_t size = 0;
    for (int at = 1; getline(&line, &size, in) >= 0; at++) {
        const char *known = name_of(line, name) && !config_known(name) ? nearest(name) : NULL;
        if (!known)
            continue;
        buf_addf(problems, "%s:%d: %s is not read by anything; probably %s was meant\n", path, at, name, known);
        ++*n;
    }
    int r = ferror(in) ? err_sys(e, ERR_CONFIG, path) : 0;
    free(line);
    fclose(in);
    return r;
}
