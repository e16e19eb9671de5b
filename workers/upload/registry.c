#include "workers/upload/upload.h"

void upload_dispatch(struct slot *s, struct db *db, struct arena *a, const struct upload_driver *const *registry,
                     int lanes)
{
    const struct claim *c = slot_claim(s);
    struct err e = ERR_INIT;
    for (; *registry; registry++)
        if ((*registry)->provider == c->provider) {
            upload_run(s, db, a, *registry, lanes);
            return;
        }
    err_set(&e, ERR_PERMANENT, "ProviderNotSupported", "This release does not upload to %s yet.",
            provider_name(c->provider));
    slot_conclude(s, db, a, &e);
}
