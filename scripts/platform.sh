#!/usr/bin/env bash
# One instance of the platform: its folder, its settings, its processes. run.sh, stop.sh, the image's entrypoint and the
# test rig all come here.
# usage: platform.sh up | down | status | pause | resume | exec | health | ctl ARGUMENTS... | admin ARGUMENTS...
#   up      prepare, start (or bring a running one up to date), wait until healthy, print address and login
#   exec    prepare, then run in the foreground until a signal or a program that cannot run ends it (the image)
#   pause   stop all but PostgreSQL and Redis, after a drain; resume starts them with the settings as they are then
#   health  exit 0 when everything that runs here answers (the image)
#   ctl     supervisorctl of this instance
#   admin   torrentclou-admin with the settings of this instance
# Environment: VAR_DIR (default ./var), ENV_FILE (default .env), APP_DIR (an installed app), IN_IMAGE, VARIANT and CC (which build),
# and every setting of .env.example.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/platform/common.sh"
# shellcheck source-path=SCRIPTDIR
. scripts/platform/layout.sh
# shellcheck source-path=SCRIPTDIR
. scripts/platform/settings.sh
# shellcheck source-path=SCRIPTDIR
. scripts/platform/checks.sh
# shellcheck source-path=SCRIPTDIR
. scripts/platform/render.sh
# shellcheck source-path=SCRIPTDIR
. scripts/platform/storage.sh
# shellcheck source-path=SCRIPTDIR
. scripts/platform/plan.sh

changed=()

# prepare: everything up to the first process; a mistake ends it with a list and nothing started.
prepare() {
    local program
    mkdir -p "$VAR"
    layout_users
    layout_install "build/${VARIANT:-release}-${CC:-gcc}"
    settings_learn_keys
    settings_generate
    settings_read_file "$SECRETS"
    settings_read_file "${ENV_FILE:-.env}"
    settings_read_environment
    settings_derive
    layout_dirs
    for program in "${daemons[@]}"; do
        if wants "$program"; then settings_write_env "$program" "${owner_of[$program]}"; fi
    done
    settings_check
    render_all
}

lock() {
    local lock=$VAR/.lock
    if [ -n "${IN_IMAGE-}" ]; then lock=$RUN/lock; fi
    mkdir -p "${lock%/*}"
    exec 9>"$lock"
    flock -n 9 || { say "waiting for another command on $VAR" && flock 9; }
}

print_address() {
    say "TorrentClou runs at ${cfg[FRONTEND_URL]}"
    say "  e-mail    ${cfg[ADMIN_EMAIL]}"
    say "  password  ${cfg[ADMIN_PASSWORD]}"
    say "  API       http${TLS:+s}://localhost:${cfg[API_PORT]}/api"
    say "  data      $VAR"
}

up() {
    lock
    prepare
    if supervisor_pid >/dev/null; then
        plan_apply
    else
        plan_end_left_overs
        plan_check_ports
        postgres_prepare
        plan_start
    fi
    plan_wait
    print_address
}

down() {
    [ -d "$VAR" ] || return 0
    lock
    plan_stop
    rm -rf "$RUN"
}

pause() {
    supervisor_pid >/dev/null || die 69 "nothing runs in $VAR"
    ctl stop 'workers:*' nginx 'api:*' >/dev/null
}

resume() {
    supervisor_pid >/dev/null || die 69 "nothing runs in $VAR"
    lock
    prepare
    rm -f "$RUN/state/migrated"
    ctl start migrate >/dev/null
    ctl start 'api:*' nginx 'workers:*' >/dev/null
    plan_wait
}

# print_login: at the first start on these volumes, and only the password that was made here.
print_login() {
    say "TorrentClou's first start here. The login, printed this once:"
    say "  e-mail    ${cfg[ADMIN_EMAIL]}"
    if grep -qxF "ADMIN_PASSWORD=${cfg[ADMIN_PASSWORD]}" "$SECRETS"; then
        say "  password  ${cfg[ADMIN_PASSWORD]}"
    else
        say "  password  the ADMIN_PASSWORD that was given"
    fi
    say "Secrets that were made are in $SECRETS: back it up with the database."
}

# on_stop: the first signal drains, the second is handed on, so that who drains quits.
stops=0
on_stop() {
    local program pid
    stops=$((stops + 1))
    if [ $stops = 1 ]; then
        kill -TERM "$supervisor" 2>/dev/null || true
        return 0 # a bare one would hand on the status of the interrupted wait
    fi
    for program in torrent-worker s3-worker gdrive-worker; do
        if pid=$(left_over $program); then kill -TERM "$pid" 2>/dev/null || true; fi
    done
    return 0
}

# foreground: this shell stays the container's first process; supervisord itself would leave with 0 whatever happened.
foreground() {
    local code=0 first=
    mkdir -p "$RUN"
    if [ -n "${IN_IMAGE-}" ]; then rm -rf "${RUN:?}"/*; fi
    prepare
    if [ -n "$OWN_POSTGRES" ] && [ ! -f "$VAR/postgres/torrentclou.names" ]; then first=1; fi
    plan_end_left_overs
    postgres_prepare
    if [ -n "$first" ]; then print_login; fi
    rm -f "$RUN/state/migrated" "$SUPERVISOR_SOCKET"
    plan_pid_files
    if wants nginx; then plan_address >"$RUN/state/address"; fi
    trap on_stop TERM INT QUIT
    env -i PATH="$PATH" LANG=C.UTF-8 supervisord -n -c "$ETC/supervisord.conf" </dev/null &
    supervisor=$!
    while :; do
        code=0
        wait "$supervisor" || code=$?
        kill -0 "$supervisor" 2>/dev/null || break
    done
    [ ! -e "$RUN/state/fatal" ] || die 70 "$(cat "$RUN/state/fatal"); its messages are above"
    [ $stops != 0 ] || exit "$((code ? code : 70))"
    exit 0
}

# health: no settings are read anew here; it is asked every few seconds.
health() {
    local pid
    if [ -s "$RUN/state/address" ]; then
        curl -fsSk -m 5 "$(cat "$RUN/state/address")/api/health/ready" | grep -Eq '"isHealthy": *true' ||
            die 69 "the API is not ready"
    fi
    [ -e "$RUN/state/migrated" ] || die 69 "the database is not at this release yet"
    for pid in "$RUN"/pid/*; do
        [ "${pid##*/}" = migrate ] || [ ! -s "$pid" ] || left_over "${pid##*/}" >/dev/null || die 69 "${pid##*/} does not run"
    done
}

# admin: as the user that it has in the plan, so that it reads what the plan's reads.
admin() {
    [ -r "$ETC/env/migrate" ] || die 69 "no instance in $VAR, or its settings are not yours to read"
    # shellcheck disable=SC1091 # written by settings_write_env
    . "$ETC/env/migrate"
    run_as $user_api "$BIN/torrentclou-admin" "$@"
}

layout_locate
case ${1-} in
up) up ;;
down) down ;;
exec) foreground ;;
health) health ;;
pause) pause ;;
resume) resume ;;
status) supervisor_pid >/dev/null || die 69 "nothing runs in $VAR"; ctl status ;;
ctl) shift && ctl "$@" ;;
admin) shift && admin "$@" ;;
*) die 64 "usage: scripts/platform.sh up|down|status|pause|resume|exec|health|ctl...|admin..." ;;
esac
