/*
 * S3's XML. A line "status", one with a region header or nothing, then the body: read element by element, and as the
 * refusal that s3_error makes of it.
 */
#include "provider/s3_error.h"
#include "provider/s3_xml.h"
#include "tests/fuzz/fuzz.h"

struct seen {
    char last[600];
    int count;
};

static void on_element(void *arg, const char *path, const char *text)
{
    struct seen *s = arg;
    size_t n = strlen(path);
    MUST(n > 0 && n <= 512 && *path != '/' && path[n - 1] != '/' && fuzz_is_text(path));
    MUST(strlen(text) <= 16 * 1024 && fuzz_is_text(text));
    MUST(!*text || (!strchr(" \t\r\n", *text) && !strchr(" \t\r\n", text[strlen(text) - 1])));
    /* A child comes before its parent: what follows "a/b/c" is below "a/b", or is it. */
    const char *slash = strrchr(s->last, '/');
    size_t parent = slash ? (size_t)(slash - s->last) : 0;
    MUST(s->count == 0 || (parent && !strncmp(path, s->last, parent) && (!path[parent] || path[parent] == '/')));
    snprintf(s->last, sizeof s->last, "%s", path);
    s->count++;
}

static void refusal(struct fuzz *f, int status, const char *region, const char *body, size_t n)
{
    struct http_response res = {
        .status = status, .body = BUF_INIT(BUF_MAX_REMOTE_TEXT), .header_lines = BUF_INIT(BUF_MAX_URL)};
    struct s3_error s;
    struct err e = ERR_INIT;
    buf_add(&res.body, body, n);
    if (*region) {
        buf_add(&res.header_lines, "x-amz-bucket-region", sizeof "x-amz-bucket-region");
        buf_add(&res.header_lines, region, strlen(region) + 1);
    }
    bool is_refusal = s3_error_read(&res, &s);
    MUST(is_refusal || (status >= 200 && status <= 299 && !*s.code));
    MUST(s.status == status);
    /* What it says goes into sentences, the database and our own answers. */
    MUST(fuzz_is_text(s.code) && fuzz_is_text(s.message) && fuzz_is_text(s.region) && fuzz_is_text(s.endpoint));
    if (is_refusal) {
        MUST(s3_error_fill(&s, "photos", &e) == -1);
        MUST(e.class != ERR_NONE && e.class != ERR_BUG && *e.code && *e.msg);
        MUST(fuzz_is_text(e.msg) && fuzz_is_text(e.code));
    }
    http_response_free(&res);
    (void)f;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz f = fuzz_open(data, size);
    struct seen s = {"", 0};
    struct err e = ERR_INIT;
    int64_t status = 200;
    if (!parse_i64(fuzz_line(&f), 100, 599, &status))
        status = 400;
    const char *region = fuzz_line(&f);
    size_t n = f.left;
    const char *body = fuzz_take(&f, n);
    if (s3_xml_parse(body, n, on_element, &s, &e) == 0)
        MUST(s.count > 0 && !strchr(s.last, '/'));
    else
        MUST(e.class == ERR_REMOTE && !strcmp(e.code, "UnexpectedAnswer"));
    refusal(&f, (int)status, region, body, n);
    fuzz_close(&f);
    return 0;
}
