/* torrentclou-s3-worker: uploads to S3. The registry below is all that the pipeline knows of providers. */
#include "workers/s3/driver.h"
#include "workers/s3/janitor.h"
#include "workers/upload/janitor.h"
#include "workers/upload/upload.h"

static const struct upload_driver *const registry[] = {&s3_driver, NULL};

static void run(struct slot *s, struct db *db, struct arena *a)
{
    upload_dispatch(s, db, a, registry, (int)config_int(CFG_S3_LANES));
}

static const struct janitor janitor = {
    .provider = PROVIDER_S3,
    .service = "torreclou-s3-worker",
    .clean = s3_janitor_clean,
};

static void look(struct worker *w, struct arena *a)
{
    janitor_look(&janitor, w, a);
}

static void end(struct worker *w)
{
    (void)w;
    janitor_close();
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
    .janitor = look,
    .close = end,
};

int main(int argc, char **argv)
{
    return worker_main(&kind, argc, argv);
}
