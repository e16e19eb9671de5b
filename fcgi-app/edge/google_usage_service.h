/* How full a Google Drive destination is: the account's storage, and its 750 GB of the last 24 hours. */
#ifndef TC_EDGE_GOOGLE_USAGE_SERVICE_H
#define TC_EDGE_GOOGLE_USAGE_SERVICE_H

#include "base/arena.h"
#include "provider/gdrive_api.h"
#include "store/drive_usage_store.h"

struct services;

struct google_usage {
    bool known; /* Google told the account's storage: not of a shared drive, nor while it is away or needs a login */
    struct gdrive_room room;
    int64_t checked_at; /* µs */
    struct drive_day day;
    int64_t day_limit;
};

/*
 * google_usage_read(s, a, user_id, id, out, e): asks Google. ERR_NOT_FOUND ProfileNotFound; ERR_INPUT NotADriveProfile.
 * day.free_at: when the account takes something again, 0: it does now. Not within a transaction.
 */
int google_usage_read(struct services *s, struct arena *a, int64_t user_id, int64_t id, struct google_usage *out,
                      struct err *e);

#endif
