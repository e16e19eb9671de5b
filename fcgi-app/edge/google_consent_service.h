/*
 * A consent at Google, from the address that the browser is sent to until the profile that comes of it. Between the two
 * stands a state that is good once, for its user, for OAUTH_STATE_LIFE_S, and in the browser that began.
 */
#ifndef TC_EDGE_GOOGLE_CONSENT_SERVICE_H
#define TC_EDGE_GOOGLE_CONSENT_SERVICE_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct services;

/* What a consent begins with. Without a cookie (for programs, which ask for the address in a person's name) any browser
 * may finish it. */
struct google_consent {
    const char *url;    /* where to send the browser */
    const char *cookie; /* name of the browser's cookie … */
    const char *nonce;  /* … and its value; NULL: none was asked for */
    int64_t cookie_life_s;
};

struct google_connect_order {
    int64_t credential_id;
    const char *profile_name; /* "": the default one */
    bool set_default;
};

/* google_consent_connect: for a new profile, which is made by google_consent_finish(). ERR_NOT_FOUND
 * CredentialNotFound. */
int google_consent_connect(struct services *s, struct arena *a, int64_t user_id, const struct google_connect_order *o,
                           bool with_cookie, struct google_consent *out, struct err *e);

/* google_consent_reauthenticate: for a profile that must log in again. ERR_NOT_FOUND ProfileNotFound or
 * CredentialNotFound, ERR_INPUT InvalidProfile, ERR_RULE MissingCredentials. */
int google_consent_reauthenticate(struct services *s, struct arena *a, int64_t user_id, int64_t profile_id,
                                  bool with_cookie, struct google_consent *out, struct err *e);

/* google_consent_cookie(a, state): the name of the cookie that belongs to a state. */
const char *google_consent_cookie(struct arena *a, const char *state);

/* What Google's redirect brought; members are NULL when they are missing. */
struct google_callback {
    const char *code, *state, *error;
    const char *nonce; /* value of the state's cookie */
};

/*
 * google_consent_finish: the id of the profile that is now logged in. On failure e->code and e->msg are what the web
 * app is told (contract-api 1.9); what went wrong inside is logged.
 */
int google_consent_finish(struct services *s, struct arena *a, const struct google_callback *c, int64_t *profile_id,
                          struct err *e);

#endif
