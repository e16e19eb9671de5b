/* torrentclou-admin: what is done beside the daemons: check the configuration, bring the database to this release,
 * take over the replaced product's. */
#include "base/clock.h"
#include "base/config.h"
#include "base/log.h"
#include "base/signals.h"
#include "domain/job.h"
#include "store/migrate_store.h"
#include "workers/admin/check.h"
#include "workers/admin/import.h"
#include "workers/admin/seed.h"

#include <stdio.h>
#include <string.h>

#define SERVICE "torreclou-admin"
enum { EXIT_OK = 0, EXIT_USAGE = 64, EXIT_AWAY = 69, EXIT_INTERNAL = 70, EXIT_BAD_CONFIG = 78 };
enum { DATABASE_WAIT_MS = 60000 };

/* A command gets what follows its name and returns the exit code. */
struct command {
    const char *name, *args, *help;
    int (*run)(int argc, char **argv);
};

static int failed(const char *what, const struct err *e)
{
    log_error(what, kv_err(e));
    return e->class == ERR_CONFIG                                   ? EXIT_BAD_CONFIG
           : e->class == ERR_UNAVAILABLE || e->class == ERR_STOPPED ? EXIT_AWAY
                                                                    : EXIT_INTERNAL;
}

/* Print what is wrong, one line each; the exit code. */
static int verdict(struct buf *problems, int n)
{
    if (n)
        fprintf(stderr, "%s%d %s in the configuration.\n", buf_str(problems), n, n == 1 ? "mistake" : "mistakes");
    else
        puts("The configuration is in order.");
    buf_free(problems);
    return n ? EXIT_BAD_CONFIG : EXIT_OK;
}

static int check_own(int argc, char **argv)
{
    (void)argc, (void)argv;
    struct buf problems = BUF_INIT(BUF_MAX_REMOTE_TEXT);
    return verdict(&problems, config_load(FOR_ADMIN, &problems));
}

static int check(int argc, char **argv)
{
    struct buf problems = BUF_INIT(BUF_MAX_REMOTE_TEXT);
    struct err e = ERR_INIT;
    int n = config_load((enum config_program)FOR_ALL, &problems);
    n += check_values(&problems);
    if (argc == 2 && !strcmp(argv[0], "--env-file")) {
        if (check_env_file(argv[1], &problems, &n, &e)) {
            buf_addf(&problems, "%s\n", e.msg);
            n++;
        }
    } else if (argc) {
        buf_free(&problems);
        return EXIT_USAGE;
    }
    return verdict(&problems, n);
}

/* The configuration, signals and log that every command with a database needs; 0 or the exit code. */
static int begin(void)
{
    struct buf problems = BUF_INIT(BUF_MAX_REMOTE_TEXT);
    int n = config_load(FOR_ADMIN, &problems);
    if (n)
        return verdict(&problems, n);
    static const char *const levels[] = {"debug", "info", "warn", "error"};
    enum log_level level = LOG_DEBUG;
    while (strcmp(levels[level], config_str(CFG_LOG_LEVEL)) != 0)
        level++;
    log_open(SERVICE, level, !strcmp(config_str(CFG_LOG_FORMAT), "json"));
    signals_init();
    return EXIT_OK;
}

static int migrate_locked(struct db *db, struct arena *a, struct err *e)
{
    struct migrate_result result;
    if (migrate_lock(db, a, e))
        return -1;
    int r = migrate_run(db, a, config_str(CFG_MIGRATIONS_DIR), config_bool(CFG_APPLY_MIGRATIONS), &result, e);
    if (r == 0 && result.pending)
        log_warn("migrations are pending, and APPLY_MIGRATIONS is false: the daemons wait until they are applied",
                 kv_int("Pending", result.pending));
    else if (r == 0)
        r = seed_all(db, a, e);
    if (r == 0)
        log_info("the database is looked after", kv_int("Applied", result.applied), kv_int("Version", MIGRATE_VERSION));
    migrate_unlock(db, a);
    return r;
}

/* Waits for the PostgreSQL that may be starting beside us. */
static int ping(struct db *db, struct err *e)
{
    int64_t end = clock_mono_ms() + DATABASE_WAIT_MS;
    for (bool told = false; db_ping(db, e); told = true) {
        if (signals_stopping() || clock_mono_ms() >= end)
            return -1;
        if (!told)
            log_info("waiting for PostgreSQL", kv_err(e));
        clock_sleep_ms(500);
    }
    return 0;
}

static int migrate(int argc, char **argv)
{
    (void)argv;
    struct err e = ERR_INIT;
    int r = argc ? EXIT_USAGE : begin();
    if (r)
        return r;
    struct arena *a = arena_new(0);
    struct db *db = db_new(config_str(CFG_DATABASE_URL), SERVICE);
    if (ping(db, &e) || migrate_locked(db, a, &e))
        r = failed("the migration failed", &e);
    db_free(db);
    arena_free(a);
    return r;
}

static int wait_schema(int argc, char **argv)
{
    (void)argv;
    struct err e = ERR_INIT;
    int r = argc ? EXIT_USAGE : begin();
    if (r)
        return r;
    struct db *db = db_new(config_str(CFG_DATABASE_URL), SERVICE);
    if (migrate_wait(db, -1, &e))
        r = failed("the database cannot be used", &e);
    db_free(db);
    return r;
}

static int schema(int argc, char **argv)
{
    (void)argv;
    struct err e = ERR_INIT;
    int applied, r = argc ? EXIT_USAGE : begin();
    if (r)
        return r;
    struct arena *a = arena_new(0);
    struct db *db = db_new(config_str(CFG_DATABASE_URL), SERVICE);
    if (migrate_applied(db, a, &applied, &e))
        r = failed("the schema's version is not known", &e);
    else
        printf("known %d\napplied %d\n", MIGRATE_VERSION, applied);
    db_free(db);
    arena_free(a);
    return r;
}

/* --from is a connection string: its password is seen in the process list, so a PGPASSFILE serves better. */
static int import_args(int argc, char **argv, const char **from, bool *dry)
{
    *from = config_str(CFG_DATABASE_URL);
    for (int i = 0; i < argc; i++) {
        if (!strcmp(argv[i], "--dry-run"))
            *dry = true;
        else if (!strcmp(argv[i], "--from") && i + 1 < argc)
            *from = argv[++i];
        else
            return -1;
    }
    return 0;
}

static int import(int argc, char **argv)
{
    struct err e = ERR_INIT;
    bool dry = false;
    const char *url;
    int r = begin();
    if (r)
        return r;
    if (import_args(argc, argv, &url, &dry))
        return EXIT_USAGE;
    if (!db_check_url(url)) {
        err_set(&e, ERR_CONFIG, "ImportNoDatabase", "What follows --from is no postgresql:// address of a database.");
        failed("nothing was taken over", &e);
        return EXIT_USAGE;
    }
    struct arena *a = arena_new(0);
    struct db *db = db_new(config_str(CFG_DATABASE_URL), SERVICE), *from = db_new(url, SERVICE);
    if (migrate_wait(db, 0, &e) || migrate_lock(db, a, &e) || seed_secrets(db, a, &e) ||
        import_by_hand(db, from, a, dry, &e))
        r = failed("nothing was taken over", &e);
    db_free(from);
    db_free(db);
    arena_free(a);
    return r;
}

static int markdown(int argc, char **argv)
{
    (void)argv;
    struct buf b = BUF_INIT(BUF_MAX_REMOTE_TEXT);
    if (argc)
        return EXIT_USAGE;
    config_markdown(&b);
    fputs(buf_str(&b), stdout);
    buf_free(&b);
    return EXIT_OK;
}

static int transitions(int argc, char **argv)
{
    (void)argv;
    size_t n;
    const struct job_transition *t = job_transitions(&n);
    if (argc)
        return EXIT_USAGE;
    puts("stateDiagram-v2");
    for (size_t i = 0; i < n; i++) {
        printf("    %s --> %s : ", t[i].from == JOB_STATUS_NONE ? "[*]" : job_status_info(t[i].from)->name,
               job_status_info(t[i].to)->name);
        for (const char *p = t[i].why; *p; p++)
            putchar(*p == ';' ? ',' : *p); /* a semicolon ends a statement of Mermaid's */
        printf(" (%s)\n", job_source_name(t[i].source));
    }
    printf("    %s --> [*]\n", job_status_info(JOB_COMPLETED)->name);
    return EXIT_OK;
}

static int help(int argc, char **argv);

static const struct command commands[] = {
    {"check", "[--env-file FILE]", "list every mistake in the configuration of all programs", check},
    {"migrate", "", "bring the database to this release, make the admin user; waits 60 s for PostgreSQL", migrate},
    {"import", "[--from URL] [--dry-run]",
     "take over the data of the replaced product, from this database or another; --dry-run only tells", import},
    {"wait", "", "wait until the database is at this release", wait_schema},
    {"schema", "", "print the schema version of this program and of the database", schema},
    {"config-markdown", "", "print docs/configuration.md", markdown},
    {"transitions", "", "print the job's states as a Mermaid diagram", transitions},
    {"--check", "", "list the mistakes in this program's own configuration", check_own},
    {"--help", "", "print this", help},
};

static int help(int argc, char **argv)
{
    (void)argc, (void)argv;
    struct buf b = BUF_INIT(BUF_MAX_REMOTE_TEXT);
    buf_adds(&b, "torrentclou-admin COMMAND\n\n");
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        buf_addf(&b, "  %s %s\n      %s\n", commands[i].name, commands[i].args, commands[i].help);
    buf_adds(&b, "\nExit codes: 0 done, 64 usage, 69 a service is away, 70 internal, 78 configuration.\n\n");
    config_help(&b, FOR_ADMIN);
    fputs(buf_str(&b), stdout);
    buf_free(&b);
    return EXIT_OK;
}

/* Of the command that was meant, or which there are. */
static void usage(const struct command *c)
{
    fputs("usage: torrentclou-admin ", stderr);
    if (c)
        fprintf(stderr, "%s %s", c->name, c->args);
    for (size_t i = 0; !c && i < sizeof commands / sizeof commands[0]; i++)
        fprintf(stderr, "%s%s", i ? "|" : "", commands[i].name);
    fputc('\n', stderr);
}

int main(int argc, char **argv)
{
    const struct command *c = NULL;
    for (size_t i = 0; argc > 1 && !c && i < sizeof commands / sizeof commands[0]; i++)
        if (!strcmp(argv[1], commands[i].name))
            c = &commands[i];
    int r = c ? c->run(argc - 2, argv + 2) : EXIT_USAGE;
    if (r == EXIT_USAGE)
        usage(c);
    if (fflush(stdout) || ferror(stdout))
        return EXIT_INTERNAL; /* a full disk must not leave half a document with exit code 0 */
    return r;
}
