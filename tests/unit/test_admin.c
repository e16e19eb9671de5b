/* torrentclou-admin: the admin user that the environment names, and the check of the configuration. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/config.h"
#include "net/password.h"
#include "net/seal.h"
#include "store/user_store.h"
#include "stores.h"
#include "workers/admin/check.h"
#include "workers/admin/seed.h"

/* A configuration in order; each test breaks it. */
static const char *const good[][2] = {
    {"DATABASE_URL", "postgresql://u:p@db/name"},
    {"REDIS_URL", "unix:/run/redis.sock"},
    {"CREDENTIALS_KEY", TEST_KEY},
    {"JWT_SECRET", "0123456789abcdef0123456789abcdef"},
    {"ADMIN_EMAIL", "Admin@Example.org"},
    {"ADMIN_PASSWORD", "first"},
    {"EVENTS_PUBLISH_URL", ""},
    {"TORRENT_DOWNLOAD_PATH", "/app/downloads"},
    {"LEASE_MS", "30000"},
    {"HEARTBEAT_MS", "5000"},
    {"CREDENTIALS_KEY_OLD", ""},
    {"IMPORT_REPLACED", "true"},
};

static int load(struct buf *problems)
{
    return config_load((enum config_program)FOR_ALL, problems) + check_values(problems);
}

static int reset(void **state)
{
    struct buf problems = BUF_INIT(BUF_MAX_REMOTE_TEXT);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        config_set(good[i][0], good[i][1]);
    int n = load(&problems);
    if (n)
        fprintf(stderr, "%s", buf_str(&problems));
    buf_free(&problems);
    return n ? -1 : stores_clean(state);
}

/* One value is wrong: exactly one line says so, and names its key. */
static void check_broken(const char *key, const char *value)
{
    struct buf problems = BUF_INIT(BUF_MAX_REMOTE_TEXT);
    assert_true(config_set(key, value));
    int n = load(&problems);
    if (n != 1 || strncmp(buf_str(&problems), key, strlen(key)) != 0)
        fail_msg("%s=%s: %d lines: %s", key, value, n, buf_str(&problems));
    buf_free(&problems);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        config_set(good[i][0], good[i][1]);
}

static void test_rules(void **state)
{
    (void)state;
    char deep[160] = "unix:/";
    memset(deep + 6, 'x', 120);
    check_broken("DATABASE_URL", "postgres//no");
    check_broken("DATABASE_URL", "");
    check_broken("REDIS_URL", "rediss://x");
    check_broken("REDIS_URL", "redis://x:99999");
    check_broken("REDIS_URL", deep);
    check_broken("EVENTS_PUBLISH_URL", deep);
    check_broken("EVENTS_PUBLISH_URL", "ftp://x");
    check_broken("ADMIN_EMAIL", "nobody");
    check_broken("ADMIN_EMAIL", "a@b@c");
    check_broken("ADMIN_EMAIL", "@b");
    check_broken("ADMIN_EMAIL", "a@");
    check_broken("ADMIN_EMAIL", "a b@c");
    check_broken("ADMIN_EMAIL", "");
    check_broken("ADMIN_PASSWORD", "");
    check_broken("HEARTBEAT_MS", "15000");
    check_broken("JWT_SECRET", "short");
    check_broken("CREDENTIALS_KEY", "zz");
    check_broken("CREDENTIALS_KEY_OLD", TEST_KEY);
    check_broken("TORRENT_DOWNLOAD_PATH", "downloads");
}

static void test_misspelt_names(void **state)
{
    (void)state;
    struct buf problems = BUF_INIT(BUF_MAX_REMOTE_TEXT);
    int n = 0;
    char path[64];
    snprintf(path, sizeof path, "%s/env", server_path(pg));
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(
        "# LEASE_MSX=1\n\nLEASE_MS=1\n  export HEARTBEATMS = 5\nTZ=UTC\nPOSTGRES_PASSWORD=x\njwt_secrets=x\nREDIS_URI\n"
        "=LEASE_M\nREDIS_URL_=last line without an end",
        f);
    fclose(f);
    OK(check_env_file(path, &problems, &n, &err));
    assert_int_equal(n, 3);
    assert_non_null(strstr(buf_str(&problems), "env:4: HEARTBEATMS is not read by anything; probably HEARTBEAT_MS"));
    assert_non_null(strstr(buf_str(&problems), "env:7: jwt_secrets is not read by anything; probably JWT_SECRET"));
    assert_non_null(strstr(buf_str(&problems), "env:10: REDIS_URL_ is"));
    FAILS(ERR_CONFIG, check_env_file("/nonexistent", &problems, &n, &err));
    buf_free(&problems);
}

static struct user *admin(void)
{
    struct user *u;
    OK(user_by_email(db, arena, "admin@example.org", &u, &err));
    assert_non_null(u);
    return u;
}

static void reload(void)
{
    struct buf problems = BUF_INIT(1024);
    config_load(FOR_ADMIN, &problems);
    buf_free(&problems);
}

static void seed(void)
{
    reload();
    OK(seed_all(db, arena, &err));
}

static void test_the_admin_follows_the_environment(void **state)
{
    (void)state;
    char hash[PASSWORD_HASH_SIZE];
    sql("delete from settings");
    seed();
    struct user *u = admin(), *before = u;
    assert_true(u->is_admin);
    assert_string_equal(u->full_name, "TorrenClou Admin");
    assert_true(password_verify(u->password_hash, "first"));
    assert_false(password_verify(u->password_hash, "second"));

    seed(); /* nothing changed: nothing happens, sessions live on */
    u = admin();
    assert_int_equal(u->token_version, before->token_version);
    assert_string_equal(u->password_hash, before->password_hash);

    OK(password_hash("chosen in the app", hash, &err));
    OK(user_set_password(db, arena, u->id, hash, NULL, &err));
    seed(); /* the environment is the old one: the app's password stays */
    assert_true(password_verify(admin()->password_hash, "chosen in the app"));

    config_set("ADMIN_PASSWORD", "second");
    int version = admin()->token_version;
    seed();
    u = admin();
    assert_true(password_verify(u->password_hash, "second"));
    assert_int_equal(u->token_version, version + 1);
    assert_int_equal(u->id, before->id);
    assert_int_equal(sql_int("select count(*) from users"), 1);
}

static void test_without_a_password_no_admin_is_made(void **state)
{
    (void)state;
    config_set("ADMIN_PASSWORD", "");
    seed();
    assert_int_equal(sql_int("select count(*) from users"), 0);
}

static void test_rotation_of_the_key(void **state)
{
    (void)state;
    static const char next[] = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";
    struct buf problems = BUF_INIT(1024);
    sql("delete from settings");
    seed();
    config_set("CREDENTIALS_KEY", next);
    config_load(FOR_ADMIN, &problems);
    reload();
    FAILS(ERR_CONFIG, seed_all(db, arena, &err));
    config_set("CREDENTIALS_KEY_OLD", TEST_KEY);
    seed();
    config_set("CREDENTIALS_KEY_OLD", "");
    seed();
    sql("delete from settings");
    buf_free(&problems);
}

#define TEST(f) cmocka_unit_test_setup(f, reset)

/* hybrid.torrent, under its name there. */
#define HYBRID "78A719E4FD36E1D3454BBCCF70BA813D9D0A56BF"

static void put(const char *name, const char *from)
{
    const char *to = arena_printf(arena, "%s/torrents/%s.torrent", server_path(pg), name);
    assert_int_equal(system(arena_printf(arena, "cp '%s' '%s'", from, to)), 0);
}

static void theirs(void)
{
    const char *dir = arena_printf(arena, "%s/torrents", server_path(pg));
    OK(db_script(db,
                 "drop schema if exists dev cascade; drop schema if exists hangfire; "
                 "drop table if exists public.\"__EFMigrationsHistory\"; delete from torrentclou.settings",
                 &err));
    OK(db_script(db, stores_file("tests/fixtures/replaced/schema.sql"), &err));
    OK(db_script(db, stores_file("tests/fixtures/replaced/rows.sql"), &err));
    OK(db_script(db,
                 "insert into dev.\"RequestedFiles\" select 50, \"FileName\", 1, \"Files\", '" HYBRID
                 "', \"FileType\", 1, "
                 "null, now(), null from dev.\"RequestedFiles\" where \"Id\" = 1",
                 &err));
    config_set("DATABASE_URL", server_url(pg));
    config_set("TORRENT_DOWNLOAD_PATH", server_path(pg));
    config_set("ADMIN_EMAIL", "ME@example.com");
    mkdir(dir, 0755);
    put(HYBRID, "tests/fixtures/torrents/hybrid.torrent");
    put("CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC", "tests/fixtures/torrents/v1-private.torrent");
    put("DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD", "tests/fixtures/torrents/README.md");
    assert_true(
        symlink("/etc/passwd", arena_printf(arena, "%s/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.torrent", dir)) == 0 ||
        errno == EEXIST);
    assert_true(mkfifo(arena_printf(arena, "%s/EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE.torrent", dir), 0644) == 0 ||
                errno == EEXIST);
}

static int64_t jobs(void)
{
    return sql_int("select count(*) from jobs");
}

static void test_the_replaced_product_is_taken_over_once(void **state)
{
    (void)state;
    struct user *u;
    theirs();
    config_set("IMPORT_REPLACED", "false");
    seed();
    assert_int_equal(jobs(), 0);
    config_set("IMPORT_REPLACED", "true");
    seed();
    assert_int_equal(jobs(), 16);
    OK(user_by_email(db, arena, "me@example.com", &u, &err));
    assert_true(u->is_admin && password_verify(u->password_hash, "first"));
    assert_string_equal(u->full_name, "TorrenClou Admin"); /* whom the start before has made */
    /* Of the files only the one that is what its name says. */
    assert_int_equal(sql_int("select id from torrents where metainfo is not null"), 50);
    assert_true(sql_int("select count(*) from torrent_files where torrent_id = 50") > 0);
    assert_int_equal(sql_int("select count(*) from torrents where id = 50 and info_hash_v2 is not null"), 1);
    sql("delete from jobs where id = 1");
    seed();
    assert_int_equal(jobs(), 15);
    sql("delete from settings where name = 'replaced_product'");
    seed(); /* forgotten, but there is too much here already */
    assert_int_equal(jobs(), 15);
    stores_clean(state);
    seed();
    assert_int_equal(jobs(), 16);
    stores_clean(state);
    seed(); /* once is once, however empty it is here */
    assert_int_equal(jobs(), 0);
    OK(db_script(db, "drop schema dev cascade", &err));
}

static void test_what_cannot_be_taken_over_ends_the_start(void **state)
{
    (void)state;
    theirs();
    OK(db_script(db, "alter table dev.\"UserJobs\" drop column \"BytesUploaded\"", &err));
    reload();
    FAILS(ERR_CONFIG, seed_all(db, arena, &err));
    assert_non_null(strstr(err.msg, "IMPORT_REPLACED=false starts without them"));
    theirs();
    config_set("TORRENT_DOWNLOAD_PATH", "/nonexistent");
    reload();
    FAILS(ERR_CONFIG, seed_all(db, arena, &err));
    assert_string_equal(err.code, "ImportNoTorrents");
    assert_int_equal(jobs(), 0);
    config_set("IMPORT_REPLACED", "false");
    seed();
    OK(db_script(db, "drop schema dev cascade", &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_rules),
        TEST(test_misspelt_names),
        TEST(test_the_admin_follows_the_environment),
        TEST(test_without_a_password_no_admin_is_made),
        TEST(test_rotation_of_the_key),
        TEST(test_the_replaced_product_is_taken_over_once),
        TEST(test_what_cannot_be_taken_over_ends_the_start),
    };
    return cmocka_run_group_tests(tests, stores_start, stores_stop);
}
