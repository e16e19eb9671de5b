/* The folders of a job, each made once. */
#include "base/log.h"
#include "store/drive_folder_store.h"
#include "workers/gdrive/driver.h"

#include <string.h>

#define ROOT_NAME "torrents"

static int make(struct upload *u, const char *id, const char *name, const char *parent, const char *job, struct err *e)
{
    struct gdrive *g = u->state;
    const struct gdrive_new folder = {.id = id, .name = name, .parent = parent, .job = job};
    if (gdrive_api_folder(g->api, u->scratch, &folder, e) == 0)
        return 0;
    return e->class == ERR_CONFLICT ? 0 : -1; /* an earlier create whose answer was lost */
}

/* Is it there and not in the trash. 1, 0 or -1. */
static int usable(struct upload *u, const char *id, struct err *e)
{
    struct gdrive *g = u->state;
    struct gdrive_item item;
    if (gdrive_api_get(g->api, u->scratch, id, &item, e) == 0)
        return !item.trashed;
    return e->class == ERR_NOT_FOUND ? 0 : -1;
}

/* A person may have deleted the app's folder, or thrown it away: then there is a new one, and the job's folders too. */
int gdrive_root_ready(struct upload *u, struct err *e)
{
    const char *id, *fresh, *was;
    int there;
    if (drive_root(u->db, u->arena, u->claim->profile_id, NULL, NULL, &was, e))
        return -1;
    there = was ? usable(u, was, e) : 0;
    if (there < 0)
        return -1;
    if (there)
        return 0;
    if (was && drive_folders_forget(u->db, u->scratch, u->lease, e))
        return -1;
    if (gdrive_fresh_id(u, &fresh, e) || drive_root(u->db, u->arena, u->claim->profile_id, was, fresh, &id, e) ||
        make(u, id, ROOT_NAME, NULL, NULL, e))
        return -1;
    log_info("the folder of the app was made", kv_int("ProfileId", u->claim->profile_id));
    return 0;
}

/* One folder, whose parent exists. */
static int ensure(struct upload *u, const char *path, const char *name, const char *parent, const char **id,
                  struct err *e)
{
    struct drive_folder folder;
    const char *fresh, *job = arena_printf(u->scratch, "%lld", (long long)u->lease->job_id);
    if (drive_folder_find(u->db, u->arena, u->lease->job_id, path, &folder, e))
        return -1;
    if (!folder.id &&
        (gdrive_fresh_id(u, &fresh, e) || drive_folder_claim(u->db, u->arena, u->lease, path, fresh, &folder, e)))
        return -1;
    *id = folder.id;
    if (folder.created)
        return 0;
    return make(u, folder.id, name, parent, job, e) || drive_folder_made(u->db, u->scratch, u->lease, path, e) ? -1 : 0;
}

/* Paths are torrents/{jobId}/…; the first segment is the root's. */
int gdrive_parent(struct upload *u, const char *path, const char **id, struct err *e)
{
    struct gdrive *g = u->state;
    const char *end = strrchr(path, '/'), *parent;
    const char *folder = arena_strndup(u->arena, path, (size_t)(end - path));
    if (g->parent_path && !strcmp(g->parent_path, folder)) {
        *id = g->parent_id;
        return 0;
    }
    if (drive_root(u->db, u->arena, u->claim->profile_id, NULL, NULL, &parent, e))
        return -1;
    for (const char *at = strchr(path, '/'); at < end;) {
        const char *name = at + 1, *next = strchr(name, '/');
        if (ensure(u, arena_strndup(u->scratch, path, (size_t)(next - path)),
                   arena_strndup(u->scratch, name, (size_t)(next - name)), parent, &parent, e))
            return -1;
        at = next;
    }
    g->parent_path = folder;
    g->parent_id = *id = parent;
    return 0;
}
