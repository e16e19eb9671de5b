/* store/{user,profile,torrent}_store and volume: against a real PostgreSQL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "net/seal.h"
#include "store/profile_store.h"
#include "store/torrent_store.h"
#include "store/user_store.h"
#include "stores.h"

static void test_users(void **state)
{
    (void)state;
    int64_t id, again;
    struct user *u;
    OK(user_insert(db, arena, "Some.One@Test", "Some One", "hash", NULL, false, &id, &err));
    FAILS(ERR_CONFLICT, user_insert(db, arena, "some.one@test", "Other", "hash", NULL, true, &again, &err));
    OK(user_by_email(db, arena, "SOME.ONE@test", &u, &err));
    assert_int_equal(u->id, id);
    assert_string_equal(u->email, "some.one@test");
    assert_null(u->seed_hash);
    assert_false(u->is_admin);
    int version = u->token_version;
    OK(user_set_password(db, arena, id, "hash2", "seed", &err));
    OK(user_set_password(db, arena, id, "hash3", NULL, &err));
    OK(user_by_id(db, arena, id, &u, &err));
    assert_string_equal(u->password_hash, "hash3");
    assert_string_equal(u->seed_hash, "seed"); /* NULL keeps it */
    assert_int_equal(u->token_version, version + 2);
    OK(user_by_email(db, arena, "nobody", &u, &err));
    assert_null(u);
    OK(user_by_id(db, arena, id + 1, &u, &err));
    assert_null(u);
}

static int64_t default_of(int64_t user)
{
    return sql_int("select coalesce((select id from storage_profiles where user_id = %lld and is_default), 0)",
                   (long long)user);
}

static void test_profiles(void **state)
{
    (void)state;
    int64_t user = make_user("a@test"), stranger = make_user("b@test");
    int64_t one = make_profile(user), two = make_profile(user), foreign = make_profile(stranger);
    struct profile *list, *p;
    int n;
    bool busy;
    assert_int_equal(default_of(user), two); /* the last that asked for it */
    OK(profile_set_default(db, arena, user, one, &err));
    assert_int_equal(default_of(user), one);
    FAILS(ERR_NOT_FOUND, profile_set_default(db, arena, user, foreign, &err));
    assert_int_equal(default_of(user), one);
    assert_int_equal(default_of(stranger), foreign);
    OK(profile_list(db, arena, user, &list, &n, &err));
    assert_true(n == 2 && list[0].id == one && list[0].is_default && list[1].id == two);
    assert_string_equal(list[0].endpoint, "http://s3.test");
    assert_int_equal(list[0].provider, PROVIDER_S3);
    assert_null(list[0].email);
    OK(profile_get(db, arena, user, foreign, &p, &err));
    assert_null(p);
    OK(profile_deactivate(db, arena, user, one, &busy, &err));
    assert_false(busy);
    assert_int_equal(default_of(user), two); /* its successor */
    FAILS(ERR_NOT_FOUND, profile_set_default(db, arena, user, one, &err));
    assert_int_equal(default_of(user), two);
    OK(profile_get(db, arena, user, one, &p, &err)); /* it stays for its jobs */
    assert_false(p->is_active);
    OK(profile_list(db, arena, user, &list, &n, &err));
    assert_int_equal(n, 1);

    int64_t job = make_job_for(user, two, make_torrent(user, 1, 1));
    OK(profile_deactivate(db, arena, user, two, &busy, &err));
    assert_true(busy);
    OK(profile_get(db, arena, user, two, &p, &err));
    assert_true(p->is_active);
    enum job_status was;
    OK(job_cancel(db, arena, user, job, &was, &err));
    OK(profile_deactivate(db, arena, user, two, &busy, &err));
    assert_false(busy);
}

/* The oldest of the others takes over, but only from the default, and never one that is gone or another user's. */
static void test_successors(void **state)
{
    (void)state;
    int64_t user = make_user("a@test"), stranger = make_user("b@test"), p[4];
    bool busy;
    make_profile(stranger);
    for (int i = 0; i < 4; i++)
        p[i] = make_profile(user);
    OK(profile_set_default(db, arena, user, p[2], &err));
    OK(profile_deactivate(db, arena, user, p[0], &busy, &err));
    assert_int_equal(default_of(user), p[2]); /* another one went */
    OK(profile_deactivate(db, arena, user, p[2], &busy, &err));
    assert_int_equal(default_of(user), p[1]);
    int64_t job = make_job_for(user, p[1], make_torrent(user, 1, 1));
    OK(profile_deactivate(db, arena, user, p[1], &busy, &err));
    assert_true(busy);
    assert_int_equal(default_of(user), p[1]); /* it stays, and stays the default */
    enum job_status was;
    OK(job_cancel(db, arena, user, job, &was, &err));
    OK(profile_deactivate(db, arena, stranger, p[1], &busy, &err)); /* not theirs */
    assert_int_equal(default_of(user), p[1]);
    OK(profile_deactivate(db, arena, user, p[1], &busy, &err));
    OK(profile_deactivate(db, arena, user, p[3], &busy, &err));
    assert_int_equal(default_of(user), 0);
    assert_int_not_equal(default_of(stranger), 0);
}

static void test_changes(void **state)
{
    (void)state;
    int64_t user = make_user("a@test"), stranger = make_user("b@test"), one = make_profile(user);
    struct profile_s3 s3;
    struct profile *p;
    bool active, busy;
    OK(profile_get(db, arena, user, one, &p, &err));
    assert_true(p->checked_at == 0 && !p->preset && !p->has_ca_certificate && p->clock_offset_s == 0);
    assert_string_equal(p->key_mask, "****"); /* a short key is not shown in part */
    OK(profile_rename(db, arena, user, one, "Other", &err));
    FAILS(ERR_NOT_FOUND, profile_rename(db, arena, stranger, one, "Mine", &err));
    OK(profile_s3_secret(db, arena, one, &s3, &active, &err));
    s3.access_key = "AKIAIOSFODNN7EXAMPLE";
    s3.preset = "minio";
    s3.ca_certificate = "PEM";
    s3.clock_offset_s = -90;
    s3.options = (struct profile_s3_options){"{path}", "COLD", "aws:kms", "key", "private"};
    s3.conditional = "put";
    const struct profile_check bad = {.ok = false, .message = "Put: no"};
    FAILS(ERR_NOT_FOUND, profile_change_s3(db, arena, stranger, one, &s3, &bad, false, &busy, &err));
    OK(profile_change_s3(db, arena, user, one, &s3, &bad, true, &busy, &err));
    OK(profile_get(db, arena, user, one, &p, &err));
    assert_string_equal(p->name, "Other");
    assert_string_equal(p->key_mask, "AKIA...MPLE");
    assert_true(p->has_ca_certificate && p->clock_offset_s == -90 && p->checked_at && !p->check_ok);
    assert_string_equal(p->check_message, "Put: no");
    OK(profile_s3_secret(db, arena, one, &s3, &active, &err));
    assert_string_equal(s3.access_key, "AKIAIOSFODNN7EXAMPLE");
    assert_string_equal(s3.secret_key, "secret");
    assert_string_equal(s3.ca_certificate, "PEM");
    assert_string_equal(s3.options.path_template, "{path}");
    assert_string_equal(s3.options.storage_class, "COLD");
    assert_string_equal(s3.options.sse, "aws:kms");
    assert_string_equal(s3.options.sse_kms_key_id, "key");
    assert_string_equal(s3.options.acl, "private");
    assert_string_equal(p->options.acl, "private");
    assert_string_equal(p->conditional, "put");

    /* What a worker found out, unless the profile is another one by now. */
    struct profile_way was = {.endpoint = s3.endpoint, .region = s3.region, .path_style = true},
                       now = {.endpoint = s3.endpoint, .region = "eu-x"};
    OK(profile_found_way(db, arena, one, &was, &now, &err));
    OK(profile_get(db, arena, user, one, &p, &err));
    assert_string_equal(p->region, "eu-x");
    assert_true(!p->path_style && p->clock_offset_s == 0 && p->has_ca_certificate);
    now.region = "too-late";
    OK(profile_found_way(db, arena, one, &was, &now, &err));
    OK(profile_get(db, arena, user, one, &p, &err));
    assert_string_equal(p->region, "eu-x");

    make_job_for(user, one, make_torrent(user, 1, 1));
    OK(profile_change_s3(db, arena, user, one, &s3, NULL, true, &busy, &err));
    assert_true(busy); /* an active job must find its objects where it put them */
    OK(profile_change_s3(db, arena, user, one, &s3, NULL, false, &busy, &err));
    assert_false(busy);
    OK(profile_get(db, arena, user, one, &p, &err));
    assert_true(!p->checked_at && !p->check_message); /* untested as it is now */
}

static void test_secrets_are_sealed_in_their_row(void **state)
{
    (void)state;
    int64_t user = make_user("a@test"), one = make_profile(user), two = make_profile(user);
    struct profile_s3 s3;
    bool active = false;
    OK(profile_s3_secret(db, arena, one, &s3, &active, &err));
    assert_true(active);
    assert_string_equal(s3.access_key, "access");
    assert_string_equal(s3.secret_key, "secret");
    assert_string_equal(s3.bucket, "b");
    assert_int_equal(sql_int("select count(*) from storage_profiles p where p::text like '%%secret%%' or p::text like "
                             "'%%access%%'"),
                     0);
    sql("update storage_profiles set secret_sealed = (select secret_sealed from storage_profiles where id = %lld) "
        "where id = %lld",
        (long long)one, (long long)two);
    FAILS(ERR_BUG, profile_s3_secret(db, arena, two, &s3, &active, &err)); /* a copied secret does not open */
    OK(profile_s3_secret(db, arena, two + 1, &s3, &active, &err));
    assert_null(s3.name);
}

static void test_torrents(void **state)
{
    (void)state;
    static const char v1[] = "0123456789ABCDEF0123456789ABCDEF01234567";
    static const char v2[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    static const struct torrent_file files[] = {{0, 0, "a", 5}, {1, 2, "dir/\"b\"\xc3\xa4", 0}};
    int64_t user = make_user("a@test"), stranger = make_user("b@test"), id, again;
    struct torrent_record r = {.user_id = user,
                               .name = "It's",
                               .info_hash_v1 = v1,
                               .info_hash_v2 = v2,
                               .total_size = 5,
                               .piece_length = 16384,
                               .piece_count = 1,
                               .is_private = true,
                               .trackers_json = "[\"udp://t:1\"]"};
    const unsigned char *data;
    struct torrent_record *found;
    struct torrent_file *list;
    size_t len;
    int n;
    OK(torrent_save(db, arena, &r, NULL, 0, NULL, 0, &id, &err)); /* only a magnet link */
    OK(torrent_metainfo(db, arena, id, &data, &len, &err));
    assert_null(data);
    OK(torrent_save(db, arena, &r, "d4:\0\xff", 5, files, 2, &again, &err)); /* and now the file */
    assert_int_equal(again, id);
    OK(torrent_metainfo(db, arena, id, &data, &len, &err));
    assert_true(len == 5 && !memcmp(data, "d4:\0\xff", 5));
    OK(torrent_save(db, arena, &r, "other", 5, files, 2, &again, &err)); /* the first one stays */
    OK(torrent_metainfo(db, arena, id, &data, &len, &err));
    assert_true(len == 5 && !memcmp(data, "d4:\0\xff", 5));
    OK(torrent_files(db, arena, id, &list, &n, &err));
    assert_int_equal(n, 2);
    assert_string_equal(list[1].path, "dir/\"b\"\xc3\xa4");
    assert_int_equal(list[1].engine_index, 2);

    struct torrent_record v1_only = r; /* a hybrid, known by one of its hashes */
    v1_only.info_hash_v2 = NULL;
    OK(torrent_save(db, arena, &v1_only, NULL, 0, NULL, 0, &again, &err));
    assert_int_equal(again, id);
    v1_only.user_id = stranger; /* everybody has rows of their own */
    OK(torrent_save(db, arena, &v1_only, NULL, 0, NULL, 0, &again, &err));
    assert_int_not_equal(again, id);
    OK(torrent_get(db, arena, stranger, id, &found, &err));
    assert_null(found);
    OK(torrent_get(db, arena, user, id, &found, &err));
    assert_true(found->is_private && !found->is_multi_file && found->piece_length == 16384);
    assert_string_equal(found->info_hash_v2, v2);
    assert_string_equal(found->trackers_json, "[\"udp://t:1\"]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_users),
        STORE_TEST(test_profiles),
        STORE_TEST(test_successors),
        STORE_TEST(test_changes),
        STORE_TEST(test_secrets_are_sealed_in_their_row),
        STORE_TEST(test_torrents),
    };
    return cmocka_run_group_tests(tests, stores_start, stores_stop);
}
