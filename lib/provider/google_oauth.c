#include "provider/google_oauth.h"

#include "base/encode.h"
#include "base/fault.h"
#include "net/digest.h"
#include "net/json.h"
#include "provider/google_error.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { MAX_ANSWER = 64 * 1024, MAX_EMAIL = 254, MAX_TOKEN = 4096, MAX_LIFE_S = 30 * 86400 };

/* "name=value" pairs of a query or a form. */
static void add_pair(struct buf *b, char before, const char *name, const char *value)
{
    if (before)
        buf_addc(b, before);
    buf_addf(b, "%s=", name);
    encode_percent(b, value, strlen(value), "");
}

const char *google_oauth_challenge(struct arena *a, const char *verifier)
{
    struct digest_sum sum;
    digest_memory(DIGEST_SHA256, verifier, strlen(verifier), &sum);
    size_t size = sodium_base64_encoded_len(sizeof sum.sha256, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return sodium_bin2base64(arena_alloc(a, size), size, sum.sha256, sizeof sum.sha256,
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static const char *scope_of(const struct google_servers *servers)
{
    return servers->scope ? servers->scope : GOOGLE_SCOPE_FILE;
}

const char *google_oauth_url(struct arena *a, const struct google_servers *servers, const struct google_client *client,
                             const char *state, const char *challenge, const char *login_hint)
{
    struct buf b = BUF_INIT(BUF_MAX_URL);
    buf_adds(&b, servers->oauth_url);
    add_pair(&b, strchr(servers->oauth_url, '?') ? '&' : '?', "client_id", client->id);
    add_pair(&b, '&', "redirect_uri", client->redirect_uri);
    add_pair(&b, '&', "response_type", "code");
    add_pair(&b, '&', "scope", scope_of(servers));
    add_pair(&b, '&', "state", state);
    add_pair(&b, '&', "code_challenge", challenge);
    add_pair(&b, '&', "code_challenge_method", "S256");
    add_pair(&b, '&', "access_type", "offline"); /* with a refresh token … */
    add_pair(&b, '&', "prompt", "consent");      /* … also when the account has consented before */
    if (login_hint)
        add_pair(&b, '&', "login_hint", login_hint);
    const char *url = arena_strdup(a, buf_str(&b));
    buf_free(&b);
    return url;
}

/* Is the word one of the text's, between blanks. */
static bool has_word(const char *text, const char *word)
{
    size_t n = strlen(word);
    for (; text && *text; text += strcspn(text, " ")) {
        text += strspn(text, " ");
        if (strcspn(text, " ") == n && !strncmp(text, word, n))
            return true;
    }
    return false;
}

/* A token that can stand in a header, else NULL. */
static const char *token(struct arena *a, const struct json *v)
{
    const char *s = json_str(v);
    size_t n = s ? strlen(s) : 0;
    if (n == 0 || n > MAX_TOKEN)
        return NULL;
    for (const char *p = s; *p; p++)
        if (*p <= ' ' || *p >= 0x7f)
            return NULL;
    return arena_strdup(a, s);
}

int google_oauth_read_tokens(struct arena *a, const char *text, size_t n, const char *wanted, struct google_tokens *out,
                             struct err *e)
{
    *out = (struct google_tokens){0};
    struct json *root = json_parse(text, n, NULL);
    if (json_kind(root) != JSON_KIND_OBJECT) {
        json_free(root);
        return err_set(e, ERR_REMOTE, "InvalidTokenResponse", "Google's token answer is no JSON object.");
    }
    const char *scope = json_str(json_get(root, "scope"));
    out->access = token(a, json_get(root, "access_token"));
    out->refresh = token(a, json_get(root, "refresh_token"));
    if (!json_int(json_get(root, "expires_in"), &out->expires_s) || out->expires_s < 0 || out->expires_s > MAX_LIFE_S)
        out->expires_s = 0;
    /* RFC 6749, 5.1: an answer without scope grants what was asked for. */
    out->scope_granted = !scope || has_word(scope, wanted);
    json_free(root);
    if (!out->access)
        return err_set(e, ERR_REMOTE, "MissingAccessToken", "Google's token answer has no usable access token.");
    return 0;
}

/* The refusal of a token or revocation endpoint: {"error":"invalid_grant","error_description":…} (RFC 6749, 5.2). */
static int refused(const struct http_response *res, struct err *e)
{
    char error[48] = "", why[200] = "";
    struct json *root = res->body.len ? json_parse(res->body.data, res->body.len, NULL) : NULL;
    const char *s = json_str(json_get(root, "error")), *d = json_str(json_get(root, "error_description"));
    snprintf(error, sizeof error, "%s", s ? s : "");
    snprintf(why, sizeof why, "%s", d ? d : "no reason given");
    json_free(root);
    if (strspn(error, "abcdefghijklmnopqrstuvwxyz_") != strlen(error))
        error[0] = '\0';
    if (res->status == 429)
        return err_set(e, ERR_THROTTLED, "RateLimited", "Google asks to slow down.");
    if (res->status >= 500)
        return err_set(e, ERR_REMOTE, "GoogleFailed", "Google's token server answered %d.", res->status);
    if (!strcmp(error, "invalid_grant"))
        return err_set(e, ERR_LOGIN, error, "Google no longer accepts this login (%s).", why);
    return err_set(e, ERR_PERMANENT, *error ? error : "GoogleRefused", "Google refused the request (%d %s: %s).",
                   res->status, error, why);
}

static int post_form(struct http *h, const struct google_servers *servers, const char *url, const struct buf *form,
                     struct http_response *res, struct err *e)
{
    static const struct http_header headers[] = {{"Content-Type", "application/x-www-form-urlencoded"},
                                                 {"Accept", "application/json"}};
    if (!buf_ok(form))
        return err_set(e, ERR_INPUT, "RequestTooLong", "The client, code or token is too long to be sent.");
    return http_perform(h,
                        &(struct http_request){.method = "POST",
                                               .url = url,
                                               .headers = headers,
                                               .header_count = 2,
                                               .body = buf_str(form),
                                               .body_len = form->len,
                                               .max_response = MAX_ANSWER,
                                               .connect_timeout_ms = servers->timeout_ms,
                                               .timeout_ms = servers->timeout_ms},
                        res, e);
}

/* Post the form, which is freed, and read tokens from the answer. */
static int ask_tokens(struct http *h, struct arena *a, const struct google_servers *servers, struct buf *form,
                      struct google_tokens *out, struct err *e)
{
    struct http_response res;
    int rc = post_form(h, servers, servers->token_url, form, &res, e);
    buf_free(form);
    if (rc)
        return -1;
    if (res.status < 200 || res.status > 299)
        rc = refused(&res, e);
    else
        rc = google_oauth_read_tokens(a, buf_str(&res.body), res.body.len, scope_of(servers), out, e);
    http_response_free(&res);
    return rc;
}

static struct buf form_of(const char *grant_type, const struct google_client *client)
{
    struct buf form = BUF_INIT(MAX_ANSWER);
    add_pair(&form, '\0', "grant_type", grant_type);
    add_pair(&form, '&', "client_id", client->id);
    add_pair(&form, '&', "client_secret", client->secret);
    return form;
}

int google_oauth_exchange(struct http *h, struct arena *a, const struct google_servers *servers,
                          const struct google_client *client, const char *code, const char *verifier,
                          struct google_tokens *out, struct err *e)
{
    struct buf form = form_of("authorization_code", client);
    add_pair(&form, '&', "code", code);
    add_pair(&form, '&', "code_verifier", verifier);
    add_pair(&form, '&', "redirect_uri", client->redirect_uri);
    return ask_tokens(h, a, servers, &form, out, e);
}

int google_oauth_refresh(struct http *h, struct arena *a, const struct google_servers *servers,
                         const struct google_client *client, const char *refresh_token, struct google_tokens *out,
                         struct err *e)
{
    struct buf form = form_of("refresh_token", client);
    add_pair(&form, '&', "refresh_token", refresh_token);
    FAULT("drive.token.before");
    return FAULT_AFTER("drive.token.after", ask_tokens(h, a, servers, &form, out, e));
}

int google_oauth_revoke(struct http *h, const struct google_servers *servers, const char *token, struct err *e)
{
    struct buf form = BUF_INIT(MAX_ANSWER);
    struct http_response res;
    add_pair(&form, '\0', "token", token);
    int rc = post_form(h, servers, servers->revoke_url, &form, &res, e);
    buf_free(&form);
    if (rc)
        return -1;
    struct err why = ERR_INIT;
    if (res.status < 200 || res.status > 299)
        rc = refused(&res, &why);
    http_response_free(&res);
    if (rc && strcmp(why.code, "invalid_token") == 0) /* gone already (RFC 7009, 2.2 would have it 200) */
        return 0;
    if (rc && e)
        *e = why;
    return rc;
}

int google_oauth_email(struct http *h, struct arena *a, const struct google_servers *servers, const char *access_token,
                       const char **email, struct err *e)
{
    const struct http_header headers[] = {
        {"Authorization", arena_printf(a, "Bearer %s", access_token)},
        {"Accept", "application/json"},
    };
    struct http_response res;
    *email = NULL;
    if (http_perform(h,
                     &(struct http_request){
                         .method = "GET",
                         .url = arena_printf(a, "%s/drive/v3/about?fields=user/emailAddress", servers->api_url),
                         .headers = headers,
                         .header_count = 2,
                         .max_response = MAX_ANSWER,
                         .connect_timeout_ms = servers->timeout_ms,
                         .timeout_ms = servers->timeout_ms},
                     &res, e))
        return -1;
    int rc = 0;
    if (res.status != 200) {
        rc = google_error_fill(&res, e);
    } else {
        struct json *root = json_parse(buf_str(&res.body), res.body.len, NULL);
        const char *found = json_str(json_get(json_get(root, "user"), "emailAddress"));
        size_t n = found ? strlen(found) : 0;
        if (n >= 3 && n <= MAX_EMAIL && strchr(found, '@'))
            *email = arena_strdup(a, found);
        json_free(root);
    }
    http_response_free(&res);
    if (rc == 0 && !*email)
        rc = err_set(e, ERR_REMOTE, "InvalidAccount", "Google did not tell the e-mail address of the account.");
    return rc;
}
