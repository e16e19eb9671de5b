/*
 * What goes out with foreign bytes in it. Two lines, a code and a message: as the address of a redirect they read back
 * by the query parser, as the value of a header they stay one line.
 */
#include "fcgi-app/oauth_redirect.h"
#include "fcgi-app/query.h"
#include "fcgi-app/response.h"
#include "fcgi-app/text.h"
#include "tests/fuzz/fuzz.h"

static void redirect(struct arena *a, const char *code, const char *message)
{
    static const char start[] = "http://h.example/storage?";
    const char *url = oauth_redirect_error(a, "http://h.example/", code, message);
    struct query q;
    MUST(!strncmp(url, start, strlen(start)) && !strstr(url, "google"));
    for (const char *p = url; *p; p++)
        MUST(*p > ' ' && *p < 0x7f && !strchr("\"<>\\#", *p));
    if (!fuzz_is_text(code) || !fuzz_is_text(message))
        return;
    MUST(query_parse(url + strlen(start), a, &q, NULL) == 0 && q.count == 2);
    const char *said = query_get(&q, "error"), *why = query_get(&q, "message");
    MUST(said && why && !strcmp(said, code) && !strcmp(why, message));
}

static void header(const char *value)
{
    struct response res = {.headers = BUF_INIT(BUF_MAX_URL)};
    response_header(&res, "Location", value);
    MUST(res.headers.len == strlen(value) + strlen("Location: \r\n"));
    for (size_t i = 0; i + 2 < res.headers.len; i++)
        MUST((unsigned char)res.headers.data[i] >= 0x20 && res.headers.data[i] != 0x7f);
    buf_free(&res.headers);
}

static void trimmed(struct arena *a, const char *s)
{
    const char *t = text_trimmed(a, s);
    size_t n = strlen(t);
    MUST(strstr(s, t) && (n == 0 || (!strchr(" \t\r\n\v\f", t[0]) && !strchr(" \t\r\n\v\f", t[n - 1]))));
    MUST(!strcmp(text_trimmed(a, t), t));
    MUST(!fuzz_is_text(s) || (text_utf16_length(s) <= strlen(s) && 3 * text_utf16_length(s) >= strlen(s)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz f = fuzz_open(data, size < 4096 ? size : 4096);
    const char *code = fuzz_line(&f), *message = fuzz_rest(&f);
    redirect(f.arena, code, message);
    header(message);
    trimmed(f.arena, message);
    fuzz_close(&f);
    return 0;
}
