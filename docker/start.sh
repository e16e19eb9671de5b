#!/bin/sh
# Starts one program of the plan (supervisord.conf) with its own environment.
# usage: start RUN ENV_FOLDER PROGRAM COMMAND...
# The pid file lets the next start find what an interrupted one left behind; exec keeps the pid.
set -eu
run=$1 env=$2 name=$3
shift 3

# Field 22 of stat, counted after the name in parentheses: when the process began. A reused pid has another.
read -r stat </proc/$$/stat
stat=${stat##*) }
# shellcheck disable=SC2086
set -- "$(set -- $stat && shift 19 && echo "$1")" "$@"
echo "$$ $1" >"$run/pid/$name"
shift

# shellcheck disable=SC3045 # dash has both
ulimit -n "$(ulimit -Hn)" 2>/dev/null || true
if [ -r "$env/$name" ]; then
    # shellcheck disable=SC1090
    . "$env/$name"
fi

case $name in
nginx) # a killed nginx leaves its socket, and the next one would refuse to start
    rm -f "$run/events/pub.sock" ;;
migrate) # PostgreSQL starts beside us: 69 means that it does not answer yet
    tries=0 code=0
    until "$@"; do
        code=$?
        tries=$((tries + 1))
        if [ $code -ne 69 ] || [ $tries -ge 120 ]; then exit $code; fi
        sleep 0.5
    done
    : >"$run/state/migrated"
    exit 0 ;;
postgres | redis) ;;
*) # the schema comes first
    tries=0
    until [ -e "$run/state/migrated" ]; do
        tries=$((tries + 1))
        if [ $tries -ge 1200 ]; then
            echo "$name: the migrations have not finished within 120 s" >&2
            exit 69
        fi
        sleep 0.1
    done ;;
esac
exec "$@"
