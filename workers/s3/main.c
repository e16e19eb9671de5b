/* torrentclou-s3-worker: uploads to S3. The registry below is all that the pipeline knows of providers. */
#include "base/log.h"
#include "workers/s3/driver.h"
#include "workers/s3/janitor.h"
#include "workers/upload/upload.h"

static const struct upload_driver *const registry[] = {&s3_driver};

static void run(struct slot *s, struct db *db, struct arena *a)
{
    const struct claim *c = slot_claim(s);
    for (size_t i = 0; i < sizeof registry / sizeof registry[0]; i++)
        if (registry[i]->provider == c->provider) {
            upload_run(s, db, a, registry[i], (int)config_int(CFG_S3_LANES));
            return;
        }
    struct err e = ERR_INIT;
    err_set(&e, ERR_BUG, NULL, "This worker does not upload to %s.", provider_name(c->provider));
    slot_conclude(s, db, a, &e);
}

static const struct worker_kind kind = {
    .service = "torreclou-s3-worker",
    .queue = "s3",
    .phase = PHASE_UPLOAD,
    .program = FOR_S3,
    .has_provider = true,
    .provider = PROVIDER_S3,
    .per_volume = true,
    .run = run,
    .janitor = janitor_look,
    .close = janitor_close,
};

int main(int argc, char **argv)
{
    return worker_main(&kind, argc, argv);
}
