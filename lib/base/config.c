#include "base/config.h"

#include "base/arena.h"
#include "base/encode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum type { STR, INT, BOOL, LIST, ONEOF };
enum flag { SECRET = 1, REQUIRED = 2 };

static const struct row {
    const char *name, *fallback, *unit, *help;
    int64_t min, max;
    enum type type;
    int flags, programs;
} rows[CFG__MAX] = {
#define CONFIG_ROW(key, kind, dflt, lo, hi, u, fl, who, text)                                                          \
    [CFG_##key] = {#key, dflt, u, text, lo, hi, kind, fl, who},
#include "base/config_keys.h"
#undef CONFIG_ROW
};

enum { LIST_MAX = 16 };

static struct value {
    const char *text; /* NULL before config_load */
    int64_t number;
    int64_t list[LIST_MAX];
    int list_len;
} values[CFG__MAX];

/* One line, whatever the value holds. A secret's value never reaches a terminal or a log. */
static void problem(struct buf *b, int *n, const struct row *r, const char *text, const char *why)
{
    char *shown = mem_strdup(text);
    utf8_scrub(shown);
    for (char *p = shown; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = '?';
    if (r->flags & SECRET)
        buf_addf(b, "%s: %s\n", r->name, why);
    else
        buf_addf(b, "%s: \"%s\" %s\n", r->name, shown, why);
    mem_free(shown);
    ++*n;
}

static void check_number(struct buf *b, int *n, const struct row *r, const char *text, int64_t *out)
{
    if (!parse_i64(text, INT64_MIN, INT64_MAX, out)) {
        problem(b, n, r, text, "is not a whole number");
    } else if (*out < r->min || *out > r->max) {
        buf_addf(b, "%s: %lld is outside %lld to %lld %s\n", r->name, (long long)*out, (long long)r->min,
                 (long long)r->max, r->unit);
        ++*n;
    }
}

static void check_bool(struct buf *b, int *n, const struct row *r, const char *text, int64_t *out)
{
    static const char *const words[][2] = {{"false", "true"}, {"0", "1"}, {"no", "yes"}, {"off", "on"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        for (int v = 0; v < 2; v++)
            if (!strcasecmp(text, words[i][v])) {
                *out = v;
                return;
            }
    problem(b, n, r, text, "is neither true nor false");
}

static void check_list(struct buf *b, int *n, const struct row *r, const char *text, struct value *v)
{
    char *copy = mem_strdup(text), *rest = NULL;
    v->list_len = 0;
    for (char *t = strtok_r(copy, ",", &rest); t; t = strtok_r(NULL, ",", &rest)) {
        if (v->list_len == LIST_MAX) {
            problem(b, n, r, text, "has too many numbers");
            break;
        }
        check_number(b, n, r, t, &v->list[v->list_len++]);
    }
    mem_free(copy);
}

static void check_oneof(struct buf *b, int *n, const struct row *r, const char *text, int64_t *number)
{
    for (const char *p = r->unit; *p;) {
        size_t len = strcspn(p, "|");
        bool counts = len > 2 && !strncmp(p + len - 2, ":N", 2);
        if (counts ? !strncmp(p, text, len - 1) && parse_i64(text + len - 1, r->min, r->max, number)
                   : !strncmp(p, text, len) && text[len] == '\0')
            return;
        p += len + (p[len] == '|');
    }
    char why[128];
    int used = snprintf(why, sizeof why, "is none of %s", r->unit);
    if (r->max)
        snprintf(why + used, sizeof why - (size_t)used, " (N from %lld to %lld)", (long long)r->min, (long long)r->max);
    problem(b, n, r, text, why);
}

static void check_text(struct buf *b, int *n, const struct row *r, const char *text)
{
    int64_t len = (int64_t)strlen(text);
    if (len == 0)
        return; /* REQUIRED is looked at by the caller */
    if (!strncmp(text, "CHANGE_ME", 9) || !strncmp(text, "your_", 5))
        problem(b, n, r, text, "is a placeholder: set a value of your own");
    else if (len < r->min || len > r->max)
        problem(b, n, r, text, len < r->min ? "is too short" : "is too long");
    else if (!strcmp(r->unit, "hex") && strspn(text, "0123456789abcdefABCDEF") != (size_t)len)
        problem(b, n, r, text, "is not hexadecimal");
}

static void load_row(struct buf *b, int *n, enum config_key key, enum config_program program)
{
    const struct row *r = &rows[key];
    const char *text = getenv(r->name);
    if (!text || (!*text && r->type != STR))
        text = r->fallback;
    values[key] = (struct value){.text = text};
    if (!(r->programs & (int)program))
        return;
    if (!*text && (r->flags & REQUIRED)) {
        buf_addf(b, "%s: is not set (%s)\n", r->name, r->help);
        ++*n;
        return;
    }
    switch (r->type) {
    case STR:
        check_text(b, n, r, text);
        break;
    case INT:
        check_number(b, n, r, text, &values[key].number);
        break;
    case BOOL:
        check_bool(b, n, r, text, &values[key].number);
        break;
    case LIST:
        check_list(b, n, r, text, &values[key]);
        break;
    case ONEOF:
        check_oneof(b, n, r, text, &values[key].number);
        break;
    }
}

int config_load(enum config_program program, struct buf *problems)
{
    int n = 0;
    for (int i = 0; i < CFG__MAX; i++)
        load_row(problems, &n, (enum config_key)i, program);
    return n;
}

bool config_known(const char *name)
{
    for (int i = 0; i < CFG__MAX; i++)
        if (!strcmp(rows[i].name, name))
            return true;
    return false;
}

bool config_set(const char *name, const char *value)
{
    return config_known(name) && setenv(name, value, 1) == 0;
}

static const struct value *value_of(enum config_key key, bool fits)
{
    if (!fits || !values[key].text)
        abort(); /* asked before config_load or with the wrong type: a bug at start, seen by the first run */
    return &values[key];
}

const char *config_str(enum config_key key)
{
    return value_of(key, rows[key].type == STR || rows[key].type == ONEOF)->text;
}

int64_t config_int(enum config_key key)
{
    return value_of(key, rows[key].type == INT)->number;
}

bool config_bool(enum config_key key)
{
    return value_of(key, rows[key].type == BOOL)->number != 0;
}

int64_t config_hours(enum config_key key)
{
    const struct value *v = value_of(key, rows[key].type == ONEOF);
    return v->number ? v->number : strcmp(v->text, "always") ? 0 : -1;
}

int config_list(enum config_key key, int64_t *out, int max)
{
    const struct value *v = value_of(key, rows[key].type == LIST);
    int n = v->list_len < max ? v->list_len : max;
    for (int i = 0; i < n; i++)
        out[i] = v->list[i];
    return n;
}

static void add_range(struct buf *b, const struct row *r)
{
    if (r->type == INT || r->type == LIST)
        buf_addf(b, "%lld to %lld %s", (long long)r->min, (long long)r->max, r->unit);
    else if (r->type == BOOL)
        buf_adds(b, "true or false");
    else if (r->type == ONEOF && r->max)
        buf_addf(b, "%s, N from %lld to %lld", r->unit, (long long)r->min, (long long)r->max);
    else if (r->type == ONEOF)
        buf_adds(b, r->unit);
    else
        buf_addf(b, "text%s%s", r->flags & REQUIRED ? ", required" : "", r->flags & SECRET ? ", secret" : "");
}

void config_help(struct buf *b, enum config_program program)
{
    buf_adds(b, "Configuration (environment variables):\n");
    for (int i = 0; i < CFG__MAX; i++) {
        const struct row *r = &rows[i];
        if (!(r->programs & (int)program))
            continue;
        buf_addf(b, "  %s\n      %s\n      ", r->name, r->help);
        add_range(b, r);
        if (*r->fallback)
            buf_addf(b, "; default %s", r->fallback);
        buf_adds(b, "\n");
    }
}

void config_markdown(struct buf *b)
{
    static const struct {
        int program;
        const char *name;
    } readers[] = {
        {FOR_API, "api"}, {FOR_TORRENT, "torrent"}, {FOR_GDRIVE, "gdrive"}, {FOR_S3, "s3"}, {FOR_ADMIN, "admin"}};
    buf_adds(b, "# Configuration\n\nPrinted by `make docs` from `lib/base/config_keys.h`; do not edit.\n\n"
                "| Variable | Default | Values | Read by | Meaning |\n|---|---|---|---|---|\n");
    for (int i = 0; i < CFG__MAX; i++) {
        const struct row *r = &rows[i];
        buf_addf(b, "| `%s` | %s%s%s | ", r->name, *r->fallback ? "`" : "", r->fallback, *r->fallback ? "`" : "");
        struct buf range = BUF_INIT(512);
        add_range(&range, r);
        for (const char *p = buf_str(&range); *p; p++) {
            if (*p == '|')
                buf_addc(b, '\\');
            buf_addc(b, *p);
        }
        buf_free(&range);
        buf_adds(b, " |");
        for (size_t k = 0; k < sizeof readers / sizeof readers[0]; k++)
            if (r->programs & readers[k].program)
                buf_addf(b, " %s", readers[k].name);
        buf_addf(b, " | %s |\n", r->help);
    }
}
