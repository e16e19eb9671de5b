/* Can this access token write to Google Drive: a small file is made in the root of what the app may see, and deleted.
 */
#ifndef TC_PROVIDER_DRIVE_PROBE_H
#define TC_PROVIDER_DRIVE_PROBE_H

#include "provider/google_oauth.h"

/* drive_probe_write(h, a, servers, access_token, e): 0 when both went well; else with the class of google_error.h. */
int drive_probe_write(struct http *h, struct arena *a, const struct google_servers *servers, const char *access_token,
                      struct err *e);

#endif
