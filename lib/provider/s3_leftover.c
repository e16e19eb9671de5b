#include "provider/s3_leftover.h"

#include <string.h>

/* A create may take its time, and clocks may differ by what S3 tolerates. */
enum { NOT_FOUND = 404, TRIES = 2, BEFORE_S = 20 * 60, AFTER_S = 60 * 60 };

int s3_leftover_end(struct s3_api *api, struct arena *a, const char *key, const char *upload_id, bool *gone,
                    struct err *e)
{
    struct s3_part *parts;
    int n;
    *gone = false;
    for (int i = 0; i < TRIES; i++) {
        if (s3_api_abort(api, key, upload_id, e))
            return -1;
        /* It was not there to be aborted: completed. Swift goes on to list the parts of such a one. */
        *gone = s3_api_refusal(api)->status == NOT_FOUND;
        if (*gone)
            return 0;
        if (s3_api_list_parts(api, a, key, upload_id, &parts, &n, e) == 0)
            continue;
        *gone = e->class == ERR_NOT_FOUND || e->class == ERR_PERMANENT;
        return *gone ? 0 : -1;
    }
    return 0;
}

static bool is_lost(const struct s3_lost_upload *lost, const struct s3_upload *u)
{
    if (strcmp(u->key, lost->key) != 0)
        return false;
    if (u->initiated_s && (u->initiated_s < lost->created_s - BEFORE_S || u->initiated_s > lost->created_s + AFTER_S))
        return false;
    for (int i = 0; i < lost->known_count; i++)
        if (strcmp(u->upload_id, lost->known[i]) == 0)
            return false;
    return true;
}

int s3_leftover_end_lost(struct s3_api *api, struct arena *a, const struct s3_lost_upload *lost, bool *gone,
                         struct err *e)
{
    struct s3_upload *uploads;
    int n;
    bool all = true;
    if (s3_api_list_uploads(api, a, lost->key, &uploads, &n, e))
        return -1;
    for (int i = 0; i < n; i++) {
        if (!is_lost(lost, &uploads[i]))
            continue;
        if (s3_leftover_end(api, a, lost->key, uploads[i].upload_id, gone, e))
            return -1;
        all = all && *gone;
    }
    *gone = all;
    return 0;
}
