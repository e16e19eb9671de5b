/*
 * The S3 driver. Small files: one PutObject. Larger ones: a multipart upload whose row is in upload_sessions before it
 * is created and until the file is done, and whose parts are in upload_parts as soon as they are acknowledged. After a
 * crash the server's list of parts is the truth; what it does not hold is sent again. A lost answer is settled by
 * looking at the object: our metadata on it tells whether it is ours. Nothing else is overwritten: where the server
 * honours "If-None-Match: *" it is asked to, elsewhere it is looked before each PutObject (of small files that begin
 * together, once for all: group.h) and each Complete.
 *
 * verified_by, from strong to weak:
 *   etag-md5        PutObject: the object's ETag is the md5 of the file
 *   etag-multipart  the object's ETag is the md5 of all parts' md5s
 *   part-etags      the server's ETag of every part is its md5, and size and metadata of the object are ours
 *   content-md5     the server accepted the Content-MD5 (and over HTTP the signed sha256) of all bytes, and likewise
 */
#ifndef TC_WORKERS_S3_DRIVER_H
#define TC_WORKERS_S3_DRIVER_H

#include "store/upload_store.h"
#include "workers/s3/drop.h"
#include "workers/upload/driver.h"

extern const struct upload_driver s3_driver;

/* The driver's state of a job. */
struct driver {
    struct dest dest;
    struct s3_api *api;       /* of the job's own thread */
    atomic_bool may_not_list; /* the keys' rights end there */
    atomic_bool own_formula;  /* seen: its multipart ETags are not AWS' although they look like it */
};

struct s3_lane {
    struct upload *upload;
    struct s3_api *api;
    struct arena *scratch; /* for one call */
};

/* What begin() is to do about a multipart upload. */
enum session_todo {
    SESSION_CREATE,
    SESSION_RESUME, /* settle what an earlier run left */
    SESSION_DROP,   /* abort it */
    SESSION_REFUSE, /* delete the object that was made of it */
    SESSION_FORGET  /* nothing: it is gone */
};

/* The driver's state of a file. */
struct driver_file {
    bool multipart;
    bool tried;          /* a PutObject was sent: it may be stored */
    bool clear;          /* seen: there is nothing under the key, and nothing was sent since that might be */
    bool ours;           /* seen: what is under the key is this file of this job, and may be replaced */
    struct group *group; /* that it may be looked for with; NULL: alone */
    struct s3_owner owner;
    struct s3_etag etag; /* of a PutObject */
    bool refused;        /* the object is not what was sent: it must go */
    int mismatches;
    /* Of a multipart upload: */
    enum session_todo todo;
    struct s3_plan plan;
    int64_t session;             /* 0: none */
    bool asked;                  /* the server was asked to create it */
    bool spent;                  /* the server wants another upload for the file */
    bool gone;                   /* the upload that was dropped is proven to be gone */
    const char *upload_id;       /* in the file's arena, as are the following */
    struct drop drop;            /* of one without an id */
    struct upload_part *journal; /* of an earlier run */
    int journalled;
    int *lost, lost_count; /* numbers of journalled parts that the server does not hold */
};

/* session.c, session_finish.c: the journalled multipart upload of a file, in the steps of workers/upload/driver.h.
 * session_begin may find the whole object: f->verified_by. */
int session_plan(struct upload *u, struct upload_file *f, struct err *e);
int session_begin(struct s3_lane *l, struct upload_file *f, struct err *e);
int session_begun(struct upload *u, struct upload_file *f, struct err *e);
int session_finish(struct s3_lane *l, struct upload_file *f, struct err *e);
/* session_verify(l, f, etag, e): the object is complete under this ETag: compare it with the parts. 0 with
 * f->verified_by, or -1. */
int session_verify(struct s3_lane *l, struct upload_file *f, const struct s3_etag *etag, struct err *e);
/* session_drop(u, f, e): on the job's thread: abort it at the server, and close its row or leave it to the janitor. */
int session_drop(struct upload *u, struct upload_file *f, struct err *e);

/* driver_look(l, f, o, e): HEAD. 1: the object under our key is this file of this job, by size and metadata; 0: there
 * is none; -1: not known, or another's: ERR_PERMANENT "ObjectExists", because nothing is overwritten. */
int driver_look(struct s3_lane *l, const struct upload_file *f, struct s3_object *o, struct err *e);

#endif
