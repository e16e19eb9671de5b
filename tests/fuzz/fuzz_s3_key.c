/* The names of objects. Two lines, two paths: a name is bounded, keeps to its job's folder and to whole characters, and
 * two paths never share one. */
#include "domain/job.h"
#include "provider/s3_key.h"
#include "provider/s3_request.h"
#include "tests/fuzz/fuzz.h"

/* Long ones come cheap: a number in front repeats the path. */
static const char *path_of(struct fuzz *f)
{
    const char *line = fuzz_line(f);
    size_t digits = strspn(line, "0123456789");
    int64_t times = 1;
    if (digits == 0 || !parse_i64(arena_strndup(f->arena, line, digits), 1, 2000, &times))
        return line;
    struct buf b = BUF_INIT(BUF_MAX_URL);
    for (int64_t i = 0; i < times && b.len < 4000; i++)
        buf_adds(&b, line + digits);
    const char *path = arena_strdup(f->arena, buf_str(&b));
    buf_free(&b);
    return path;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz f = fuzz_open(data, size);
    const char *path = path_of(&f), *other = path_of(&f);
    const char *key = s3_key_make(f.arena, INT32_MAX, path);
    size_t n = strlen(key);
    MUST(n <= S3_KEY_MAX && !strncmp(key, "torrents/2147483647/", 20));
    MUST(!fuzz_is_text(path) || fuzz_is_text(key));
    MUST(n - 20 == strlen(path) ? !strcmp(key + 20, path) : strchr(key, '~') != NULL);
    MUST(!strcmp(key, s3_key_make(f.arena, INT32_MAX, path)));
    MUST(!strcmp(path, other) == !strcmp(key, s3_key_make(f.arena, INT32_MAX, other)));
    MUST(strcmp(key, s3_key_make(f.arena, 1, path)) != 0);
    char remote[128];
    if (job_remote_path("root", true, path, remote, sizeof remote))
        MUST(strlen(remote) == strlen(path) + 5 && !strncmp(remote, "root/", 5));
    else
        MUST(strlen(path) + 6 > sizeof remote);
    fuzz_close(&f);
    return 0;
}
