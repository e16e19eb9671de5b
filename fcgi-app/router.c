#include "fcgi-app/router.h"

#include "base/encode.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* nginx chose the pool by the path as it understands it, with dots resolved and slashes decoded: what means another
 * path there is none of ours. */
static bool is_name(const char *segment)
{
    return !strchr(segment, '/') && strcmp(segment, ".") != 0 && strcmp(segment, "..") != 0;
}

/* Does the path fit the pattern; *capture is the {…} segment decoded, NULL when there is none. */
static bool fits(const char *pattern, const char *path, struct arena *a, const char **capture)
{
    *capture = NULL;
    while (*pattern == '/' && *path == '/') {
        size_t want = strcspn(++pattern, "/"), have = strcspn(++path, "/");
        char *segment = arena_alloc(a, have + 1);
        long len = decode_percent(path, have, false, segment);
        if (len <= 0 || !utf8_valid(segment, (size_t)len))
            return false;
        if (*pattern == '{' && is_name(segment))
            *capture = segment;
        else if (strlen(segment) != want || strncasecmp(pattern, segment, want) != 0)
            return false;
        pattern += want;
        path += have;
    }
    return *pattern == '\0' && (*path == '\0' || !strcmp(path, "/"));
}

static void allow(struct route_match *out, const char *method)
{
    size_t len = strlen(out->allow);
    if (!strstr(out->allow, method))
        snprintf(out->allow + len, sizeof out->allow - len, "%s%s", len ? ", " : "", method);
}

void router_find(const struct route *routes, size_t n, const char *method, const char *path, struct arena *a,
                 struct route_match *out)
{
    *out = (struct route_match){0};
    for (size_t i = 0; i < n; i++) {
        const char *capture;
        if (!fits(routes[i].pattern, path, a, &capture))
            continue;
        allow(out, routes[i].method);
        if (!strcmp(routes[i].method, method) && (!out->route || (out->capture && !capture))) {
            out->route = &routes[i];
            out->capture = capture;
        }
    }
}
