/*
 * The files of Google Drive, call by call. No policy: no retries, no choice of sizes; that is workers/upload and
 * workers/gdrive. Blocking; a handle belongs to one thread.
 *
 * Ids are made before the files (generateIds), so that a create whose answer was lost can be repeated: it answers
 * ERR_CONFLICT DriveFileExists, and gdrive_api_get() tells what is there.
 *
 * Errors: those of net/http.h for the transport and those of provider/google_error.h for a refusal; ERR_REMOTE
 * InvalidResponse when a success cannot be used. No sentence holds a token or a session's address.
 * https://developers.google.com/workspace/drive/api/reference/rest/v3/files
 * https://developers.google.com/workspace/drive/api/guides/manage-uploads
 * https://developers.google.com/workspace/drive/api/guides/enable-shareddrives
 */
#ifndef TC_PROVIDER_GDRIVE_API_H
#define TC_PROVIDER_GDRIVE_API_H

#include "base/arena.h"
#include "net/http.h"

enum { GDRIVE_ID_MAX = 128, GDRIVE_BLOCK = 256 * 1024 }; /* a chunk that is not the last is a multiple of it */

struct gdrive_target {
    const char *api_url; /* https://www.googleapis.com */
    int timeout_ms;      /* of calls without content */
    int stall_ms;        /* of content: no byte for this long */
};

/*
 * gdrive_token(arg, refused, out, e): the access token for the next call, at most GDRIVE_TOKEN_SIZE with its NUL;
 * `refused` is NULL, or the one that Google has just refused: then it must be another. From several threads when the
 * owner has several handles.
 */
enum { GDRIVE_TOKEN_SIZE = 4096 };
typedef int gdrive_token(void *arg, const char *refused, char *out, struct err *e);

/* gdrive_api_new(t, token, arg): t and its strings must outlive it. A call whose token is refused is repeated with
 * another, but for gdrive_api_send(): that one fails with ERR_REMOTE TokenExpired, because part of it may have been
 * stored. */
struct gdrive_api;
struct gdrive_api *gdrive_api_new(const struct gdrive_target *t, gdrive_token *token, void *arg);
void gdrive_api_free(struct gdrive_api *g);

/* gdrive_api_on_stop(g, stop, arg): asked during every later call (net/http.h). */
void gdrive_api_on_stop(struct gdrive_api *g, bool (*stop)(void *arg), void *arg);

/* gdrive_api_paced(g, p, project, user): every later call waits until it has its quota units (gdrive_pacer.h), or until
 * it is stopped. The pacer and the texts must outlive the handle. */
struct gdrive_pacer;
void gdrive_api_paced(struct gdrive_api *g, struct gdrive_pacer *p, const char *project, const char *user);

/* A file to be made. */
struct gdrive_new {
    const char *id, *name;
    const char *parent;              /* NULL: the top of My Drive */
    const char *job, *file, *sha256; /* appProperties tcJob, tcFile, tcSha256; NULL members are left out */
};

/* What Drive says of a file. Digests are "" when it does not tell: of folders, and of a few files for a while. */
struct gdrive_item {
    char id[GDRIVE_ID_MAX + 1];
    int64_t size; /* -1: not told */
    char md5[33], sha256[65];
    bool trashed;
};

/* gdrive_api_ids(g, a, count, out, e): `count` fresh ids, 1 … 1000. */
int gdrive_api_ids(struct gdrive_api *g, struct arena *a, int count, const char ***out, struct err *e);

/* The account's storage, bytes. */
struct gdrive_room {
    int64_t limit, used; /* limit -1: there is none */
};

/* gdrive_api_room(g, a, out, e): ask for it. A shared drive's is not told by any call. */
int gdrive_api_room(struct gdrive_api *g, struct arena *a, struct gdrive_room *out, struct err *e);

/* gdrive_api_folder(g, a, f, e): make a folder. */
int gdrive_api_folder(struct gdrive_api *g, struct arena *a, const struct gdrive_new *f, struct err *e);

/* gdrive_api_put(g, a, f, fd, size, out, e): a whole small file in one request (uploadType=multipart), read from `fd`
 * while it is sent (`size` 0: fd is not used). */
int gdrive_api_put(struct gdrive_api *g, struct arena *a, const struct gdrive_new *f, int fd, int64_t size,
                   struct gdrive_item *out, struct err *e);

/* gdrive_api_get(g, a, id, out, e); ERR_NOT_FOUND. gdrive_api_delete: one that is gone already is a success. */
int gdrive_api_get(struct gdrive_api *g, struct arena *a, const char *id, struct gdrive_item *out, struct err *e);
int gdrive_api_delete(struct gdrive_api *g, struct arena *a, const char *id, struct err *e);

/*
 * Resumable uploads. gdrive_api_session(g, a, f, size, e): begin one: its address, which is a secret like a token: who
 * has it may write the file. It lives for a week.
 */
const char *gdrive_api_session(struct gdrive_api *g, struct arena *a, const struct gdrive_new *f, int64_t size,
                               struct err *e);

/* How far a session is. */
struct gdrive_progress {
    bool complete;
    int64_t stored;          /* bytes from the start; the upload goes on here */
    struct gdrive_item item; /* when complete */
};

/* gdrive_api_stored(g, session, size, out, e): ask. ERR_NOT_FOUND SessionGone: it has ended without a file. */
int gdrive_api_stored(struct gdrive_api *g, const char *session, int64_t size, struct gdrive_progress *out,
                      struct err *e);

/* gdrive_api_send(g, session, size, fd, offset, length, sent, out, e): `length` bytes of `fd` from `offset` on, of
 * `size` in all. `sent` follows the bytes (NULL: nobody asks). After a failure only gdrive_api_stored() knows what
 * arrived. */
int gdrive_api_send(struct gdrive_api *g, const char *session, int64_t size, int fd, int64_t offset, int64_t length,
                    int64_t *sent, struct gdrive_progress *out, struct err *e);

/* gdrive_api_cancel(g, session, e): end it and what it has stored; one that is gone already is a success. */
int gdrive_api_cancel(struct gdrive_api *g, const char *session, struct err *e);

#endif
