/*
 * The Google account of a job's destination, and its access token, which the job's thread and all lanes share: whoever
 * finds it old (four fifths of its life are over) or refused gets a new one, the others wait for that one: the lanes at
 * a mutex, other jobs and other processes at the profile's lock (drive_lock).
 */
#ifndef TC_WORKERS_GDRIVE_ACCOUNT_H
#define TC_WORKERS_GDRIVE_ACCOUNT_H

#include "net/db.h"
#include "provider/gdrive_api.h"
#include "store/profile_store.h"

struct account;

/* account_open(db, a, profile_id, e): NULL with ERR_LOGIN when a person must log in (again), ERR_PERMANENT when the
 * profile is gone or inactive. `a` must outlive the account. */
struct account *account_open(struct db *db, struct arena *a, int64_t profile_id, struct err *e);

/* account_pacer_open(): before the first account: Google's quota units as configured, for all accounts of the process
 * and, through Redis, of all processes. account_pacer_close(): after the last. */
void account_pacer_open(void);
void account_pacer_close(void);

/* account_api(acc, t): a handle that calls with the account's token, within its quota. Both must outlive it. */
struct gdrive_api *account_api(struct account *acc, const struct gdrive_target *t);

/* account_email(acc): whose it is. account_place(acc): where in its Drive uploads go. */
const char *account_email(const struct account *acc);
const struct drive_place *account_place(const struct account *acc);

/* account_token: a gdrive_token; arg is the account. From any thread. */
int account_token(void *arg, const char *refused, char *out, struct err *e);

/* account_store(acc, db, a): keep what could not be stored at once: a newer token, or that Google refused the login. On
 * the thread of db; a failure is logged. */
void account_store(struct account *acc, struct db *db, struct arena *a);

/* account_close(acc): a NULL is a no-op. */
void account_close(struct account *acc);

#endif
