#include "fcgi-app/path_preview.h"

#include "base/buf.h"
#include "base/clock.h"
#include "fcgi-app/text.h"
#include "provider/s3_key.h"

enum { DEEP = 30, LONG_MAX = 2048 };

#define ROOT "Sample: 2 films (1080p)"
#define FOLDER "/a folder in a folder with a long name"

static const char *long_path(struct arena *a)
{
    struct buf b = BUF_INIT(LONG_MAX);
    buf_adds(&b, ROOT);
    for (int i = 0; i < DEEP; i++)
        buf_adds(&b, FOLDER);
    buf_adds(&b, "/The end.mkv");
    return buf_move(&b, a);
}

int path_preview_make(struct arena *a, const char *template, struct path_example out[PATH_PREVIEW_COUNT], struct err *e)
{
    const struct s3_key_job job = {.job_id = 42,
                                   .torrent_name = ROOT,
                                   .info_hash = "C0FFEE0123456789C0FFEE0123456789C0FFEE01",
                                   .created_at = clock_wall_us()};
    const char *const paths[PATH_PREVIEW_COUNT] = {ROOT "/First film.mkv",
                                                   ROOT "/Subtitles/Zweiter Film – größer (日本語).srt", long_path(a)};
    const char *text = text_trimmed(a, template);
    if (!*text)
        text = s3_key_template;
    if (s3_key_check(text, e))
        return -1;
    for (int i = 0; i < PATH_PREVIEW_COUNT; i++)
        out[i] = (struct path_example){paths[i], s3_key_make(a, text, &job, paths[i])};
    return 0;
}
