/* torrentclou-api and torrentclou-api-edge: the pools of FastCGI processes behind nginx. */
#include "base/config.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/signals.h"
#include "fcgi-app/app.h"
#include "fcgi-app/pool.h"
#include "fcgi-app/prefork.h"
#include "fcgi-app/services/services.h"
#include "net/shipper.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { ARENA_BLOCK = 64 * 1024 };

static const char *socket_path;
static int listen_fd = -1;

/* The life of one child. */
static int child(void *arg)
{
    (void)arg;
    struct err e;
    char service[64];
    snprintf(service, sizeof service, "torreclou-api-%s", pool.name);
    struct app app = {.arena = arena_new(ARENA_BLOCK), .service = service, .services = services_open(&e)};
    if (!app.services) {
        log_error("the API process could not start", kv_err(&e));
        return EX_CONFIG;
    }
    if (metrics_open(config_str(CFG_METRICS_DIR), service, &e))
        log_warn("nothing is counted", kv_err(&e));
    fcgi_run(listen_fd, app_serve, &app);
    metrics_close();
    services_close(app.services);
    arena_free(app.arena);
    return EX_OK;
}

/* Nobody can connect any more, so the children can empty the backlog and end. */
static void stop_listening(void)
{
    log_info("draining", kv_str("Pool", pool.name));
    unlink(socket_path);
    close(listen_fd);
}

static int run(void)
{
    struct err e;
    if (shipper_start("torreclou-api", &e))
        log_warn("logs and traces are not shipped", kv_err(&e));
    signals_init();
    if (services_wait(&e) || (pool.prepare && pool.prepare(&e))) {
        if (e.class == ERR_STOPPED)
            return EX_OK;
        log_error("the API could not start", kv_err(&e));
        return e.class == ERR_CONFIG ? EX_CONFIG : EX_SOFTWARE;
    }
    listen_fd = fcgi_listen(socket_path, &e);
    if (listen_fd < 0) {
        log_error("the API could not listen", kv_err(&e));
        return e.class == ERR_CONFLICT ? EX_UNAVAILABLE : EX_CONFIG;
    }
    int64_t children = config_int(pool.children);
    log_info("listening", kv_str("Pool", pool.name), kv_str("Socket", socket_path), kv_int("Children", children));
    int rc = prefork_run((int)children, child, NULL, stop_listening);
    log_info("stopped", kv_str("Pool", pool.name));
    return rc;
}

static enum log_level log_level(void)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    enum log_level level = LOG_DEBUG;
    while (level < LOG_ERROR && strcmp(names[level], config_str(CFG_LOG_LEVEL)) != 0)
        level++;
    return level;
}

static int usage(const char *program, FILE *out, int code)
{
    struct buf b = BUF_INIT(BUF_MAX_REMOTE_TEXT);
    config_help(&b, FOR_API);
    fprintf(out, "usage: %s --socket PATH | --check | --help\n\n%s", program, buf_str(&b));
    buf_free(&b);
    return code;
}

/* Every mistake of the environment on stderr; 0 when there is none. */
static int check(void)
{
    struct buf problems = BUF_INIT(BUF_MAX_REMOTE_TEXT);
    int n = config_load(FOR_API, &problems);
    fputs(buf_str(&problems), stderr);
    buf_free(&problems);
    return n ? EX_CONFIG : EX_OK;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"socket", required_argument, NULL, 's'},
                                            {"check", no_argument, NULL, 'c'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    int c;
    bool only_check = false;
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 's':
            socket_path = optarg;
            break;
        case 'c':
            only_check = true;
            break;
        case 'h':
            return usage(argv[0], stdout, EX_OK);
        default:
            return usage(argv[0], stderr, EX_USAGE);
        }
    }
    if (optind < argc || (!only_check && !socket_path))
        return usage(argv[0], stderr, EX_USAGE);
    if (check())
        return EX_CONFIG;
    if (only_check)
        return EX_OK;
    log_to(STDOUT_FILENO);
    log_open("torreclou-api", log_level(), !strcmp(config_str(CFG_LOG_FORMAT), "json"));
    return run();
}
