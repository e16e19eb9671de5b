#include "workers/gdrive/driver.h"

#include "base/log.h"
#include "store/drive_usage_store.h"
#include "store/upload_store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { IDS_FIRST = 100, IDS_LATER = 1000, CUTS_BEFORE_CHUNKS = 2, STANDSTILLS_MAX = 2 };

/* The job's own thread moves also while a call takes long. */
static bool alive_and_stop(void *arg)
{
    struct upload *u = arg;
    slot_alive(u->slot);
    return upload_should_stop(u);
}

struct gdrive_target gdrive_target_now(void)
{
    return (struct gdrive_target){.api_url = config_str(CFG_GOOGLE_API_URL),
                                  .timeout_ms = (int)config_int(CFG_GOOGLE_TIMEOUT_MS),
                                  .stall_ms = (int)config_int(CFG_GDRIVE_STALL_MS)};
}

static int gdrive_connect(struct upload *u, struct err *e)
{
    struct gdrive *g = ARENA_NEW(u->arena, struct gdrive);
    u->state = g;
    pthread_mutex_init(&g->mutex, NULL);
    pthread_cond_init(&g->folder_changed, NULL);
    g->target = gdrive_target_now();
    g->account = account_open(u->db, u->arena, u->claim->profile_id, e);
    if (!g->account)
        return -1;
    g->email = account_email(g->account);
    g->api = account_api(g->account, &g->target);
    gdrive_api_on_stop(g->api, alive_and_stop, u);
    return drive_day_waited(u->db, u->scratch, u->lease->job_id, &g->day_waited, e);
}

static void gdrive_disconnect(struct upload *u)
{
    struct gdrive *g = u->state;
    if (!g)
        return;
    if (g->account)
        account_store(g->account, u->db, u->scratch);
    gdrive_api_free(g->api);
    account_close(g->account);
    pthread_cond_destroy(&g->folder_changed);
    pthread_mutex_destroy(&g->mutex);
}

static const char *gdrive_endpoint(struct upload *u)
{
    const struct gdrive *g = u->state;
    return account_email(g->account);
}

static const char *gdrive_key(struct upload *u, struct arena *a, const char *remote_path)
{
    return arena_printf(a, "%s/%lld/%s", gdrive_root_name(u, a), (long long)u->lease->job_id, remote_path);
}

int gdrive_fresh_id(struct upload *u, const char **id, struct err *e)
{
    struct gdrive *g = u->state;
    if (!g->id_count) {
        int count = g->ids_asked ? IDS_LATER : IDS_FIRST;
        if (gdrive_api_ids(g->api, u->arena, count, &g->ids, e))
            return -1;
        g->id_count = count;
        g->ids_asked++;
    }
    *id = g->ids[--g->id_count];
    return 0;
}

static void *lane_open(struct upload *u)
{
    struct gdrive *g = u->state;
    struct gdrive_lane *l = MEM_NEW(struct gdrive_lane);
    l->upload = u;
    l->arena = arena_new(0);
    l->api = account_api(g->account, &g->target);
    gdrive_api_on_stop(l->api, upload_should_stop, u);
    return l;
}

static void lane_close(void *lane)
{
    struct gdrive_lane *l = lane;
    gdrive_api_free(l->api);
    arena_free(l->arena);
    mem_free(l);
}

/* Plan and begin */

static void prepare(struct upload *u, struct upload_file *f)
{
    struct gdrive_file *df = ARENA_NEW(f->arena, struct gdrive_file);
    df->as = (struct gdrive_new){.name = strrchr(f->key, '/') + 1,
                                 .job = arena_printf(f->arena, "%lld", (long long)u->lease->job_id),
                                 .file = arena_printf(f->arena, "%d", f->index),
                                 .sha256 = f->sha256};
    df->small = f->size <= config_int(CFG_GDRIVE_SMALL_BYTES);
    f->state = df;
}

static bool any_lost(struct upload_file *const *files, int n)
{
    for (int i = 0; i < n; i++)
        if (files[i]->state && ((const struct gdrive_file *)files[i]->state)->lost)
            return true;
    return false;
}

/* Once a run, and whenever one was missed, Drive is asked for the folders that should be there. */
static int find_folder(struct upload *u, struct upload_file *f, bool look, struct err *e)
{
    struct gdrive_file *df = f->state;
    if (look ? gdrive_folder_look(u, f->key, &df->folder, e) : gdrive_folder_plan(u, f->key, &df->folder, e))
        return -1;
    df->as.parent = df->folder->id;
    df->lost = false;
    return 0;
}

static int gdrive_plan(struct upload *u, struct upload_file *const *files, int n, struct err *e)
{
    struct gdrive *g = u->state;
    bool first = !g->root;
    if (any_lost(files, n))
        g->root_seen = false;
    /* Not by connect: what fails here is tried again within the attempt. */
    if ((first && gdrive_has_room(u, e)) || gdrive_root_ready(u, e))
        return -1;
    for (int i = 0; i < n; i++) {
        if (!files[i]->state)
            prepare(u, files[i]);
        const struct gdrive_file *df = files[i]->state;
        if (find_folder(u, files[i], df->lost || (first && i == 0), e))
            return -1;
    }
    return gdrive_session_plan(u, files, n, e);
}

/* A lane was told that something is not there: mostly it is a session, sometimes the folder. */
static int note_loss(struct upload_file *f, int rc, const struct err *e)
{
    struct gdrive_file *df = f->state;
    df->lost |= rc && e->class == ERR_NOT_FOUND;
    return rc;
}

static int gdrive_begin(void *lane, struct upload_file *f, struct err *e)
{
    struct gdrive_lane *l = lane;
    arena_reset(l->arena);
    return note_loss(f, gdrive_session_begin(l, f, e), e);
}

/* The end of a file */

/* What is there is not what was sent: it goes, and the file begins again under a new id, once. */
static int refuse(struct upload_file *f, struct err *e)
{
    struct gdrive_file *df = f->state;
    df->refused = true;
    return err_set(e, df->mismatches++ ? ERR_PERMANENT : ERR_CONFLICT, "ChecksumMismatch",
                   "Google Drive stored other bytes than were sent.");
}

/* What Drive says of the file is this file: verified_by. When it does not tell: 0 without. */
static int compare(struct upload_file *f, struct err *e)
{
    const struct gdrive_file *df = f->state;
    const struct gdrive_item *item = &df->stored;
    const char *theirs = *item->sha256 ? item->sha256 : item->md5, *ours = *item->sha256 ? f->sha256 : f->md5;
    if ((item->size >= 0 && item->size != f->size) || (*theirs && strcasecmp(theirs, ours) != 0))
        return refuse(f, e);
    if (!*theirs)
        return 0;
    f->remote_id = df->as.id;
    f->verified_by = *item->sha256 ? "sha256" : "md5";
    return 0;
}

/* Sending, on a lane */

static int send_small(struct gdrive_lane *l, struct upload_file *f, struct upload_piece *p, struct err *e)
{
    struct gdrive_file *df = f->state;
    if (gdrive_folder_make(l, df->folder, e))
        return -1;
    int rc = gdrive_api_put(l->api, l->arena, &df->as, f->fd, f->size, &df->stored, e);
    gdrive_day_watch(l->upload->state, l->api, l->arena, rc, e);
    if (rc && e->class == ERR_CONFLICT) { /* an earlier try has arrived, its answer has not */
        err_clear(e);
        rc = gdrive_api_get(l->api, l->arena, df->as.id, &df->stored, e);
    }
    df->known = rc == 0;
    __atomic_store_n(&p->sent, p->length, __ATOMIC_RELAXED);
    return rc ? -1 : compare(f, e);
}

/* One request takes all the rest, unless requests have been cut short before. */
static int64_t next_length(const struct upload_piece *p, int64_t rest)
{
    int64_t chunk = config_int(CFG_GDRIVE_CHUNK_BYTES) / GDRIVE_BLOCK * GDRIVE_BLOCK;
    return p->tries >= CUTS_BEFORE_CHUNKS && chunk < rest ? chunk : rest;
}

/* The upload goes on there: the bytes before are Drive's, whatever becomes of the next request. */
static void acknowledged(struct upload_piece *p, int64_t stored)
{
    __atomic_store_n(&p->sent, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&p->acknowledged, stored > p->offset ? stored - p->offset : 0, __ATOMIC_RELAXED);
}

static int send_rest(struct gdrive_lane *l, struct upload_file *f, struct upload_piece *p, struct err *e)
{
    struct gdrive_file *df = f->state;
    struct gdrive_progress now = {.stored = p->offset};
    int standstills = 0;
    if (p->tries && gdrive_api_stored(l->api, df->uri, f->size, &now, e))
        return -1;
    while (!now.complete) {
        int64_t from = now.stored;
        acknowledged(p, from);
        if (gdrive_api_send(l->api, df->uri, f->size, f->fd, from, next_length(p, f->size - from), &p->sent, &now, e))
            return -1;
        if (!now.complete && now.stored <= from && ++standstills > STANDSTILLS_MAX)
            return err_set(e, ERR_REMOTE, "NothingStored", "Google Drive takes the bytes, but does not store them.");
    }
    df->stored = now.item;
    df->known = true;
    return 0;
}

static int gdrive_send(void *lane, struct upload_file *f, struct upload_piece *p, struct err *e)
{
    const struct gdrive_file *df = f->state;
    struct gdrive_lane *l = lane;
    arena_reset(l->arena);
    return note_loss(f, df->small ? send_small(l, f, p, e) : send_rest(l, f, p, e), e);
}

static int gdrive_finish(void *lane, struct upload_file *f, struct err *e)
{
    struct gdrive_file *df = f->state;
    struct gdrive_lane *l = lane;
    arena_reset(l->arena);
    if (df->known && (compare(f, e) || f->verified_by))
        return f->verified_by ? 0 : -1;
    /* The answer was lost, or Drive had not computed its digests yet. */
    if (gdrive_api_get(l->api, l->arena, df->as.id, &df->stored, e) || compare(f, e))
        return -1;
    if (!f->verified_by)
        return err_set(e, ERR_REMOTE, "NoChecksum", "Google Drive does not tell the checksum of the file yet.");
    return 0;
}

static int gdrive_closed(struct upload *u, struct upload_file *const *files, int n, struct err *e)
{
    int64_t *rows = ARENA_ARRAY(u->scratch, (size_t)n, int64_t);
    for (int i = 0; i < n; i++)
        rows[i] = ((const struct gdrive_file *)files[i]->state)->session;
    if (gdrive_folders_told(u, e))
        return -1;
    return upload_sessions_closed(u->db, u->scratch, u->lease, rows, n, SESSION_COMPLETED, e);
}

static void gdrive_give_up(struct upload *u, struct upload_file *f)
{
    struct err e = ERR_INIT;
    if (f->state && gdrive_session_drop(u, f, &e))
        log_warn("an upload was not ended at Google Drive; the janitor will", kv_str("Key", f->key), kv_err(&e));
}

const struct upload_driver gdrive_driver = {
    .provider = PROVIDER_GOOGLE_DRIVE,
    .features = UPLOAD_IN_ORDER,
    .connect = gdrive_connect,
    .disconnect = gdrive_disconnect,
    .endpoint = gdrive_endpoint,
    .key = gdrive_key,
    .lane_open = lane_open,
    .lane_close = lane_close,
    .plan = gdrive_plan,
    .begin = gdrive_begin,
    .begun = gdrive_session_begun,
    .send = gdrive_send,
    .finish = gdrive_finish,
    .closed = gdrive_closed,
    .give_up = gdrive_give_up,
};
