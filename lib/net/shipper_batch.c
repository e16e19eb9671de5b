/* What Loki and an OTLP collector are sent: addresses, headers, bodies. */
#include "base/clock.h"
#include "base/config.h"
#include "base/encode.h"
#include "base/jsonw.h"
#include "net/shipper_internal.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define APP "torreclou" /* the label of the replaced product, which dashboards ask for */

static const char *const levels[SHIPPER_LEVELS] = {
    [LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARN] = "warning", [LOG_ERROR] = "error"};

/* The base address of a collector, or already that of its call. */
static const char *address(struct arena *a, const char *base, const char *call, const char *known)
{
    size_t n = strlen(base);
    if (strstr(base, known))
        return base;
    while (n > 0 && base[n - 1] == '/')
        n--;
    return arena_printf(a, "%.*s%s", (int)n, base, call);
}

static void add_header(struct shipper_target *t, const char *name, const char *value)
{
    t->headers[t->header_count++] = (struct http_header){name, value};
}

static void open_loki(struct shipper_target *t, struct arena *a)
{
    const char *user = config_str(CFG_OBSERVABILITY_LOKI_USERNAME), *key = config_str(CFG_OBSERVABILITY_LOKI_API_KEY);
    t->url = address(a, config_str(CFG_OBSERVABILITY_LOKI_URL), "/loki/api/v1/push", "/loki/api/");
    if (!*user)
        return;
    const char *pair = arena_printf(a, "%s:%s", user, key);
    size_t room = sodium_base64_ENCODED_LEN(strlen(pair), sodium_base64_VARIANT_ORIGINAL);
    char *coded = arena_alloc(a, room);
    sodium_bin2base64(coded, room, (const unsigned char *)pair, strlen(pair), sodium_base64_VARIANT_ORIGINAL);
    add_header(t, "Authorization", arena_printf(a, "Basic %s", coded));
}

/* Without blanks at its ends, in place. */
static char *trimmed(char *s)
{
    s += strspn(s, " ");
    for (size_t n = strlen(s); n > 0 && s[n - 1] == ' '; n--)
        s[n - 1] = '\0';
    return s;
}

/* "name=value,name=value" as OTEL_EXPORTER_OTLP_HEADERS has it: values are percent-encoded where they must be. */
static int open_otlp(struct shipper_target *t, struct arena *a, struct err *e)
{
    t->url = address(a, config_str(CFG_OBSERVABILITY_OTLP_ENDPOINT), "/v1/traces", "/v1/traces");
    char *rest = arena_strdup(a, config_str(CFG_OBSERVABILITY_OTLP_HEADERS));
    for (char *value; (value = strsep(&rest, ","));) {
        if (!*trimmed(value))
            continue;
        char *name = trimmed(strsep(&value, "="));
        value = value ? trimmed(value) : NULL;
        if (!*name || !value || decode_percent(value, strlen(value), false, value) < 0 ||
            t->header_count == SHIPPER_HEADERS_MAX)
            return err_set(e, ERR_CONFIG, NULL, "OBSERVABILITY_OTLP_HEADERS is no list of at most %d name=value pairs.",
                           SHIPPER_HEADERS_MAX - 1);
        add_header(t, name, value);
    }
    return 0;
}

bool shipper_target_open(struct shipper_target *t, enum telemetry_kind kind, struct arena *a, struct err *e)
{
    bool logs = kind == TELEMETRY_LOG;
    t->kind = kind;
    t->environment = config_str(CFG_ASPNETCORE_ENVIRONMENT);
    t->tail = &t->first;
    add_header(t, "Content-Type", "application/json");
    if (!*config_str(logs ? CFG_OBSERVABILITY_LOKI_URL : CFG_OBSERVABILITY_OTLP_ENDPOINT) ||
        (!logs && !config_bool(CFG_OBSERVABILITY_ENABLE_TRACING)))
        return false;
    if (logs)
        open_loki(t, a);
    return logs || open_otlp(t, a, e) == 0;
}

static void put_stream(struct jsonw *w, struct shipper_target *t, int level, struct shipper_record *const *batch, int n)
{
    jsonw_object(w, NULL);
    jsonw_object(w, "stream");
    jsonw_str(w, "app", APP);
    jsonw_str(w, "service", t->service);
    jsonw_str(w, "env", t->environment);
    jsonw_str(w, "level", levels[level]);
    jsonw_end(w);
    jsonw_array(w, "values");
    for (int i = 0; i < n; i++) {
        if (batch[i]->level != level)
            continue;
        /* Rising within a stream: Loki shows lines of the same moment in the order that they were written. */
        int64_t ns = batch[i]->at_us * 1000;
        t->last_ns[level] = ns > t->last_ns[level] ? ns : t->last_ns[level] + 1;
        char text[24];
        snprintf(text, sizeof text, "%lld", (long long)t->last_ns[level]);
        jsonw_array(w, NULL);
        jsonw_str(w, NULL, text);
        jsonw_str(w, NULL, batch[i]->bytes);
        jsonw_end(w);
    }
    jsonw_end(w);
    jsonw_end(w);
}

static void put_streams(struct jsonw *w, struct shipper_target *t, struct shipper_record *const *batch, int n)
{
    bool seen[SHIPPER_LEVELS] = {false};
    for (int i = 0; i < n; i++)
        seen[batch[i]->level] = true;
    jsonw_object(w, NULL);
    jsonw_array(w, "streams");
    for (int level = 0; level < SHIPPER_LEVELS; level++)
        if (seen[level])
            put_stream(w, t, level, batch, n);
    jsonw_end(w);
    jsonw_end(w);
}

static void put_attribute(struct jsonw *w, const char *key, const char *value)
{
    jsonw_object(w, NULL);
    jsonw_str(w, "key", key);
    jsonw_object(w, "value");
    jsonw_str(w, "stringValue", value);
    jsonw_end(w);
    jsonw_end(w);
}

static void put_spans(struct jsonw *w, const struct shipper_target *t, struct shipper_record *const *batch, int n)
{
    jsonw_object(w, NULL);
    jsonw_array(w, "resourceSpans");
    jsonw_object(w, NULL);
    jsonw_object(w, "resource");
    jsonw_array(w, "attributes");
    put_attribute(w, "service.name", t->service);
    put_attribute(w, "service.namespace", APP);
    put_attribute(w, "service.instance.id", t->instance);
    put_attribute(w, "deployment.environment", t->environment);
    jsonw_end(w);
    jsonw_end(w);
    jsonw_array(w, "scopeSpans");
    jsonw_object(w, NULL);
    jsonw_object(w, "scope");
    jsonw_str(w, "name", "torrentclou");
    jsonw_end(w);
    jsonw_array(w, "spans");
    for (int i = 0; i < n; i++)
        jsonw_raw(w, NULL, batch[i]->bytes);
    for (int open = 0; open < 5; open++)
        jsonw_end(w);
    jsonw_end(w);
}

void shipper_batch(struct shipper_target *t, struct shipper_record *const *batch, int n, struct buf *out)
{
    struct jsonw w = jsonw_to(out);
    if (t->kind == TELEMETRY_LOG)
        put_streams(&w, t, batch, n);
    else
        put_spans(&w, t, batch, n);
}
