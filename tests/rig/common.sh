# shellcheck shell=bash
# What the parts of the rig share. Every process that a rig starts is noted in $DIR/pid/NAME and ended by that pid, never
# by a name: other rigs and other people's servers run on the same machine.

RIG=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck disable=SC2034 # used by rig
PROJECT=$(cd "$RIG/../.." && pwd -P)
PATH=$PATH:/usr/sbin:/sbin

fail() {
    printf 'rig: %s\n' "$*" >&2
    exit 1
}

# free_ports N: that many ports, free for TCP and UDP on loopback, that no other rig was given.
free_ports() { /usr/bin/python3 "$RIG/free_ports.py" "$1"; }

# begin NAME COMMAND...: start in a session of its own, output to $DIR/log/NAME.log.
begin() {
    local name=$1
    shift
    setsid "$@" </dev/null >"$DIR/log/$name.log" 2>&1 9>&- &
    echo $! >"$DIR/pid/$name"
}

# wait_port NAME PORT SECONDS: until it accepts; fails at once when the process has died.
wait_port() {
    local end=$((SECONDS + $3))
    until (exec 3<>"/dev/tcp/127.0.0.1/$2") 2>/dev/null; do
        kill -0 "$(cat "$DIR/pid/$1")" 2>/dev/null || {
            tail -n 20 "$DIR/log/$1.log" >&2
            fail "$1 ended while starting"
        }
        [ $SECONDS -lt $end ] || fail "$1 does not listen on $2 after $3 s; see $DIR/log/$1.log"
        sleep 0.1
    done
}

# finish NAME...: TERM to the sessions of all, KILL to what is left after 10 s.
finish() {
    local name pid tries alive
    for name in "$@"; do
        if pid=$(cat "$DIR/pid/$name" 2>/dev/null); then kill -TERM -- "-$pid" 2>/dev/null || true; fi
    done
    for ((tries = 0; tries < 100; tries++)); do
        alive=
        for name in "$@"; do
            pid=$(cat "$DIR/pid/$name" 2>/dev/null) && kill -0 -- "-$pid" 2>/dev/null && alive=1
        done
        [ -n "$alive" ] || break
        sleep 0.1
    done
    for name in "$@"; do
        if pid=$(cat "$DIR/pid/$name" 2>/dev/null); then kill -KILL -- "-$pid" 2>/dev/null || true; fi
        rm -f "$DIR/pid/$name"
    done
    return 0
}
