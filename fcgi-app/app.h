/* From a request to its answer: CORS, route, session, body, handler, error, access log. */
#ifndef TC_FCGI_APP_H
#define TC_FCGI_APP_H

#include "base/arena.h"
#include "fcgi-app/fcgi.h"

struct services;

struct app {
    struct arena *arena; /* of the present request */
    const char *service; /* "torreclou-api-fast": in metrics */
    struct services *services;
};

/* app_serve(app, …): always answers. The signature is fcgi_serve's; `app` is a struct app. */
fcgi_serve app_serve;

#endif
