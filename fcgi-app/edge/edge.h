/*
 * Handlers that may wait for trackers, S3 or Google, or hash a password: linked into torrentclou-api-edge only. They
 * are weak symbols, so that routes.c can name them in both programs; in torrentclou-api their addresses are NULL, and
 * app.c answers 503 should nginx send such a request to the wrong pool.
 */
#ifndef TC_FCGI_EDGE_H
#define TC_FCGI_EDGE_H

#include "fcgi-app/router.h"

#define EDGE_ONLY __attribute__((weak))

route_handler login_post EDGE_ONLY, password_post EDGE_ONLY;
route_handler analyze_post EDGE_ONLY;
route_handler s3_configure EDGE_ONLY, s3_test EDGE_ONLY;
route_handler google_credentials_save EDGE_ONLY, google_credentials_list EDGE_ONLY, google_credentials_change EDGE_ONLY,
    google_credentials_delete EDGE_ONLY;
route_handler google_consent_begin EDGE_ONLY, google_consent_again EDGE_ONLY, google_consent_callback EDGE_ONLY;
route_handler profiles_disconnect EDGE_ONLY, profiles_delete EDGE_ONLY, profiles_change EDGE_ONLY,
    profiles_test EDGE_ONLY, profiles_usage EDGE_ONLY;

#endif
