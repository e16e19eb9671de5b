/* torrentclou-gdrive-worker: the common frame. Its registry is empty until the Drive driver is written: until then a
 * job of a Drive profile fails at its upload, with a sentence that says so. */
#include "workers/upload/upload.h"

static const struct upload_driver *const registry[] = {NULL};

static void run(struct slot *s, struct db *db, struct arena *a)
{
    upload_dispatch(s, db, a, registry, 1);
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
        .run = run,
    };
    return worker_main(&kind, argc, argv);
}
