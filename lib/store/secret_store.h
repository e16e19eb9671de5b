/*
 * The sealed secrets as a whole: is CREDENTIALS_KEY the right one, and sealing everything again after a rotation.
 * seal_init() comes first.
 */
#ifndef TC_STORE_SECRET_STORE_H
#define TC_STORE_SECRET_STORE_H

#include "net/db.h"

/*
 * secret_check: open the canary (settings row secrets_canary), which is made when there is none. ERR_CONFIG with a
 * sentence when neither CREDENTIALS_KEY nor CREDENTIALS_KEY_OLD opens it: all other secrets would fail one by one.
 */
int secret_check(struct db *db, struct arena *a, struct err *e);

/*
 * secret_reseal: seal every secret with the present key, in a transaction of its own: the old key is not needed any
 * more. *n: how many. A secret that opens with neither key is logged and stays as it is.
 */
int secret_reseal(struct db *db, struct arena *a, int *n, struct err *e);

#endif
