/* Paths: a line with the method, then the path. A match is one row of the table, rebuilt from it and its capture. */
#include "fcgi-app/router.h"
#include "tests/fuzz/fuzz.h"

#include <strings.h>

static const struct route table[] = {
    {.method = "GET", .pattern = "/api/jobs"},         {.method = "GET", .pattern = "/api/jobs/statistics"},
    {.method = "GET", .pattern = "/api/jobs/{id}"},    {.method = "POST", .pattern = "/api/jobs/{id}/retry"},
    {.method = "DELETE", .pattern = "/api/jobs/{id}"}, {.method = "GET", .pattern = "/events"},
};
enum { ROWS = sizeof table / sizeof *table };

/* The path that the row stands for, with the capture encoded. */
static const char *rebuilt(struct arena *a, const struct route_match *m)
{
    struct buf b = BUF_INIT(BUF_MAX_URL);
    const char *pattern = m->route->pattern, *open = strchr(pattern, '{');
    buf_add(&b, pattern, open ? (size_t)(open - pattern) : strlen(pattern));
    if (open) {
        encode_percent(&b, m->capture, strlen(m->capture), "");
        buf_adds(&b, strchr(open, '}') + 1);
    }
    MUST(buf_ok(&b));
    const char *path = arena_strdup(a, buf_str(&b));
    buf_free(&b);
    return path;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz f = fuzz_open(data, size < 4096 ? size : 4096);
    const char *method = fuzz_line(&f), *path = fuzz_rest(&f);
    struct route_match m, again;
    router_find(table, ROWS, method, path, f.arena, &m);
    MUST(fuzz_is_text(m.allow) && strlen(m.allow) < sizeof m.allow);
    if (m.route) {
        MUST(m.route >= table && m.route < table + ROWS);
        MUST(!strcmp(m.route->method, method) && strstr(m.allow, method));
        MUST(!m.capture == !strchr(m.route->pattern, '{'));
        MUST(!m.capture || (*m.capture && fuzz_is_text(m.capture) && strlen(m.capture) <= strlen(path)));
        router_find(table, ROWS, method, rebuilt(f.arena, &m), f.arena, &again);
        MUST(again.route == m.route);
        MUST(!m.capture || (again.capture && !strcmp(again.capture, m.capture)));
        /* The literal row wins. */
        MUST(m.route != &table[2] || !m.capture || strcasecmp(m.capture, "statistics") != 0);
    }
    fuzz_close(&f);
    return 0;
}
