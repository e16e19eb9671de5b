#include "workers/admin/import.h"

#include "base/buf.h"
#include "base/config.h"
#include "base/log.h"
#include "store/import_store.h"
#include "torrent/metainfo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A plain file of a sane size, all of it; *data NULL with a reason when there is none. A file that is there and may not
 * be read is an error: without it the jobs could never be repeated. */
static int read_plain(struct arena *a, const char *path, unsigned char **data, size_t *n, const char **why,
                      struct err *e)
{
    struct stat st;
    int rc = 0, fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && errno != ENOENT && errno != ELOOP)
        return err_sys(e, ERR_CONFIG, path);
    if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size < 1 || st.st_size > BUF_MAX_TORRENT) {
        *why = arena_printf(a, fd < 0 && errno == ENOENT ? "%s is gone" : "%s is no .torrent file", path);
    } else {
        *n = (size_t)st.st_size;
        *data = arena_alloc(a, *n);
        ssize_t got = read(fd, *data, *n);
        if (got < 0)
            rc = err_sys(e, ERR_CONFIG, path);
        else if (got != st.st_size)
            rc = err_set(e, ERR_CONFIG, "ImportTorrentChanged", "%s became shorter while it was read.", path);
    }
    if (fd >= 0)
        close(fd);
    return rc;
}

/* A forgotten volume must not look like lost files: what was taken over without them stays so. */
static int check_folder(const char *folder, struct err *e)
{
    if (access(folder, R_OK | X_OK) == 0)
        return 0;
    return err_set(e, ERR_CONFIG, "ImportNoTorrents",
                   "%s, where the replaced product keeps its .torrent files, cannot be read (%s). Mount its downloads "
                   "volume; if they are lost, make the folder, empty.",
                   folder, strerror(errno));
}

static struct import_torrent *torrent_of(struct arena *a, const struct metainfo *m, const void *data, size_t n)
{
    struct import_torrent *t = ARENA_NEW(a, struct import_torrent);
    *t = (struct import_torrent){.metainfo = data, .len = n, .file_count = (int)m->file_count};
    t->record = metainfo_record(m, a, &t->files);
    return t;
}

/* The replaced product's analysis puts each file there by this name; the path in its row is not believed. */
static int find_torrent(void *ctx, struct arena *a, const char *info_hash, struct import_torrent **out,
                        const char **why, struct err *e)
{
    (void)ctx;
    struct err refused = ERR_INIT;
    unsigned char *data = NULL;
    size_t n = 0;
    const char *folder = arena_printf(a, "%s/torrents", config_str(CFG_TORRENT_DOWNLOAD_PATH));
    const char *path = arena_printf(a, "%s/%s.torrent", folder, info_hash);
    if (check_folder(folder, e) || read_plain(a, path, &data, &n, why, e))
        return -1;
    struct metainfo *m = data ? metainfo_parse(data, n, a, &refused) : NULL;
    if (m && !strcmp(m->info_hash, info_hash))
        *out = torrent_of(a, m, data, n);
    else if (data)
        *why = arena_printf(a, "%s is %s", path, m ? "another torrent's" : "damaged");
    return 0;
}

static void note_to_log(void *ctx, const struct import_note *n)
{
    (void)ctx;
    log_warn(n->left_out ? "a row was not taken over" : "a row was taken over with a change", kv_str("Table", n->table),
             kv_int("Row", n->row), kv_str("Column", n->column), kv_str("Reason", n->what));
}

static void note_to_stdout(void *ctx, const struct import_note *n)
{
    (void)ctx;
    printf("%s %s %lld: %s %s\n", n->left_out ? "left out" : "changed ", n->table, (long long)n->row, n->column,
           n->what);
}

/* The replaced product keeps no password: its one login is the environment's. Whoever was that at another time is told.
 */
static int tell_locked_out(struct db *db, struct arena *a, struct err *e)
{
    const char **emails;
    int n;
    if (import_locked_out(db, a, config_str(CFG_ADMIN_EMAIL), &emails, &n, e))
        return -1;
    for (int i = 0; i < n; i++)
        log_warn("a user was taken over who has no password: starting once with this ADMIN_EMAIL and an ADMIN_PASSWORD "
                 "gives one",
                 kv_str("Email", emails[i]));
    return 0;
}

static int take_own(struct db *db, struct arena *a, struct err *e)
{
    static const struct import_hooks hooks = {find_torrent, note_to_log, NULL};
    struct import_count counts[IMPORT__MAX];
    struct db *from = db_new(config_str(CFG_DATABASE_URL), "torreclou-admin");
    int r = import_run(db, from, a, &hooks, false, counts, e);
    db_free(from);
    if (r)
        return err_wrap(e,
                        "The replaced product's data cannot be taken over (IMPORT_REPLACED=false starts without them)");
    for (int i = 0; i < IMPORT__MAX; i++)
        log_info("taken over from the replaced product", kv_str("Table", counts[i].table),
                 kv_int("Found", counts[i].found), kv_int("Taken", counts[i].taken));
    return tell_locked_out(db, a, e);
}

int import_own(struct db *db, struct arena *a, struct err *e)
{
    bool present, done, possible;
    int64_t last;
    if (!config_bool(CFG_IMPORT_REPLACED))
        return 0;
    if (import_present(db, a, &present, e) || import_done(db, a, &done, &last, e) ||
        import_possible(db, a, &possible, e))
        return -1;
    if (!present || done)
        return 0;
    if (possible)
        return take_own(db, a, e);
    log_info("the replaced product's data are in the database, and were not taken over: there are others here already",
             kv_none);
    return 0;
}

int import_by_hand(struct db *db, struct db *from, struct arena *a, bool dry, struct err *e)
{
    static const struct import_hooks hooks = {find_torrent, note_to_stdout, NULL};
    struct import_count counts[IMPORT__MAX];
    if (import_run(db, from, a, &hooks, dry, counts, e))
        return -1;
    printf("%-22s %9s %9s\n", "table", "found", dry ? "would" : "taken");
    for (int i = 0; i < IMPORT__MAX; i++)
        printf("%-22s %9lld %9lld\n", counts[i].table, (long long)counts[i].found, (long long)counts[i].taken);
    puts(dry ? "Nothing was written." : "Taken over.");
    return dry ? 0 : tell_locked_out(db, a, e);
}
