/*
 * What a Google account took in the last 24 hours. Google refuses more than 750 GB, whatever app or profile sends them,
 * so the account counts and not the profile. Bytes are added by file_done(), in the transaction that makes a file done;
 * they are kept by the hour, and an hour counts until its last minute is a day old.
 * https://support.google.com/a/answer/172541 and https://developers.google.com/workspace/drive/api/guides/limits
 */
#ifndef TC_STORE_DRIVE_USAGE_STORE_H
#define TC_STORE_DRIVE_USAGE_STORE_H

#include "net/db.h"

struct drive_day {
    int64_t sent;    /* bytes of the last 24 hours */
    int64_t running; /* sizes of the account's files that are under way in any job */
    int64_t free_at; /* µs: when so much is over that `sent` is at most what was asked for; 0: it is now */
};

/* drive_day_read(db, a, account, most, out, e): account is its e-mail, in any case. */
int drive_day_read(struct db *db, struct arena *a, const char *account, int64_t most, struct drive_day *out,
                   struct err *e);

/* drive_job_rest: bytes of the job's files that are not at the destination yet. */
int drive_job_rest(struct db *db, struct arena *a, int64_t job_id, int64_t *bytes, struct err *e);

/* drive_day_forget: hours that count no more, of all accounts. */
int drive_day_forget(struct db *db, struct arena *a, struct err *e);

/* drive_day_waited: does the job wait for its account's day, as far as its row tells. */
int drive_day_waited(struct db *db, struct arena *a, int64_t job_id, bool *waited, struct err *e);

#endif
