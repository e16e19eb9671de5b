#include "fcgi-app/routes.h"

#include "fcgi-app/edge/edge.h"
#include "fcgi-app/handlers/handlers.h"

/* POOL_EDGE rows are sent to torrentclou-api-edge by nginx/upstreams.conf. */
/* clang-format off */
const struct route routes[] = {
    /* method    path                                      handler               pool       auth       scope          body */
    {"POST",   "/api/auth/login",                        login_post,           POOL_EDGE, AUTH_NONE, SCOPE_NONE,    BODY_JSON},
    {"GET",    "/api/auth/me",                           auth_me,              POOL_ANY,  AUTH_USER, SCOPE_READ,    BODY_NONE},
    {"POST",   "/api/auth/logout",                       auth_logout,          POOL_ANY,  AUTH_USER, SCOPE_NONE,    BODY_NONE},
    {"POST",   "/api/auth/password",                     password_post,        POOL_EDGE, AUTH_USER, SCOPE_NONE,    BODY_JSON},
    {"GET",    "/api/auth/sessions",                     sessions_list,        POOL_ANY,  AUTH_USER, SCOPE_NONE,    BODY_NONE},
    {"POST",   "/api/auth/sessions/revoke-others",       sessions_end_others,  POOL_ANY,  AUTH_USER, SCOPE_NONE,    BODY_NONE},
    {"DELETE", "/api/auth/sessions/{id}",                sessions_end,         POOL_ANY,  AUTH_USER, SCOPE_NONE,    BODY_NONE},
    {"GET",    "/api/auth/api-keys",                     api_keys_list,        POOL_ANY,  AUTH_USER, SCOPE_NONE,    BODY_NONE},
    {"POST",   "/api/auth/api-keys",                     api_keys_create,      POOL_ANY,  AUTH_USER, SCOPE_NONE,    BODY_JSON},
    {"DELETE", "/api/auth/api-keys/{id}",                api_keys_delete,      POOL_ANY,  AUTH_USER, SCOPE_NONE,    BODY_NONE},
    {"GET",    "/events",                                events_open,          POOL_ANY,  AUTH_USER, SCOPE_READ,    BODY_NONE},

    {"POST",   "/api/torrents/analyze",                  analyze_post,         POOL_EDGE, AUTH_USER, SCOPE_JOBS,    BODY_FORM},
    {"POST",   "/api/torrents/create-job",               jobs_create,          POOL_ANY,  AUTH_USER, SCOPE_JOBS,    BODY_JSON},

    {"GET",    "/api/jobs",                              jobs_list,            POOL_ANY,  AUTH_USER, SCOPE_READ,    BODY_NONE},
    {"GET",    "/api/jobs/statistics",                   jobs_statistics,      POOL_ANY,  AUTH_USER, SCOPE_READ,    BODY_NONE},
    {"GET",    "/api/jobs/{id}",                         jobs_detail,          POOL_ANY,  AUTH_USER, SCOPE_READ,    BODY_NONE},
    {"GET",    "/api/jobs/{id}/timeline",                jobs_timeline,        POOL_ANY,  AUTH_USER, SCOPE_READ,    BODY_NONE},
    {"GET",    "/api/jobs/{id}/manifest",                manifest_get,         POOL_ANY,  AUTH_USER, SCOPE_READ,    BODY_NONE},
    {"POST",   "/api/jobs/{id}/retry",                   jobs_retry,           POOL_ANY,  AUTH_USER, SCOPE_JOBS,    BODY_NONE},
    {"POST",   "/api/jobs/{id}/cancel",                  jobs_cancel,          POOL_ANY,  AUTH_USER, SCOPE_JOBS,    BODY_NONE},

    {"GET",    "/api/storage/profiles",                  profiles_list,        POOL_ANY,  AUTH_USER, SCOPE_READ,    BODY_NONE},
    {"GET",    "/api/storage/profiles/{id}",             profiles_detail,      POOL_ANY,  AUTH_USER, SCOPE_READ,    BODY_NONE},
    {"PATCH",  "/api/storage/profiles/{id}",             profiles_change,      POOL_EDGE, AUTH_USER, SCOPE_STORAGE, BODY_JSON},
    {"DELETE", "/api/storage/profiles/{id}",             profiles_delete,      POOL_EDGE, AUTH_USER, SCOPE_STORAGE, BODY_NONE},
    {"POST",   "/api/storage/profiles/{id}/set-default", profiles_set_default, POOL_ANY,  AUTH_USER, SCOPE_STORAGE, BODY_NONE},
    {"POST",   "/api/storage/profiles/{id}/disconnect",  profiles_disconnect,  POOL_EDGE, AUTH_USER, SCOPE_STORAGE, BODY_NONE},
    {"POST",   "/api/storage/profiles/{id}/test",        profiles_test,        POOL_EDGE, AUTH_USER, SCOPE_STORAGE, BODY_NONE},
    {"GET",    "/api/storage/profiles/{id}/usage",       profiles_usage,       POOL_EDGE, AUTH_USER, SCOPE_READ,    BODY_NONE},
    {"GET",    "/api/storage/s3/presets",                presets_list,         POOL_ANY,  AUTH_USER, SCOPE_READ,    BODY_NONE},
    {"POST",   "/api/storage/s3/preview-path",           s3_preview_path,      POOL_ANY,  AUTH_USER, SCOPE_STORAGE, BODY_JSON},
    {"POST",   "/api/storage/s3/configure",              s3_configure,         POOL_EDGE, AUTH_USER, SCOPE_STORAGE, BODY_JSON},
    {"POST",   "/api/storage/s3/test",                   s3_test,              POOL_EDGE, AUTH_USER, SCOPE_STORAGE, BODY_JSON},

    {"POST",   "/api/storage/gdrive/credentials",         google_credentials_save,   POOL_EDGE, AUTH_USER, SCOPE_STORAGE, BODY_JSON},
    {"GET",    "/api/storage/gdrive/credentials",         google_credentials_list,   POOL_EDGE, AUTH_USER, SCOPE_READ,    BODY_NONE},
    {"PATCH",  "/api/storage/gdrive/credentials/{id}",    google_credentials_change, POOL_EDGE, AUTH_USER, SCOPE_STORAGE, BODY_JSON},
    {"DELETE", "/api/storage/gdrive/credentials/{id}",    google_credentials_delete, POOL_EDGE, AUTH_USER, SCOPE_STORAGE, BODY_NONE},
    {"POST",   "/api/storage/gdrive/connect",             google_consent_begin,      POOL_EDGE, AUTH_USER, SCOPE_STORAGE, BODY_JSON},
    {"POST",   "/api/storage/gdrive/{id}/reauthenticate", google_consent_again,      POOL_EDGE, AUTH_USER, SCOPE_STORAGE, BODY_NONE},
    {"GET",    "/api/storage/gdrive/callback",            google_consent_callback,   POOL_EDGE, AUTH_NONE, SCOPE_NONE,    BODY_NONE},

    {"GET",    "/api/health",                            health_live,          POOL_ANY,  AUTH_NONE, SCOPE_NONE,    BODY_NONE},
    {"GET",    "/api/health/ready",                      health_ready,         POOL_ANY,  AUTH_NONE, SCOPE_NONE,    BODY_NONE},
    {"GET",    "/api/health/detailed",                   health_detailed,      POOL_ANY,  AUTH_NONE, SCOPE_NONE,    BODY_NONE},
    {"GET",    "/metrics",                               metrics_get,          POOL_ANY,  AUTH_NONE, SCOPE_NONE,    BODY_NONE},
    {"GET",    "/hangfire",                              hangfire_page,        POOL_ANY,  AUTH_NONE, SCOPE_NONE,    BODY_NONE},
    {"POST",   "/hangfire/jobs/{id}/requeue",            hangfire_requeue,     POOL_ANY,  AUTH_NONE, SCOPE_NONE,    BODY_NONE},
    {"POST",   "/hangfire/jobs/{id}/delete",             hangfire_delete,      POOL_ANY,  AUTH_NONE, SCOPE_NONE,    BODY_NONE},
};
/* clang-format on */

const size_t routes_count = sizeof routes / sizeof *routes;
