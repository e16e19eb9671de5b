/* store/oauth_store and drive_store: against a real PostgreSQL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "net/seal.h"
#include "store/drive_store.h"
#include "store/oauth_store.h"
#include "store/profile_store.h"
#include "stores.h"

static int64_t make_credential(int64_t user, const char *client_id)
{
    int64_t id = 0;
    const struct oauth_credential c = {
        .name = "client", .client_id = client_id, .client_secret = "the secret", .redirect_uri = "http://h/cb"};
    OK(oauth_credential_save(db, arena, user, &c, &id, &err));
    return id;
}

static struct drive_profile drive(int64_t user, int64_t credential, const char *email)
{
    return (struct drive_profile){.user_id = user,
                                  .credential_id = credential,
                                  .name = "Drive",
                                  .email = email,
                                  .tokens = {"refresh-1", "access-1", 1700000000}};
}

static int64_t make_drive(int64_t user, int64_t credential, const char *email)
{
    const struct drive_profile p = drive(user, credential, email);
    int64_t id = 0;
    OK(drive_create(db, arena, &p, false, &id, &err));
    return id;
}

static void credentials(void **state)
{
    (void)state;
    int64_t user = make_user("a@test"), stranger = make_user("b@test");
    int64_t one = make_credential(user, "one"), two = make_credential(user, "two"),
            foreign = make_credential(stranger, "one");
    struct oauth_credential *list, *c;
    int n;
    bool found, busy;
    assert_true(one != two && one != foreign);
    OK(oauth_credential_list(db, arena, user, &list, &n, &err));
    assert_true(n == 2 && list[0].id == one && list[1].id == two && !list[0].in_use && !list[0].client_secret);
    const struct oauth_credential again = {
        .name = "new", .client_id = "one", .client_secret = "other secret", .redirect_uri = "http://new"};
    int64_t same = 0;
    OK(oauth_credential_save(db, arena, user, &again, &same, &err));
    assert_int_equal(same, one);
    OK(oauth_credential_secret(db, arena, one, &c, &err));
    assert_string_equal(c->client_secret, "other secret");
    assert_string_equal(c->name, "new");
    OK(oauth_credential_secret(db, arena, foreign, &c, &err));
    assert_string_equal(c->client_secret, "the secret");
    OK(oauth_credential_get(db, arena, user, foreign, &c, &err));
    assert_null(c);
    assert_int_equal(sql_int("select count(*) from oauth_credentials c where c::text like '%%secret%%'"), 0);

    const struct oauth_credential nothing = {0}, secret = {.client_secret = "third"};
    OK(oauth_credential_change(db, arena, user, foreign, &secret, &found, &err));
    assert_false(found);
    OK(oauth_credential_change(db, arena, user, one, &nothing, &found, &err));
    assert_true(found);
    OK(oauth_credential_change(db, arena, user, one, &secret, &found, &err));
    OK(oauth_credential_secret(db, arena, one, &c, &err));
    assert_string_equal(c->client_secret, "third");
    assert_string_equal(c->redirect_uri, "http://new");

    int64_t profile = make_drive(user, one, "ada@x");
    OK(oauth_credential_get(db, arena, user, one, &c, &err));
    assert_true(c->in_use);
    OK(oauth_credential_delete(db, arena, user, one, &found, &busy, &err));
    assert_true(found && busy);
    OK(oauth_credential_delete(db, arena, user, foreign, &found, &busy, &err));
    assert_true(!found && !busy);
    OK(profile_deactivate(db, arena, user, profile, &busy, &err));
    OK(oauth_credential_delete(db, arena, user, one, &found, &busy, &err));
    assert_true(found && !busy);
    assert_string_equal(
        sql_text("select oauth_credential_id::text from storage_profiles where id = %lld", (long long)profile), "-");
}

static void states_are_taken_once(void **state)
{
    (void)state;
    int64_t user = make_user("a@test"), credential = make_credential(user, "one");
    struct oauth_state *s;
    const struct oauth_state begun = {.user_id = user,
                                      .credential_id = credential,
                                      .profile_name = "Work",
                                      .set_default = true,
                                      .verifier = "the verifier",
                                      .nonce_hash = "n"};
    OK(oauth_state_add(db, arena, "hash", &begun, 600, &err));
    FAILS(ERR_CONFLICT, oauth_state_add(db, arena, "hash", &begun, 600, &err));
    assert_int_equal(sql_int("select count(*) from oauth_states s where s::text like '%%the verifier%%'"), 0);
    assert_int_equal(sql_int("select extract(epoch from expires_at - created_at)::int from oauth_states"), 600);
    OK(oauth_state_take(db, arena, "other", &s, &err));
    assert_null(s);
    OK(oauth_state_take(db, arena, "hash", &s, &err));
    assert_true(s->user_id == user && s->credential_id == credential && s->profile_id == 0 && s->set_default &&
                !s->expired);
    assert_string_equal(s->verifier, "the verifier");
    assert_string_equal(s->nonce_hash, "n");
    assert_string_equal(s->profile_name, "Work");
    OK(oauth_state_take(db, arena, "hash", &s, &err));
    assert_null(s);
}

static void states_outlive_what_they_are_for(void **state)
{
    (void)state;
    int64_t user = make_user("a@test"), credential = make_credential(user, "one");
    struct oauth_state begun = {.user_id = user, .credential_id = credential, .profile_name = "x", .verifier = "v"}, *s;
    OK(oauth_state_add(db, arena, "late", &begun, 600, &err));
    OK(oauth_state_add(db, arena, "old", &begun, 600, &err));
    sql("update oauth_states set expires_at = now() - interval '1 second' where state_hash = 'late'");
    sql("update oauth_states set expires_at = now() - interval '2 hours' where state_hash = 'old'");
    OK(oauth_state_add(db, arena, "third", &begun, 600, &err)); /* sweeps */
    OK(oauth_state_take(db, arena, "old", &s, &err));
    assert_null(s);
    OK(oauth_state_take(db, arena, "late", &s, &err));
    assert_true(s->expired);
    sql("delete from users where id = %lld", (long long)user);
    OK(oauth_state_take(db, arena, "third", &s, &err));
    assert_true(s && s->user_id == 0 && s->credential_id == 0);
}

static void a_profile_and_its_tokens(void **state)
{
    (void)state;
    int64_t user = make_user("a@test"), credential = make_credential(user, "one");
    struct drive_profile *p, *stale;
    struct profile *seen;
    int64_t id = make_drive(user, credential, "ada@x");
    assert_int_equal(sql_int("select count(*) from storage_profiles p where p::text ~ 'refresh-1|access-1'"), 0);
    OK(profile_get(db, arena, user, id, &seen, &err));
    assert_true(seen->is_configured && seen->is_default && seen->credential_id == credential);
    assert_string_equal(seen->credential_name, "client");
    OK(drive_read(db, arena, id, &p, &err));
    assert_true(p->user_id == user && p->is_active && p->tokens.expires_s == 1700000000);
    assert_string_equal(p->tokens.refresh, "refresh-1");

    OK(drive_read(db, arena, id, &stale, &err));
    p->tokens.access = "access-2";
    OK(drive_keep(db, arena, p, &err));
    OK(drive_read(db, arena, id, &p, &err));
    assert_string_equal(p->tokens.access, "access-2");
    assert_string_equal(p->tokens.refresh, "refresh-1");
    OK(drive_refused(db, arena, stale, &err)); /* about tokens that are no longer the profile's */
    stale->tokens.access = "access-0";
    OK(drive_keep(db, arena, stale, &err));
    OK(drive_read(db, arena, id, &p, &err));
    assert_string_equal(p->tokens.access, "access-2");
    assert_false(p->needs_reauth);
    OK(drive_refused(db, arena, p, &err));
    OK(drive_read(db, arena, id, &p, &err));
    assert_true(p->needs_reauth);

    struct drive_profile next = *p;
    next.email = "bob@x";
    next.tokens = (struct drive_tokens){"refresh-3", "access-3", 5};
    OK(drive_renew(db, arena, &next, &err));
    OK(drive_read(db, arena, id, &p, &err));
    assert_false(p->needs_reauth);
    assert_string_equal(p->email, "bob@x");
    assert_string_equal(p->tokens.refresh, "refresh-3");
    next.user_id = make_user("b@test");
    FAILS(ERR_NOT_FOUND, drive_renew(db, arena, &next, &err));

    bool busy;
    OK(drive_forget(db, arena, id, &err)); /* not while it is active */
    OK(drive_read(db, arena, id, &p, &err));
    assert_non_null(p->tokens.refresh);
    OK(profile_deactivate(db, arena, user, id, &busy, &err));
    next.user_id = user;
    FAILS(ERR_NOT_FOUND, drive_renew(db, arena, &next, &err));
    OK(drive_forget(db, arena, id, &err));
    OK(drive_read(db, arena, id, &p, &err));
    assert_true(!p->is_active && !p->tokens.refresh && !p->tokens.access);
    OK(profile_get(db, arena, user, id, &seen, &err));
    assert_false(seen->is_configured);
    OK(drive_read(db, arena, make_profile(user), &p, &err)); /* S3 */
    assert_null(p);
}

static void one_profile_for_each_account(void **state)
{
    (void)state;
    int64_t user = make_user("a@test"), stranger = make_user("b@test"), id;
    int64_t credential = make_credential(user, "one"), theirs = make_credential(stranger, "one");
    int64_t ada = make_drive(user, credential, "ada@x"), bob = make_drive(user, credential, "bob@x");
    struct drive_profile p = drive(user, credential, "ADA@x");
    bool busy, shared;
    FAILS(ERR_CONFLICT, drive_create(db, arena, &p, true, &id, &err));
    assert_string_equal(err.code, "DuplicateEmail");
    assert_string_equal(err.msg, "This Google account (ADA@x) is already connected to another profile.");
    assert_int_equal(sql_int("select id from storage_profiles where is_default"), ada); /* undone with the rest */
    p.id = bob;
    FAILS(ERR_CONFLICT, drive_renew(db, arena, &p, &err));
    assert_string_equal(err.code, "DuplicateEmail");
    OK(drive_grant_shared(db, arena, ada, &shared, &err));
    assert_false(shared);
    int64_t other = make_drive(stranger, theirs, "Ada@X");
    OK(drive_grant_shared(db, arena, ada, &shared, &err));
    assert_true(shared);
    OK(drive_grant_shared(db, arena, bob, &shared, &err));
    assert_false(shared);
    OK(profile_deactivate(db, arena, stranger, other, &busy, &err));
    OK(drive_grant_shared(db, arena, ada, &shared, &err));
    assert_false(shared);
    OK(profile_deactivate(db, arena, user, ada, &busy, &err));
    OK(drive_create(db, arena, &p, true, &id, &err));
    assert_int_equal(sql_int("select id from storage_profiles where user_id = %lld and is_default", (long long)user),
                     id);
    p.email = "eve@x";
    p.credential_id = credential + 1000;
    FAILS(ERR_NOT_FOUND, drive_create(db, arena, &p, false, &id, &err));
    assert_string_equal(err.code, "CredentialNotFound");
    p.user_id = stranger + 1000;
    FAILS(ERR_NOT_FOUND, drive_create(db, arena, &p, false, &id, &err));
    assert_string_equal(err.code, "UserNotFound");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(credentials),
        STORE_TEST(states_are_taken_once),
        STORE_TEST(states_outlive_what_they_are_for),
        STORE_TEST(a_profile_and_its_tokens),
        STORE_TEST(one_profile_for_each_account),
    };
    return cmocka_run_group_tests(tests, stores_start, stores_stop);
}
