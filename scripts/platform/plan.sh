# shellcheck shell=bash
# Starting, restarting and stopping the plan. Needs common.sh, layout.sh, settings.sh.

ctl() { supervisorctl -c "$ETC/supervisord.conf" "$@"; }

# supervisor_pid: the process that the pid file names, when it is ours and lives.
supervisor_pid() {
    local pid
    pid=$(cat "$RUN/supervisord.pid" 2>/dev/null) || return 1
    [ -n "$pid" ] && tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF " $ETC/supervisord.conf" && printf '%s' "$pid"
}

declare -A owner_of=([postgres]=$user_postgres [redis]=$user_redis [migrate]=$user_api [api-fast]=$user_api
    [api-edge]=$user_api [nginx]=$user_nginx [torrent-worker]=$user_torrent [s3-worker]=$user_upload
    [gdrive-worker]=$user_upload)

# plan_pid_files: each program notes its pid in a file of its own (docker/start.sh).
plan_pid_files() {
    local program
    for program in "${!owner_of[@]}"; do
        : >>"$RUN/pid/$program"
        if is_root; then chown "${owner_of[$program]}" "$RUN/pid/$program"; fi
    done
}

# left_over PROGRAM: the pid of a program that a killed supervisord left running. A reused pid began at another time.
left_over() {
    local pid began stat
    [ -s "$RUN/pid/$1" ] || return 1
    read -r pid began <"$RUN/pid/$1" || return 1
    stat=$(cat "/proc/$pid/stat" 2>/dev/null) || return 1
    # shellcheck disable=SC2086
    [ "$(set -- ${stat##*) } && shift 19 && echo "$1")" = "$began" ] && printf '%s' "$pid"
}

# plan_end_left_overs: workers first, PostgreSQL last, like the plan; by force after 15 s.
plan_end_left_overs() {
    local program pid tries signal
    for program in torrent-worker s3-worker gdrive-worker nginx api-fast api-edge migrate redis postgres; do
        pid=$(left_over $program) || continue
        warn "$program (process $pid) was left running; ending it"
        signal=TERM
        if [ $program = postgres ]; then signal=INT; fi
        kill -$signal "$pid" 2>/dev/null || true
        for ((tries = 0; tries < 150; tries++)); do
            left_over $program >/dev/null || break
            sleep 0.1
        done
        # supervisord makes each program the leader of a process group, so its children go too.
        if left_over $program >/dev/null; then kill -KILL -- "-$pid" 2>/dev/null || kill -KILL "$pid" || true; fi
    done
}

plan_check_ports() {
    local name
    wants nginx || return 0
    for name in WEB_PORT API_PORT ${cfg[HTTP_PORT]:+HTTP_PORT}; do
        ! port_in_use "${cfg[$name]}" || die 69 "port ${cfg[$name]} is taken by another program; set $name in .env"
    done
}

plan_start() {
    rm -f "$RUN/state/migrated" "$SUPERVISOR_SOCKET"
    plan_pid_files
    # Nothing of the caller's environment, and no descriptor of it (a lock, a pipe), lives on in a daemon.
    env -i PATH="$PATH" LANG=C.UTF-8 supervisord -c "$ETC/supervisord.conf" </dev/null >/dev/null 9>&- ||
        die 70 "supervisord did not start: $(tail -n 3 "$LOG/supervisord.log")"
}

# plan_apply: bring a running plan up to the files that changed.
plan_apply() {
    local program list=" ${changed[*]-} "
    [ ${#changed[@]} -gt 0 ] || return 0
    say "changed: $(printf '%s\n' "${changed[@]}" | sort -u | tr '\n' ' ')"
    if [[ $list == *" plan "* || $list == *" redis "* || $list == *" postgres "* ]]; then
        plan_stop
        postgres_prepare
        plan_start
        return
    fi
    if [[ $list == *" migrate "* ]]; then
        rm -f "$RUN/state/migrated"
        ctl start migrate >/dev/null || true
    fi
    for program in workers:torrent-worker workers:s3-worker workers:gdrive-worker api:api-fast api:api-edge nginx; do
        if wants "${program#*:}" && [[ $list == *" ${program#*:} "* ]]; then ctl restart "$program" >/dev/null; fi
    done
    # A new certificate alone ends nobody's connection.
    if [[ $list == *" tls "* && $list != *" nginx "* ]]; then ctl signal HUP nginx >/dev/null; fi
}

plan_log_tail() {
    say "--- the end of $LOG/$1.log" >&2
    tail -n 15 "$LOG/$1.log" >&2 || true
}

# plan_address: where the web app answers on this machine.
plan_address() {
    local host=${cfg[BIND_ADDRESS]%%,*}
    if [ "$host" = '*' ] || [ "$host" = 0.0.0.0 ]; then host=127.0.0.1; fi
    case $host in *:*) host="[${host//[\[\]]/}]" ;; esac
    printf 'http%s://%s:%s' "${TLS:+s}" "$host" "${cfg[WEB_PORT]}"
}

# plan_ready: does the whole chain answer: nginx, the API, PostgreSQL, Redis.
plan_ready() {
    wants nginx || return 0
    # The certificate is for the name that browsers use, not for this address.
    curl -fsSk -m 5 "$(plan_address)/api/health/ready" 2>/dev/null | grep -Eq '"isHealthy": *true'
}

# plan_wait: until everything runs and answers; else say which program failed and show the end of its log.
plan_wait() {
    local deadline=$((SECONDS + 120)) status bad name
    while :; do
        status=$(ctl status || true)
        bad=$(awk '$2 == "FATAL" { print $1 }' <<<"$status")
        if grep -Eq '^migrate +EXITED' <<<"$status" && [ ! -e "$RUN/state/migrated" ]; then bad=migrate; fi
        [ -z "$bad" ] || break
        if ! awk '$1 != "migrate" && $2 != "RUNNING" { exit 1 }' <<<"$status"; then
            bad=
        elif [ -e "$RUN/state/migrated" ] && plan_ready; then
            return 0
        fi
        [ $SECONDS -lt $deadline ] || break
        sleep 0.3
    done
    printf '%s\n' "$status" >&2
    : "${bad:=$(awk '$1 != "migrate" && $2 != "RUNNING" { print $1 }' <<<"$status")}"
    for name in ${bad:-nginx api:api-fast}; do plan_log_tail "${name#*:}"; done
    die 69 "the platform is not healthy${bad:+: ${bad//$'\n'/, } failed}; logs are in $LOG, scripts/stop.sh stops what runs"
}

# plan_stop: drain and stop; returns when no process is left.
plan_stop() {
    local pid
    if pid=$(supervisor_pid); then
        kill -TERM "$pid"
        while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
    fi
    plan_end_left_overs
}
