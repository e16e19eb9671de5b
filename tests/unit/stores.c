#include "stores.h"

#include "base/buf.h"
#include "base/log.h"
#include "net/seal.h"
#include "store/file_store.h"
#include "store/local_store.h"
#include "store/migrate_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct server *pg;
struct db *db;
struct arena *arena;
struct err err;

int stores_start(void **state)
{
    (void)state;
    struct migrate_result result;
    const char *dir = getenv("MIGRATIONS_DIR");
    log_open("test", LOG_ERROR, false);
    pg = server_postgres();
    db = db_new(server_url(pg), "test");
    arena = arena_new(0);
    if (seal_init(TEST_KEY, "", &err) || migrate_lock(db, arena, &err) ||
        migrate_run(db, arena, dir ? dir : "migrations", true, &result, &err) ||
        job_transitions_sync(db, arena, &err)) {
        fprintf(stderr, "stores: %s\n", err.msg);
        return -1;
    }
    return 0;
}

int stores_stop(void **state)
{
    (void)state;
    db_free(db);
    arena_free(arena);
    server_stop(pg);
    return 0;
}

int stores_clean(void **state)
{
    (void)state;
    db_rollback(db); /* of a test that failed inside a transaction */
    arena_reset(arena);
    sql("truncate users cascade");
    return 0;
}

static struct db_rows *run(const char *fmt, va_list ap)
{
    const char *text = arena_vprintf(arena, fmt, ap);
    struct db_rows *r = db_query0(db, arena, &err, text);
    if (!r)
        fail_msg("%s: %s", text, err.msg);
    return r;
}

void sql(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    run(fmt, ap);
    va_end(ap);
}

int64_t sql_int(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    struct db_rows *r = run(fmt, ap);
    va_end(ap);
    assert_int_equal(db_count(r), 1);
    return db_int(r, 0, 0);
}

const char *sql_text(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    struct db_rows *r = run(fmt, ap);
    va_end(ap);
    assert_int_equal(db_count(r), 1);
    return db_null(r, 0, 0) ? "-" : db_text(r, 0, 0);
}

const char *stores_file(const char *path)
{
    enum { MAX = 64 * 1024 };
    char *text = arena_alloc(arena, MAX + 1);
    FILE *in = fopen(path, "re");
    if (!in)
        fail_msg("%s is not there", path);
    size_t n = fread(text, 1, MAX, in);
    assert_true(n > 0 && n < MAX);
    fclose(in);
    return text;
}

int64_t make_user(const char *email)
{
    return sql_int("insert into users (email, full_name, password_hash) values ('%s', 'Test', 'x') returning id",
                   email);
}

int64_t make_profile(int64_t user)
{
    int64_t id = 0;
    const struct profile_s3 s3 = {.name = "store",
                                  .endpoint = "http://s3.test",
                                  .bucket = "b",
                                  .region = "r",
                                  .access_key = "access",
                                  .secret_key = "secret"};
    OK(profile_create_s3(db, arena, user, &s3, NULL, true, &id, &err));
    return id;
}

int64_t make_torrent(int64_t user, int tag, int n)
{
    int64_t id = 0;
    struct torrent_file *files = ARENA_ARRAY(arena, (size_t)n, struct torrent_file);
    struct torrent_record t = {.user_id = user,
                               .name = "Torrent",
                               .info_hash_v1 = arena_printf(arena, "%040X", (unsigned)tag),
                               .is_multi_file = n > 1,
                               .trackers_json = "[]"};
    for (int i = 0; i < n; i++) {
        files[i] = (struct torrent_file){i, i, arena_printf(arena, "folder/file%d", i), 100 * (i + 1)};
        t.total_size += files[i].size;
    }
    OK(torrent_save(db, arena, &t, "metainfo", 8, files, n, &id, &err));
    return id;
}

int64_t make_job_for(int64_t user, int64_t profile, int64_t torrent)
{
    struct torrent_file *files;
    struct job_new job = {.user_id = user, .torrent_id = torrent, .profile_id = profile};
    int64_t id = 0;
    OK(torrent_files(db, arena, torrent, &files, &job.file_count, &err));
    job.files = files;
    job.selected_count = job.file_count;
    OK(job_create(db, arena, &job, &id, &err));
    return id;
}

struct made make_job(int n)
{
    struct made m;
    m.user = make_user("a@test");
    m.profile = make_profile(m.user);
    m.torrent = make_torrent(m.user, 1, n);
    m.job = make_job_for(m.user, m.profile, m.torrent);
    return m;
}

struct claim claim(int64_t job, enum job_phase phase, const char *worker)
{
    struct claim c;
    OK(phase_claim(db, arena, job, phase, worker, "vol", 30000, &c, &err));
    assert_true(c.won);
    return c;
}

struct claim upload_beside_download(struct made *m)
{
    *m = make_job(1);
    struct claim d = claim(m->job, PHASE_DOWNLOAD, "torrent-1");
    OK(local_present(db, arena, &d.lease, &err));
    OK(file_ready(db, arena, &d.lease, 0, MD5_A, SHA_A, &err));
    return claim(m->job, PHASE_UPLOAD, "s3-1");
}

const char *file_states(void)
{
    return sql_text("select string_agg(state, ' ' order by file_index) from job_files");
}

enum job_status status_of(int64_t job)
{
    enum job_status s = JOB_STATUS_NONE;
    assert_true(job_status_parse(status_name(job), false, &s));
    return s;
}

const char *status_name(int64_t job)
{
    return sql_text("select status from jobs where id = %lld", (long long)job);
}

const char *timeline(int64_t job)
{
    return sql_text("select string_agg(to_status || '/' || source, ' ' order by id) from job_status_history "
                    "where job_id = %lld",
                    (long long)job);
}
