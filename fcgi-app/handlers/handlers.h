/* The handlers of both programs; edge/edge.h has those of torrentclou-api-edge alone. What they do: routes.c. */
#ifndef TC_FCGI_HANDLERS_H
#define TC_FCGI_HANDLERS_H

#include "fcgi-app/router.h"

route_handler auth_me, auth_logout;
route_handler sessions_list, sessions_end, sessions_end_others;
route_handler api_keys_list, api_keys_create, api_keys_delete;
route_handler events_open;
route_handler health_live, health_ready, health_detailed;
route_handler jobs_list, jobs_detail, jobs_timeline, jobs_statistics, jobs_retry, jobs_cancel, jobs_create;
route_handler manifest_get;
route_handler metrics_get;
route_handler hangfire_page, hangfire_requeue, hangfire_delete;
route_handler profiles_list, profiles_detail, profiles_set_default, presets_list, s3_preview_path;

#endif
