#!/usr/bin/env bash
# One instance of the platform: its folder, its settings, its processes. run.sh, stop.sh, the image's entrypoint and the
# test rig all come here.
# usage: platform.sh up | down | status | exec | ctl ARGUMENTS...
#   up      prepare, start (or bring a running one up to date), wait until healthy, print address and login
#   exec    prepare, then become supervisord in the foreground (the image)
#   ctl     supervisorctl of this instance
# Environment: VAR_DIR (default ./var), ENV_FILE (default .env), APP_DIR (an installed app), VARIANT and CC (which build),
# and every setting of .env.example.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/platform/common.sh"
# shellcheck source-path=SCRIPTDIR
. scripts/platform/layout.sh
# shellcheck source-path=SCRIPTDIR
. scripts/platform/settings.sh
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
    settings_read_file "$VAR/env"
    settings_read_file "${ENV_FILE:-.env}"
    settings_read_environment
    settings_derive
    layout_dirs
    for program in "${daemons[@]}"; do settings_write_env "$program" "${owner_of[$program]}"; done
    settings_check
    render_all
}

lock() {
    mkdir -p "$VAR"
    exec 9>"$VAR/.lock"
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

foreground() {
    prepare
    plan_end_left_overs
    postgres_prepare
    rm -f "$RUN/state/migrated" "$SUPERVISOR_SOCKET"
    plan_pid_files
    exec env -i PATH="$PATH" LANG=C.UTF-8 supervisord -n -c "$ETC/supervisord.conf"
}

layout_locate
case ${1-} in
up) up ;;
down) down ;;
exec) foreground ;;
status) supervisor_pid >/dev/null || die 69 "nothing runs in $VAR"; ctl status ;;
ctl) shift && ctl "$@" ;;
*) die 64 "usage: scripts/platform.sh up|down|status|exec|ctl..." ;;
esac
