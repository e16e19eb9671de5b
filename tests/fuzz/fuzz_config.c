/*
 * Configuration values. Lines "NAME=value" of our keys, at most eight. Each mistake is one line that names its key and
 * holds no secret; what is no mistake is in its range.
 */
#include "base/config.h"
#include "tests/fuzz/fuzz.h"

enum { KEYS = 8 };
static const char *const secrets[] = {"JWT_SECRET", "ADMIN_PASSWORD", "CREDENTIALS_KEY", "REDIS_URL", "DATABASE_URL"};

static bool is_secret(const char *name)
{
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
        if (!strcmp(secrets[i], name))
            return true;
    return false;
}

static void judge(const char *name, const char *value, const char *problems)
{
    const char *at = strstr(problems, name);
    while (at && ((at > problems && at[-1] != '\n') || at[strlen(name)] != ':'))
        at = strstr(at + 1, name);
    if (is_secret(name) && at && strpbrk(value, "0123456789!#%@")) /* none of these is in a sentence of ours */
        MUST(!memmem(at, strcspn(at, "\n"), value, strlen(value)));
    if (at)
        return;
    int64_t delays[16];
    if (!strcmp(name, "LEASE_MS"))
        MUST(config_int(CFG_LEASE_MS) >= 500 && config_int(CFG_LEASE_MS) <= 600000);
    if (!strcmp(name, "LOG_FORMAT"))
        MUST(!strcmp(config_str(CFG_LOG_FORMAT), "json") || !strcmp(config_str(CFG_LOG_FORMAT), "text"));
    if (!strcmp(name, "RETRY_DELAYS_MS"))
        for (int i = 0, n = config_list(CFG_RETRY_DELAYS_MS, delays, 16); i < n; i++)
            MUST(delays[i] >= 1 && delays[i] <= 86400000);
    if (!strcmp(name, "TORRENT_DHT"))
        MUST(config_bool(CFG_TORRENT_DHT) || !config_bool(CFG_TORRENT_DHT));
    if (!strcmp(name, "JWT_SECRET"))
        MUST(strlen(config_str(CFG_JWT_SECRET)) >= 32);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz f = fuzz_open(data, size);
    struct buf problems = BUF_INIT(BUF_MAX_RESPONSE);
    char *names[KEYS], *values[KEYS];
    int n = 0, lines = 0;
    for (int i = 0; n < KEYS && i < FUZZ_FIELDS && f.left; i++) {
        char *line = fuzz_line(&f), *equals = strchr(line, '=');
        if (!equals)
            continue;
        *equals = '\0';
        for (char *p = equals + 1; *p; p++)
            *p = *p == '\f' ? '\n' : *p; /* a line feed inside of a value */
        if (config_set(line, equals + 1)) {
            names[n] = line;
            values[n++] = equals + 1;
        }
    }
    int mistakes = config_load(FOR_ALL, &problems);
    for (size_t i = 0; i < problems.len; i++)
        lines += problems.data[i] == '\n';
    MUST(lines == mistakes && fuzz_is_text(buf_str(&problems)));
    for (int i = 0; i < n; i++) {
        const char *set = getenv(names[i]);
        if (set && !strcmp(set, values[i])) /* the last of several */
            judge(names[i], values[i], buf_str(&problems));
    }
    for (int i = 0; i < n; i++)
        unsetenv(names[i]);
    buf_free(&problems);
    fuzz_close(&f);
    return 0;
}
