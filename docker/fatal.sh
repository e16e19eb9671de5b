#!/bin/sh
# supervisord's event listener in the image (supervisord.conf): when a program has used up its starts, dies a dozen times in
# two minutes, or is the migration and fails, the whole plan stops and scripts/platform.sh ends the container with an error,
# for its restart policy to see.
# usage: fatal.sh RUN
set -eu
run=$1
deaths=$run/state/deaths

# loops NAME: one more death; the twelfth within two minutes?
loops() {
    now=$(date +%s)
    echo "$now $1" >>"$deaths"
    [ "$(awk -v since=$((now - 120)) -v name="$1" '$1 > since && $2 == name' "$deaths" | wc -l)" -ge 12 ]
}

while :; do
    echo READY
    read -r header || exit 0
    payload=$(head -c "${header##*len:}")
    name=${payload#processname:} name=${name%% *}
    why=
    case "$header $payload" in
    *eventname:PROCESS_STATE_FATAL*) why="cannot be started" ;;
    *eventname:PROCESS_STATE_EXITED*expected:1*) ;;
    *processname:migrate\ *) why="has failed" ;;
    *) if loops "$name"; then why="dies again and again"; fi ;;
    esac
    if [ -n "$why" ]; then
        echo "$name $why" >"$run/state/fatal"
        kill -TERM "$PPID"
    fi
    printf 'RESULT 2\nOK'
done
