/* torrentclou-gdrive-worker: uploads to Google Drive. The registry below is all that the pipeline knows of providers.
 */
#include "base/log.h"
#include "store/drive_usage_store.h"
#include "workers/gdrive/driver.h"
#include "workers/gdrive/janitor.h"
#include "workers/upload/janitor.h"
#include "workers/upload/upload.h"

static const struct upload_driver *const registry[] = {&gdrive_driver, NULL};

static void run(struct slot *s, struct db *db, struct arena *a)
{
    upload_dispatch(s, db, a, registry, (int)config_int(CFG_GDRIVE_LANES));
}

static const struct janitor janitor = {
    .provider = PROVIDER_GOOGLE_DRIVE,
    .service = "torreclou-googledrive-worker",
    .clean = gdrive_janitor_clean,
};

static void look(struct worker *w, struct arena *a)
{
    struct err e = ERR_INIT;
    janitor_look(&janitor, w, a);
    if (drive_day_forget(worker_db(w), a, &e))
        log_debug("old hours were not forgotten; next time", kv_err(&e));
}

static void end(struct worker *w)
{
    (void)w;
    janitor_close();
    account_pacer_close();
}

static int begin(struct worker *w, struct err *e)
{
    (void)w;
    (void)e;
    account_pacer_open();
    return 0;
}

int main(int argc, char **argv)
{
    static const struct worker_kind kind = {
        .service = "torreclou-googledrive-worker",
        .queue = "googledrive",
        .phase = PHASE_UPLOAD,
        .program = FOR_GDRIVE,
        .has_provider = true,
        .provider = PROVIDER_GOOGLE_DRIVE,
        .per_volume = true,
        .open = begin,
        .run = run,
        .janitor = look,
        .close = end,
    };
    return worker_main(&kind, argc, argv);
}
