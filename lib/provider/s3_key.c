#include "provider/s3_key.h"

#include "base/buf.h"
#include "base/encode.h"
#include "net/digest.h"
#include "provider/s3_request.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { EXTENSION_MAX = 16, HASH_BYTES = 8, NAME_MAX_BYTES = 32, VALUE_MAX = 32 };

const char s3_key_template[] = "torrents/{jobId}/{path}";

/* Variables */

enum variable { JOB_ID, TORRENT_NAME, INFO_HASH, YEAR, MONTH, DAY, PATH, VARIABLE__MAX };

static const char *const names[] = {
    [JOB_ID] = "jobId",       [TORRENT_NAME] = "torrentName",
    [INFO_HASH] = "infoHash", [YEAR] = "year",
    [MONTH] = "month",        [DAY] = "day",
    [PATH] = "path",
};
_Static_assert(sizeof names / sizeof *names == VARIABLE__MAX, "a variable without a name");

static enum variable find(const char *name, size_t n)
{
    for (int v = 0; v < VARIABLE__MAX; v++)
        if (strlen(names[v]) == n && memcmp(names[v], name, n) == 0)
            return (enum variable)v;
    return VARIABLE__MAX;
}

/* One segment, whatever slashes a torrent has in its name. */
static void add_segment(struct buf *b, const char *text)
{
    for (; *text; text++)
        buf_addc(b, *text == '/' ? '_' : *text);
}

static void add_value(struct buf *b, enum variable v, const struct s3_key_job *job, const char *path)
{
    char text[VALUE_MAX] = "";
    time_t seconds = (time_t)(job->created_at / 1000000);
    struct tm day;
    gmtime_r(&seconds, &day);
    switch (v) {
    case JOB_ID:
        buf_addf(b, "%lld", (long long)job->job_id);
        break;
    case TORRENT_NAME:
        add_segment(b, job->torrent_name);
        break;
    case INFO_HASH:
        add_segment(b, job->info_hash);
        break;
    case PATH:
        buf_adds(b, path);
        break;
    default:
        strftime(text, sizeof text, v == YEAR ? "%Y" : v == MONTH ? "%m" : "%d", &day);
        buf_adds(b, text);
    }
}

/* Checking */

static int refuse(struct err *e, const char *sentence)
{
    err_set(e, ERR_INPUT, "InvalidPathTemplate", "%s", sentence);
    return err_field(e, "s3PathTemplate");
}

static int check_variables(const char *t, struct err *e)
{
    while (*(t += strcspn(t, "{}"))) {
        size_t n = strcspn(t + 1, "{}");
        if (*t == '}' || t[1 + n] != '}')
            return refuse(e, "The path template has a brace without its partner.");
        if (find(t + 1, n) == VARIABLE__MAX) {
            err_set(e, ERR_INPUT, "InvalidPathTemplate",
                    "The path template has no variable {%.*s}: there are {jobId}, {torrentName}, {infoHash}, {year}, "
                    "{month}, {day} and {path}.",
                    n < NAME_MAX_BYTES ? (int)n : 0, t + 1);
            return err_field(e, "s3PathTemplate");
        }
        if (find(t + 1, n) == PATH && t[2 + n])
            return refuse(e, "{path} must come once and last in the path template.");
        t += n + 2;
    }
    return 0;
}

static int check_segments(const char *t, struct err *e)
{
    for (;; t++) {
        size_t n = strcspn(t, "/");
        if (n == 0)
            return refuse(e, "The path template begins with a slash, or has two in a row.");
        if ((n == 1 && t[0] == '.') || (n == 2 && t[0] == '.' && t[1] == '.'))
            return refuse(e, "The path template may not have \".\" or \"..\" as a folder.");
        t += n;
        if (!*t)
            return 0;
    }
}

int s3_key_check(const char *template, struct err *e)
{
    static const char last[] = "{path}";
    size_t n = strlen(template), tail = sizeof last - 1;
    if (n > S3_KEY_TEMPLATE_MAX)
        return refuse(e, "The path template is longer than 512 bytes.");
    for (const char *c = template; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f || *c == '\\')
            return refuse(e, "The path template may not hold backslashes or control characters.");
    if (check_variables(template, e))
        return -1;
    if (n < tail || strcmp(template + n - tail, last) != 0 || (n > tail && template[n - tail - 1] != '/'))
        return refuse(e, "The path template must end in {path}, after a slash.");
    return check_segments(template, e);
}

/* Making */

static const char *expand(struct arena *a, const char *t, const struct s3_key_job *job, const char *path)
{
    struct buf b = BUF_INIT(BUF_MAX_REQUEST_JSON);
    while (*t) {
        size_t text = strcspn(t, "{"), n;
        buf_add(&b, t, text);
        t += text;
        if (!*t)
            break;
        n = strcspn(t + 1, "}");
        add_value(&b, find(t + 1, n), job, path);
        t += n + 2;
    }
    return buf_move(&b, a);
}

/* Without segments that are empty, and without those that mean another folder: "_" and "__" for them. True when it had
 * none. Never longer than before. */
static bool clean(char *out, const char *key)
{
    char *end = out;
    bool as_it_was = true;
    for (size_t n; *key; key += n + (key[n] == '/')) {
        n = strcspn(key, "/");
        bool dots = (n == 1 && key[0] == '.') || (n == 2 && key[0] == '.' && key[1] == '.');
        as_it_was = as_it_was && n > 0 && !dots && strcmp(key + n, "/") != 0;
        if (n == 0)
            continue;
        if (end > out)
            *end++ = '/';
        memcpy(end, dots ? "__" : key, n);
        end += n;
    }
    *end = '\0';
    return as_it_was;
}

static const char *extension_of(const char *path)
{
    const char *dot = strrchr(path, '.'), *slash = strrchr(path, '/');
    bool good = dot && (!slash || dot > slash) && strlen(dot) <= EXTENSION_MAX;
    return good ? dot : "";
}

static const char *mark(struct arena *a, const char *key, const char *was)
{
    const char *extension = extension_of(key);
    char hash[2 * HASH_BYTES + 1];
    struct digest_sum sum;
    digest_memory(DIGEST_SHA256, was, strlen(was), &sum);
    encode_hex(sum.sha256, HASH_BYTES, hash);
    size_t room = S3_KEY_MAX - 1 - strlen(hash) - strlen(extension), head = strlen(key) - strlen(extension);
    if (head > room)
        head = room;
    for (int i = 0; i < 3 && ((unsigned char)key[head] & 0xc0) == 0x80; i++) /* not inside a UTF-8 sequence */
        head--;
    return arena_printf(a, "%.*s~%s%s", (int)head, key, hash, extension);
}

const char *s3_key_make(struct arena *a, const char *template, const struct s3_key_job *job, const char *path)
{
    const char *was = expand(a, template, job, path);
    if (!was) /* longer than any torrent's: the call that uses it refuses it */
        return "";
    char *key = arena_alloc(a, strlen(was) + 1);
    bool good = clean(key, was) && *key && strlen(key) <= S3_KEY_MAX;
    return good ? key : mark(a, key, was);
}
