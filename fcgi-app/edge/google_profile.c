#include "fcgi-app/edge/google_profile.h"

#include "base/clock.h"
#include "fcgi-app/edge/google_account.h"
#include "fcgi-app/edge/google_folder.h"
#include "fcgi-app/services/context.h"
#include "provider/drive_probe.h"
#include "store/drive_store.h"

#include <strings.h>

struct probe {
    struct services *s;
    struct arena *a;
    struct drive_profile *profile;
    struct google_servers servers;
};

/* A new token each time: the stored one may outlive its grant by an hour, and would tell nothing. */
static int token(struct probe *p, struct err *e)
{
    return google_account_refresh(p->s, p->a, p->profile, e);
}

static int account(struct probe *p, struct err *e)
{
    const char *email;
    if (google_oauth_email(p->s->http, p->a, &p->servers, p->profile->tokens.access, &email, e))
        return -1;
    if (p->profile->email && strcasecmp(email, p->profile->email) != 0)
        return err_set(e, ERR_LOGIN, "OtherAccount", "The login is of another Google account (%s).", email);
    return 0;
}

static int write_file(struct probe *p, struct err *e)
{
    const struct drive_profile *d = p->profile;
    struct gdrive_folder_info folder;
    if (d->place.folder_id && google_folder_look(p->s, p->a, d->id, d->email, d->place.folder_id, &folder, e))
        return -1;
    return drive_probe_write(p->s->http, p->a, &p->servers, d->tokens.access, d->place.folder_id, e);
}

static const struct {
    const char *name;
    int (*run)(struct probe *p, struct err *e);
} steps[GOOGLE_PROFILE__MAX] = {
    [GOOGLE_PROFILE_TOKEN] = {"Token", token},
    [GOOGLE_PROFILE_ACCOUNT] = {"Account", account},
    [GOOGLE_PROFILE_WRITE] = {"Write", write_file},
};

int google_profile_test(struct services *s, struct arena *a, int64_t id, struct google_profile_result *out,
                        struct err *e)
{
    struct probe p = {.s = s, .a = a, .servers = google_account_servers()};
    *out = (struct google_profile_result){.success = true};
    if (drive_read(s->db, a, id, &p.profile, e))
        return -1;
    if (!p.profile)
        return err_set(e, ERR_NOT_FOUND, "ProfileNotFound", "Storage profile not found");
    for (int i = 0; i < GOOGLE_PROFILE__MAX; i++) {
        struct google_profile_step *step = &out->steps[i];
        int64_t start = clock_mono_ms();
        step->name = steps[i].name;
        if (!out->success) {
            err_set(&step->err, ERR_RULE, "NotTried", "Not tried, because an earlier step failed.");
            continue;
        }
        out->success = step->ok = steps[i].run(&p, &step->err) == 0;
        step->ms = clock_mono_ms() - start;
    }
    return 0;
}
