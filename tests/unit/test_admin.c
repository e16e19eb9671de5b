/* torrentclou-admin: the admin user that the environment names, and the check of the configuration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static void seed(void)
{
    struct buf problems = BUF_INIT(1024);
    config_load(FOR_ADMIN, &problems);
    buf_free(&problems);
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
    FAILS(ERR_CONFIG, seed_all(db, arena, &err));
    config_set("CREDENTIALS_KEY_OLD", TEST_KEY);
    seed();
    config_set("CREDENTIALS_KEY_OLD", "");
    seed();
    sql("delete from settings");
    buf_free(&problems);
}

#define TEST(f) cmocka_unit_test_setup(f, reset)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_rules),
        TEST(test_misspelt_names),
        TEST(test_the_admin_follows_the_environment),
        TEST(test_without_a_password_no_admin_is_made),
        TEST(test_rotation_of_the_key),
    };
    return cmocka_run_group_tests(tests, stores_start, stores_stop);
}
