#include "workers/gdrive/janitor.h"

#include "base/log.h"
#include "base/signals.h"
#include "workers/gdrive/driver.h"

static bool stopping(void *unused)
{
    (void)unused;
    return signals_stopping();
}

/* A session that has ended by itself, by its completion too, is a success. */
static int cancel(struct db *db, struct arena *a, const struct upload_session *s, struct err *e)
{
    struct gdrive_target target = gdrive_target_now();
    struct account *account = account_open(db, a, s->profile_id, e);
    if (!account)
        return -1;
    struct gdrive_api *api = account_api(account, &target);
    gdrive_api_on_stop(api, stopping, NULL);
    int rc = gdrive_api_cancel(api, s->uri, e);
    gdrive_api_free(api);
    account_store(account, db, a);
    account_close(account);
    return rc;
}

int gdrive_janitor_clean(struct db *db, struct arena *a, const struct upload_session *s, struct err *e)
{
    enum session_cleaned how = s->uri ? CLEANED_ABORTED : CLEANED_NOTHING; /* a small file comes in one request */
    if (s->uri && cancel(db, a, s, e)) {
        if (e->class != ERR_PERMANENT && e->class != ERR_LOGIN)
            return -1;
        how = CLEANED_LEFT; /* no right to it any more; Google forgets it within a week */
        log_warn("an upload at Google Drive is left to expire", kv_str("Key", s->remote_key), kv_err(e));
    }
    return upload_session_cleaned(db, a, s, how, e);
}
