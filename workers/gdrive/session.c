/* The journal of a file's upload, and its resumable session. */
#include "base/log.h"
#include "store/upload_store.h"
#include "workers/gdrive/driver.h"

#include <string.h>

/* From `stored` on it is to be sent; what is before counts as done. */
static void make_pieces(struct upload_file *f, int64_t stored)
{
    f->pieces = ARENA_ARRAY(f->arena, 2, struct upload_piece);
    f->piece_count = 0;
    if (stored > 0)
        f->pieces[f->piece_count++] = (struct upload_piece){.number = 1, .length = stored, .state = PIECE_DONE};
    f->pieces[f->piece_count] =
        (struct upload_piece){.number = f->piece_count + 1, .offset = stored, .length = f->size - stored};
    if (stored < f->size || f->size == 0)
        f->piece_count++;
}

/* Plan */

static void take_over(struct upload_file *f, const struct upload_session *s)
{
    struct gdrive_file *df = f->state;
    df->session = s->id;
    df->as.id = arena_strdup(f->arena, s->upload_id);
    df->uri = arena_strdup(f->arena, s->uri);
}

/* What the journal has of the files; of these, the ones that it has nothing of go to `fresh`. */
static int look_up(struct upload *u, struct upload_file *const *files, int n, struct upload_file **fresh, int *count,
                   struct err *e)
{
    struct upload_session **found = ARENA_ARRAY(u->scratch, (size_t)n, struct upload_session *);
    int *index = ARENA_ARRAY(u->scratch, (size_t)n, int);
    for (int i = 0; i < n; i++)
        index[i] = files[i]->index;
    if (upload_sessions_find(u->db, u->scratch, u->lease->job_id, index, n, found, e))
        return -1;
    *count = 0;
    for (int i = 0; i < n; i++) {
        const struct upload_session *s = found[i];
        if (s && s->state == SESSION_OPEN && strcmp(s->remote_key, files[i]->key) == 0) {
            take_over(files[i], s);
            continue;
        }
        /* Without an id nothing was made under it. */
        if (s && upload_session_closed(u->db, u->scratch, u->lease, s->id, SESSION_ABORTED, e))
            return -1;
        fresh[(*count)++] = files[i];
    }
    return 0;
}

/* Which of the files may begin today; the others wait (f->alone). The usual case, that all may, costs one look. */
static int today(struct upload *u, struct upload_file **files, int *n, struct err *e)
{
    struct upload_file all = {.path = "everything"};
    int64_t before = 0;
    int count = 0;
    for (int i = 0; i < *n; i++)
        all.size += files[i]->size;
    if (*n > 1 && all.size < config_int(CFG_GDRIVE_DAY_BYTES) && gdrive_day_open(u, &all, 0, e) == 0)
        return 0;
    for (int i = 0; i < *n; i++) {
        if (gdrive_day_open(u, files[i], before, e) == 0) {
            before += files[i]->size;
            files[count++] = files[i];
        } else if (e->class == ERR_LIMIT) {
            files[i]->alone = *e;
        } else {
            return -1;
        }
    }
    *n = count;
    return 0;
}

/* The rows come first, with the ids that the files will have. */
static int announce(struct upload *u, struct upload_file *const *files, int n, struct err *e)
{
    struct upload_session *rows = ARENA_ARRAY(u->scratch, (size_t)n, struct upload_session);
    for (int i = 0; i < n; i++) {
        const char *id;
        if (gdrive_fresh_id(u, &id, e))
            return -1;
        rows[i] = (struct upload_session){.profile_id = u->claim->profile_id,
                                          .file_index = files[i]->index,
                                          .remote_key = files[i]->key,
                                          .upload_id = id,
                                          .part_size = files[i]->size ? files[i]->size : 1,
                                          .part_count = 1};
    }
    if (n && upload_sessions_open(u->db, u->scratch, u->lease, PROVIDER_GOOGLE_DRIVE, rows, n, e))
        return -1;
    for (int i = 0; i < n; i++)
        take_over(files[i], &rows[i]);
    return 0;
}

int gdrive_session_plan(struct upload *u, struct upload_file *const *files, int n, struct err *e)
{
    struct upload_file **fresh = ARENA_ARRAY(u->scratch, (size_t)n, struct upload_file *);
    int count;
    if (look_up(u, files, n, fresh, &count, e) || today(u, fresh, &count, e) || announce(u, fresh, count, e))
        return -1;
    for (int i = 0; i < n; i++) {
        const struct gdrive_file *df = files[i]->state;
        if (df->refused && slot_check(u->slot, u->db, u->scratch, e))
            return -1;
        if (df->small && !df->refused)
            make_pieces(files[i], 0);
    }
    return 0;
}

/* Begin */

static int start(struct gdrive_lane *l, struct upload_file *f, struct err *e)
{
    struct gdrive_file *df = f->state;
    df->new_uri = true;
    df->uri = gdrive_api_session(l->api, f->arena, &df->as, f->size, e);
    gdrive_day_watch(l->upload->state, l->api, l->arena, df->uri ? 0 : -1, e);
    if (df->uri) {
        make_pieces(f, 0);
        return 0;
    }
    if (e->class != ERR_CONFLICT)
        return -1;
    /* Everything had arrived, and the answer was lost together with the session. */
    err_clear(e);
    df->known = gdrive_api_get(l->api, l->arena, df->as.id, &df->stored, e) == 0;
    if (df->known)
        make_pieces(f, f->size);
    return df->known ? 0 : -1;
}

/* A session of an earlier try. */
static int go_on(struct gdrive_lane *l, struct upload_file *f, struct err *e)
{
    struct gdrive_file *df = f->state;
    struct gdrive_progress p;
    if (gdrive_api_stored(l->api, df->uri, f->size, &p, e)) {
        if (e->class != ERR_NOT_FOUND)
            return -1;
        log_info("Google Drive has forgotten an upload; it begins again", kv_str("Key", f->key));
        return start(l, f, e);
    }
    df->known = p.complete;
    df->stored = p.item;
    make_pieces(f, p.stored);
    log_info("upload resumed", kv_str("Key", f->key), kv_int("BytesKept", p.stored));
    return 0;
}

int gdrive_session_begin(struct gdrive_lane *l, struct upload_file *f, struct err *e)
{
    struct gdrive_file *df = f->state;
    df->known = df->new_uri = false;
    if (df->refused)
        return gdrive_api_delete(l->api, l->arena, df->as.id, e);
    if (gdrive_folder_make(l, df->folder, e))
        return -1;
    return df->uri ? go_on(l, f, e) : start(l, f, e);
}

static int forget(struct upload *u, struct upload_file *f, struct err *e)
{
    struct gdrive_file *df = f->state;
    if (upload_session_closed(u->db, u->scratch, u->lease, df->session, SESSION_ABORTED, e))
        return -1;
    df->session = 0;
    df->uri = NULL;
    df->refused = false;
    return 0;
}

int gdrive_session_begun(struct upload *u, struct upload_file *f, struct err *e)
{
    const struct gdrive_file *df = f->state;
    if (df->refused)
        return forget(u, f, e);
    if (gdrive_folders_told(u, e))
        return -1;
    return df->new_uri ? upload_session_uri(u->db, u->scratch, u->lease, df->session, df->uri, e) : 0;
}

int gdrive_session_drop(struct upload *u, struct upload_file *f, struct err *e)
{
    struct gdrive *g = u->state;
    const struct gdrive_file *df = f->state;
    if (!df->session)
        return 0;
    if (slot_check(u->slot, u->db, u->scratch, e) ||
        (df->refused && gdrive_api_delete(g->api, u->scratch, df->as.id, e)) ||
        (!df->refused && df->uri && gdrive_api_cancel(g->api, df->uri, e)))
        return -1;
    return forget(u, f, e);
}
