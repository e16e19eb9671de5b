/* The connection test of a Google Drive profile: does what an upload will need, in steps. */
#ifndef TC_EDGE_GOOGLE_PROFILE_H
#define TC_EDGE_GOOGLE_PROFILE_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct services;

enum google_profile_name { GOOGLE_PROFILE_TOKEN, GOOGLE_PROFILE_ACCOUNT, GOOGLE_PROFILE_WRITE, GOOGLE_PROFILE__MAX };

struct google_profile_step {
    const char *name; /* "Token", "Account", "Write" */
    bool ok;
    int64_t ms;
    struct err err; /* of a failed step: err.msg is the sentence to show */
};

struct google_profile_result {
    struct google_profile_step steps[GOOGLE_PROFILE__MAX];
    bool success;
};

/*
 * google_profile_test(s, a, id, out, e): 0 and *out filled when the test could be run, whatever it found; a login that
 * Google refuses also marks the profile. The caller has found the profile to be the user's and active; ERR_NOT_FOUND
 * when it is no Drive profile. Not within a transaction: up to GOOGLE_TIMEOUT_MS for each of six calls.
 */
int google_profile_test(struct services *s, struct arena *a, int64_t id, struct google_profile_result *out,
                        struct err *e);

#endif
