/*
 * The engine alone, to be measured beside other clients (tests/bench/download.py):
 *     engine_download get  TORRENT FOLDER PORT    download everything, print the seconds and leave
 *     engine_download seed TORRENT FOLDER PORT    serve until SIGTERM; prints "ready" when the content was checked
 */
#include "base/buf.h"
#include "base/clock.h"
#include "base/signals.h"
#include "torrent/engine.h"
#include "torrent/metainfo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct buf read_file(const char *path)
{
    struct buf b = BUF_INIT(BUF_MAX_TORRENT);
    char chunk[65536];
    FILE *f = fopen(path, "rb");
    for (size_t n; f && (n = fread(chunk, 1, sizeof chunk, f)) > 0;)
        buf_add(&b, chunk, n);
    if (f)
        fclose(f);
    return b;
}

static int add_all(struct engine *g, const struct buf *torrent, const char *folder, struct arena *a, struct err *e)
{
    struct metainfo *mi = metainfo_parse(torrent->data, torrent->len, a, e);
    if (!mi)
        return -1;
    uint32_t *all = ARENA_ARRAY(a, mi->file_count, uint32_t);
    for (size_t i = 0; i < mi->file_count; i++)
        all[i] = mi->files[i].engine_index;
    struct engine_source s = {.key = 1,
                              .metainfo = torrent->data,
                              .metainfo_len = torrent->len,
                              .save_path = folder,
                              .selected = all,
                              .selected_count = mi->file_count};
    return engine_add(g, &s, e);
}

/* turn(g, a, e): 1 when everything is there, 0 when not yet, -1 on failure. */
static int turn(struct engine *g, struct arena *a, struct err *e)
{
    struct engine_event *events;
    int n = engine_poll(g, 200, a, &events, e), result = n < 0 ? -1 : 0;
    for (int i = 0; i < n; i++) {
        if (events[i].type == ENGINE_ALL_READY)
            result = 1;
        if (events[i].type == ENGINE_DISK_FAILED || events[i].type == ENGINE_TORRENT_FAILED) {
            *e = events[i].err;
            return -1;
        }
    }
    return result;
}

static int run(bool seed, const struct buf *torrent, const char *folder, const char *port, struct err *e)
{
    char listen[64];
    int64_t begin = clock_mono_ms();
    struct arena *a = arena_new(0), *turn_arena = arena_new(0);
    snprintf(listen, sizeof listen, "127.0.0.1:%s", port);
    struct engine_settings s = {.listen = listen, .same_ip_peers = true, .connections = 50};
    struct engine *g = engine_new(&s, e);
    int done = g ? add_all(g, torrent, folder, a, e) : -1;
    while (done == 0 && !signals_stopping()) {
        arena_reset(turn_arena);
        done = turn(g, turn_arena, e);
    }
    if (done > 0 && seed)
        puts("ready");
    else if (done > 0)
        printf("%.3f\n", (double)(clock_mono_ms() - begin) / 1000);
    fflush(stdout);
    while (seed && done >= 0 && !signals_stopping()) {
        arena_reset(turn_arena);
        done = turn(g, turn_arena, e);
    }
    engine_free(g);
    arena_free(a);
    arena_free(turn_arena);
    return done < 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
    struct err e = ERR_INIT;
    if (argc != 5 || (strcmp(argv[1], "get") != 0 && strcmp(argv[1], "seed") != 0)) {
        fprintf(stderr, "usage: %s get|seed TORRENT FOLDER PORT\n", argv[0]);
        return 64;
    }
    signals_init();
    struct buf torrent = read_file(argv[2]);
    int rc = run(argv[1][0] == 's', &torrent, argv[3], argv[4], &e);
    if (rc != 0)
        fprintf(stderr, "%s\n", e.msg);
    buf_free(&torrent);
    return rc == 0 ? 0 : 70;
}
