/*
 * Handlers that may wait for trackers or S3, or hash a password: linked into torrentclou-api-edge only. They are weak
 * symbols, so that routes.c can name them in both programs; in torrentclou-api their addresses are NULL, and app.c
 * answers 503 should nginx send such a request to the wrong pool.
 */
#ifndef TC_FCGI_EDGE_H
#define TC_FCGI_EDGE_H

#include "fcgi-app/router.h"

#define EDGE_ONLY __attribute__((weak))

route_handler login_post EDGE_ONLY, password_post EDGE_ONLY;
route_handler analyze_post EDGE_ONLY;
route_handler s3_configure EDGE_ONLY, s3_test EDGE_ONLY;

#endif
