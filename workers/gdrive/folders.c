/* The folders of a job, each made once: planned by the job's thread, made by the lane that first needs one. */
#include "base/log.h"
#include "store/drive_folder_store.h"
#include "workers/gdrive/driver.h"

#include <string.h>

#define ROOT_NAME "torrents"

static int create(struct gdrive_api *api, struct arena *scratch, const struct gdrive_new *folder, struct err *e)
{
    if (gdrive_api_folder(api, scratch, folder, e) == 0)
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

static int make_root(struct upload *u, const char *was, struct err *e)
{
    struct gdrive *g = u->state;
    const char *id, *fresh;
    if (was && drive_folders_forget(u->db, u->scratch, u->lease, e))
        return -1;
    if (gdrive_fresh_id(u, &fresh, e) || drive_root(u->db, u->arena, u->claim->profile_id, was, fresh, &id, e))
        return -1;
    const struct gdrive_new folder = {.id = id, .name = ROOT_NAME};
    if (create(g->api, u->scratch, &folder, e))
        return -1;
    log_info("the folder of the app was made", kv_int("ProfileId", u->claim->profile_id));
    g->root = id;
    return 0;
}

/* A person may have deleted the app's folder, or thrown it away: then there is a new one, and the job's folders too. */
int gdrive_root_ready(struct upload *u, struct err *e)
{
    struct gdrive *g = u->state;
    const char *was;
    if (g->root)
        return 0;
    if (drive_root(u->db, u->arena, u->claim->profile_id, NULL, NULL, &was, e))
        return -1;
    int there = was ? usable(u, was, e) : 0;
    if (there < 0)
        return -1;
    if (!there)
        return make_root(u, was, e);
    g->root = was;
    return 0;
}

static struct gdrive_folder **bucket(struct gdrive *g, const char *path)
{
    unsigned hash = 5381;
    for (; *path; path++)
        hash = hash * 33 + (unsigned char)*path;
    return &g->folders[hash % GDRIVE_FOLDER_BUCKETS];
}

/* One folder, whose parent is planned. */
static struct gdrive_folder *plan_one(struct upload *u, const char *path, struct gdrive_folder *parent, struct err *e)
{
    struct gdrive *g = u->state;
    struct gdrive_folder **list = bucket(g, path), *f = *list;
    struct drive_folder row;
    const char *fresh;
    while (f && strcmp(f->path, path) != 0)
        f = f->next;
    if (f)
        return f;
    if (drive_folder_find(u->db, u->arena, u->lease->job_id, path, &row, e) ||
        (!row.id &&
         (gdrive_fresh_id(u, &fresh, e) || drive_folder_claim(u->db, u->arena, u->lease, path, fresh, &row, e))))
        return NULL;
    f = ARENA_NEW(u->arena, struct gdrive_folder);
    *f = (struct gdrive_folder){.next = *list,
                                .parent = parent,
                                .path = arena_strdup(u->arena, path),
                                .id = row.id,
                                .made = row.created,
                                .told = row.created};
    f->name = strrchr(f->path, '/') + 1;
    *list = f;
    return f;
}

/* Paths are torrents/{jobId}/…; the first segment is the root's. */
int gdrive_folder_plan(struct upload *u, const char *path, struct gdrive_folder **out, struct err *e)
{
    const char *end = strrchr(path, '/');
    struct gdrive_folder *f = NULL;
    for (const char *at = strchr(path, '/'); at < end;) {
        at = strchr(at + 1, '/');
        f = plan_one(u, arena_strndup(u->scratch, path, (size_t)(at - path)), f, e);
        if (!f)
            return -1;
    }
    *out = f;
    return 0;
}

/* True when this lane is to make it. */
static bool take(struct gdrive *g, struct gdrive_folder *f)
{
    pthread_mutex_lock(&g->mutex);
    while (f->making) /* by a call that has a deadline, and that a stop cuts */
        pthread_cond_wait(&g->folder_changed, &g->mutex);
    f->making = !f->made;
    bool mine = f->making;
    pthread_mutex_unlock(&g->mutex);
    return mine;
}

static void give(struct gdrive *g, struct gdrive_folder *f, bool made)
{
    pthread_mutex_lock(&g->mutex);
    f->making = false;
    f->made = made;
    g->untold += made;
    pthread_cond_broadcast(&g->folder_changed);
    pthread_mutex_unlock(&g->mutex);
}

int gdrive_folder_make(struct gdrive_lane *l, struct gdrive_folder *f, struct err *e)
{
    struct gdrive *g = l->upload->state;
    if (f->parent && gdrive_folder_make(l, f->parent, e))
        return -1;
    if (!take(g, f))
        return 0;
    const struct gdrive_new folder = {.id = f->id,
                                      .name = f->name,
                                      .parent = f->parent ? f->parent->id : g->root,
                                      .job = arena_printf(l->arena, "%lld", (long long)l->upload->lease->job_id)};
    int rc = create(l->api, l->arena, &folder, e);
    give(g, f, rc == 0);
    return rc;
}

static bool is_news(struct gdrive *g, struct gdrive_folder *f)
{
    pthread_mutex_lock(&g->mutex);
    bool news = f->made && !f->told;
    pthread_mutex_unlock(&g->mutex);
    return news;
}

static void tell(struct gdrive *g, struct gdrive_folder *f)
{
    pthread_mutex_lock(&g->mutex);
    f->told = true;
    g->untold--;
    pthread_mutex_unlock(&g->mutex);
}

int gdrive_folders_told(struct upload *u, struct err *e)
{
    struct gdrive *g = u->state;
    pthread_mutex_lock(&g->mutex);
    bool any = g->untold > 0;
    pthread_mutex_unlock(&g->mutex);
    for (int n = 0; any && n < GDRIVE_FOLDER_BUCKETS; n++)
        for (struct gdrive_folder *f = g->folders[n]; f; f = f->next) {
            if (!is_news(g, f))
                continue;
            if (drive_folder_made(u->db, u->scratch, u->lease, f->path, e))
                return -1;
            tell(g, f);
        }
    return 0;
}
