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

/* The row comes first, with the id that the file will have. */
static int journal(struct upload *u, struct upload_file *f, struct err *e)
{
    struct gdrive_file *df = f->state;
    const char *id;
    struct upload_session s = {.profile_id = u->claim->profile_id,
                               .file_index = f->index,
                               .remote_key = f->key,
                               .part_size = f->size ? f->size : 1,
                               .part_count = 1};
    if (gdrive_fresh_id(u, &id, e) ||
        upload_session_create(u->db, u->scratch, u->lease, PROVIDER_GOOGLE_DRIVE, &s, e) ||
        upload_session_opened(u->db, u->scratch, u->lease, s.id, id, e))
        return -1;
    df->session = s.id;
    df->as.id = arena_strdup(f->arena, id);
    return 0;
}

static int start(struct upload *u, struct upload_file *f, struct err *e)
{
    struct gdrive *g = u->state;
    struct gdrive_file *df = f->state;
    df->uri = gdrive_api_session(g->api, f->arena, &df->as, f->size, e);
    gdrive_day_watch(g, g->api, u->scratch, df->uri ? 0 : -1, e);
    if (!df->uri) {
        if (e->class != ERR_CONFLICT)
            return -1;
        /* Everything had arrived, and the answer was lost together with the session. */
        err_clear(e);
        df->known = gdrive_api_get(g->api, u->scratch, df->as.id, &df->stored, e) == 0;
        make_pieces(f, f->size);
        return df->known ? 0 : -1;
    }
    make_pieces(f, 0);
    return upload_session_uri(u->db, u->scratch, u->lease, df->session, df->uri, e);
}

/* A session of an earlier try. */
static int go_on(struct upload *u, struct upload_file *f, struct err *e)
{
    struct gdrive *g = u->state;
    struct gdrive_file *df = f->state;
    struct gdrive_progress p;
    if (gdrive_api_stored(g->api, df->uri, f->size, &p, e)) {
        if (e->class != ERR_NOT_FOUND)
            return -1;
        log_info("Google Drive has forgotten an upload; it begins again", kv_str("Key", f->key));
        df->uri = NULL;
        return upload_session_uri(u->db, u->scratch, u->lease, df->session, NULL, e) || start(u, f, e) ? -1 : 0;
    }
    df->known = p.complete;
    df->stored = p.item;
    make_pieces(f, p.stored);
    log_info("upload resumed", kv_str("Key", f->key), kv_int("BytesKept", p.stored));
    return 0;
}

int gdrive_session_begin(struct upload *u, struct upload_file *f, struct err *e)
{
    struct gdrive_file *df = f->state;
    struct upload_session *s;
    if (upload_session_find(u->db, u->scratch, u->lease->job_id, f->index, &s, e))
        return -1;
    if (s && (s->state != SESSION_OPEN || strcmp(s->remote_key, f->key) != 0)) {
        /* Without an id nothing was made under it. */
        if (upload_session_closed(u->db, u->scratch, u->lease, s->id, SESSION_ABORTED, e))
            return -1;
        s = NULL;
    }
    if (s) {
        df->session = s->id;
        df->as.id = arena_strdup(f->arena, s->upload_id);
        df->uri = arena_strdup(f->arena, s->uri);
    } else if (gdrive_day_open(u, f, e) || journal(u, f, e)) {
        return -1;
    }
    if (df->small) {
        make_pieces(f, 0);
        return 0;
    }
    return df->uri ? go_on(u, f, e) : start(u, f, e);
}

int gdrive_session_drop(struct upload *u, struct upload_file *f, struct err *e)
{
    struct gdrive *g = u->state;
    struct gdrive_file *df = f->state;
    if (!df->session)
        return 0;
    if (slot_check(u->slot, u->db, u->scratch, e) || (df->uri && gdrive_api_cancel(g->api, df->uri, e)) ||
        upload_session_closed(u->db, u->scratch, u->lease, df->session, SESSION_ABORTED, e))
        return -1;
    df->session = 0;
    df->uri = NULL;
    return 0;
}
