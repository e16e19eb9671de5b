/* The folders of a job, each made once: planned by the job's thread, made by the lane that first needs one. */
#include "base/encode.h"
#include "base/log.h"
#include "provider/gdrive_folder.h"
#include "store/drive_folder_store.h"
#include "workers/gdrive/driver.h"

#include <string.h>

#define ROOT_NAME "torrents"

enum { NAME_IN_PATH = 120 };

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

static bool is_below(const char *path, const char *top)
{
    size_t n = top ? strlen(top) : 0;
    return !top || (!strncmp(path, top, n) && (path[n] == '/' || !path[n]));
}

/* The folder of this path and all below it are gone; NULL: all. Lanes may still hold them, and will find them gone too.
 */
static int forget(struct upload *u, const char *path, struct err *e)
{
    struct gdrive *g = u->state;
    if (drive_folders_forget(u->db, u->scratch, u->lease, path, e))
        return -1;
    pthread_mutex_lock(&g->mutex);
    for (int n = 0; n < GDRIVE_FOLDER_BUCKETS; n++)
        for (struct gdrive_folder **link = &g->folders[n]; *link;) {
            struct gdrive_folder *f = *link;
            if (!is_below(f->path, path)) {
                link = &f->next;
                continue;
            }
            g->untold -= f->made && !f->told;
            f->told = true;
            *link = f->next;
        }
    pthread_mutex_unlock(&g->mutex);
    return 0;
}

static int make_root(struct upload *u, const char *was, struct err *e)
{
    struct gdrive *g = u->state;
    const char *id, *fresh;
    if (was && forget(u, NULL, e))
        return -1;
    if (gdrive_fresh_id(u, &fresh, e) || drive_root(u->db, u->arena, u->claim->profile_id, was, fresh, &id, e))
        return -1;
    const struct gdrive_new folder = {.id = id, .name = ROOT_NAME};
    if (create(g->api, u->scratch, &folder, e))
        return -1;
    log_info("the folder of the app was made", kv_int("ProfileId", u->claim->profile_id));
    g->root = id;
    g->root_seen = true;
    return 0;
}

/* A person may have deleted the app's folder, or thrown it away: then there is a new one, and the job's folders too.
 * The first job that notices makes it, the others find it in the profile. */
static int own_root(struct upload *u, struct err *e)
{
    struct gdrive *g = u->state;
    const char *was;
    if (drive_root(u->db, u->scratch, u->claim->profile_id, NULL, NULL, &was, e))
        return -1;
    bool moved = g->root && (!was || strcmp(g->root, was) != 0);
    if (moved && forget(u, NULL, e))
        return -1;
    if (g->root && !moved && g->root_seen)
        return 0;
    int there = was ? usable(u, was, e) : 0;
    if (there < 0)
        return -1;
    if (!there)
        return make_root(u, was, e);
    g->root = arena_strdup(u->arena, was);
    g->root_seen = true;
    return 0;
}

/* The folder that the profile names is a person's: nothing takes its place. */
static int named_root(struct upload *u, const struct drive_place *place, struct err *e)
{
    struct gdrive *g = u->state;
    struct gdrive_folder_info info;
    if (g->root && g->root_seen)
        return 0;
    if (gdrive_folder_ask(g->api, u->scratch, place->folder_id, &info, e))
        return e->class == ERR_NOT_FOUND
                   ? err_set(e, ERR_PERMANENT, "FolderGone",
                             "The folder \"%s\" at Google Drive is not there any more, or %s may not see it. Choose "
                             "another one for the storage, then try again.",
                             place->folder_name, g->email)
                   : -1;
    if (info.trashed || !info.can_add)
        return err_set(e, ERR_PERMANENT, "FolderRefused",
                       info.trashed
                           ? "The folder \"%s\" at Google Drive is in the trash. Take it out, or choose another "
                             "one for the storage, then try again."
                           : "The Google account may no longer add files to the folder \"%s\".",
                       place->folder_name);
    g->root = place->folder_id;
    g->root_seen = true;
    return 0;
}

int gdrive_root_ready(struct upload *u, struct err *e)
{
    const struct gdrive *g = u->state;
    const struct drive_place *place = account_place(g->account);
    return place->folder_id ? named_root(u, place, e) : own_root(u, e);
}

/* A folder's name may be anything; in a path it is one segment, and not a long one. */
const char *gdrive_root_name(struct upload *u, struct arena *a)
{
    const struct gdrive *g = u->state;
    const struct drive_place *place = account_place(g->account);
    if (!place->folder_id || !place->folder_name || !*place->folder_name)
        return ROOT_NAME;
    char *name = arena_strndup(a, place->folder_name, NAME_IN_PATH);
    for (char *p = name; *p; p++)
        if (*p == '/' || (unsigned char)*p < ' ')
            *p = '_';
    utf8_scrub(name); /* of a letter that was cut */
    return name;
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
                                .parent_id = parent ? parent->id : g->root,
                                .made = row.created,
                                .told = row.created};
    f->name = strrchr(f->path, '/') + 1;
    *list = f;
    return f;
}

/* Paths are {root}/{jobId}/…: the first segment is made by nobody here. */
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

/* The topmost of the folders down to f that should be there and is not; *gone NULL: all are. */
static int find_gone(struct upload *u, struct gdrive_folder *f, struct gdrive_folder **gone, struct err *e)
{
    struct gdrive *g = u->state;
    if (f->parent && (find_gone(u, f->parent, gone, e) || *gone))
        return *gone ? 0 : -1;
    pthread_mutex_lock(&g->mutex);
    bool made = f->made;
    pthread_mutex_unlock(&g->mutex);
    int there = made ? usable(u, f->id, e) : 1;
    if (!there)
        *gone = f;
    return there < 0 ? -1 : 0;
}

int gdrive_folder_look(struct upload *u, const char *path, struct gdrive_folder **out, struct err *e)
{
    struct gdrive_folder *gone = NULL;
    if (gdrive_folder_plan(u, path, out, e) || (*out && find_gone(u, *out, &gone, e)))
        return -1;
    if (!gone)
        return 0;
    log_info("a folder at Google Drive is gone; it is made again", kv_str("Path", gone->path));
    return forget(u, gone->path, e) || gdrive_folder_plan(u, path, out, e) ? -1 : 0;
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
    g->untold += made && !f->told; /* one that was forgotten meanwhile is not to be told */
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
                                      .parent = f->parent_id,
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
