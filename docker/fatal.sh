#!/bin/sh
# supervisord's event listener in the image (supervisord.conf): when a program has used up its starts, or the migrations
# fail, the whole plan stops and scripts/platform.sh ends the container with an error, for its restart policy to see.
# usage: fatal.sh RUN
set -eu
run=$1
while :; do
    echo READY
    read -r header || exit 0
    payload=$(head -c "${header##*len:}")
    name=${payload#processname:} name=${name%% *}
    case "$header $payload" in
    *eventname:PROCESS_STATE_FATAL* | *eventname:PROCESS_STATE_EXITED*processname:migrate\ *expected:0*)
        echo "$name" >"$run/state/fatal"
        echo "$name cannot run; everything stops" >&2
        kill -TERM "$PPID"
        ;;
    esac
    printf 'RESULT 2\nOK'
done
