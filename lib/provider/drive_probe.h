/* Can this access token write to Google Drive: a small file is made where uploads will go, and deleted.
 */
#ifndef TC_PROVIDER_DRIVE_PROBE_H
#define TC_PROVIDER_DRIVE_PROBE_H

#include "provider/google_oauth.h"

/* drive_probe_write(h, a, servers, access_token, parent, e): 0 when both went well; else with the class of
 * google_error.h. parent: the folder to try, NULL: the top of My Drive. */
int drive_probe_write(struct http *h, struct arena *a, const struct google_servers *servers, const char *access_token,
                      const char *parent, struct err *e);

#endif
