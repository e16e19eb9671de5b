# shellcheck shell=bash
# What every script under scripts/ shares. Source it first; it moves to the project's root.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
cd "$ROOT" || exit 70
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

say() { printf '%s\n' "$*"; }
warn() { printf 'warning: %s\n' "$*" >&2; }

# die CODE SENTENCE...: exit codes are the daemons' own (64 usage, 69 unavailable, 70 internal, 78 configuration).
die() {
    local code=$1
    shift
    printf 'error: %s\n' "$*" >&2
    exit "$code"
}

is_root() { [ "$(id -u)" = 0 ]; }

# run_as USER COMMAND...: under `make run` as root each program has its own user; without root all are the current one.
run_as() {
    local user=$1
    shift
    if is_root && [ "$user" != root ]; then
        runuser -u "$user" -- "$@"
    else
        "$@"
    fi
}

# shell_quote VALUE: as one word for any POSIX shell.
shell_quote() { printf "'%s'" "${1//\'/\'\\\'\'}"; }

# random_hex BYTES
random_hex() { od -An -v -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

# random_words: a password that can be read aloud: 4 groups of 5 out of 30 unambiguous characters (98 bits).
random_words() {
    local raw
    raw=$(LC_ALL=C tr -dc 'abcdefghjkmnpqrstuvwxyz2345678' </dev/urandom | head -c 20)
    printf '%s-%s-%s-%s' "${raw:0:5}" "${raw:5:5}" "${raw:10:5}" "${raw:15:5}"
}

# port_in_use PORT: does something accept connections there on loopback.
port_in_use() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
