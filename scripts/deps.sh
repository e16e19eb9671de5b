#!/usr/bin/env bash
# Installs the Debian packages that are missing.
# usage: deps.sh SET...   sets: run build test check containers (the lists in scripts/packages/)
# Exit 2 when something is missing and we are not root: the exact command to run is printed.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=platform/common.sh
. "$(dirname "$0")/platform/common.sh"

policy=/usr/sbin/policy-rc.d
cluster_conf=/etc/postgresql-common/createcluster.d/torrentclou-no-main.conf
made_policy=
made_cluster_conf=

command -v dpkg-query >/dev/null || die 2 "this is not Debian: install the packages of scripts/packages/ by hand"

# Names of what is installed, and of what that provides (another vendor's nodejs brings npm itself).
have=$(dpkg-query -W -f '${db:Status-Status} ${Package}, ${Provides}\n' 2>/dev/null |
    sed -n 's/^installed //p' | tr ',' '\n' | sed -E 's/^ +//; s/ .*//' | sort -u) || true
installed() { grep -qxF "$1" <<<"$have"; }

# missing_of SET: packages of that list which are absent. "a | b" is content with either and asks for the first.
missing_of() {
    local line name found
    while read -r line; do
        case $line in '' | '#'*) continue ;; esac
        found=
        for name in ${line//|/ }; do
            if installed "$name"; then
                found=1
                break
            fi
        done
        [ -n "$found" ] || printf '%s\n' "${line%% *}"
    done <"scripts/packages/$1.txt"
}

# Installing must not start a second PostgreSQL, Redis or nginx beside ours. Files that exist belong to the machine's
# owner and stay as they are.
forbid_starts() {
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
        made_policy=1
    fi
    if [ ! -e "$cluster_conf" ]; then
        mkdir -p "${cluster_conf%/*}"
        printf 'create_main_cluster = false\n' >"$cluster_conf"
        made_cluster_conf=1
    fi
}

allow_starts() {
    if [ -n "$made_policy" ]; then rm -f "$policy"; fi
    if [ -n "$made_cluster_conf" ]; then
        rm -f "$cluster_conf"
        rmdir --ignore-fail-on-non-empty "${cluster_conf%/*}"
    fi
}

[ $# -gt 0 ] || die 64 "usage: scripts/deps.sh run|build|test|check|containers..."
want=()
for set in "$@"; do
    [ -f "scripts/packages/$set.txt" ] || die 64 "no such set of packages: $set"
    while read -r name; do want+=("$name"); done < <(missing_of "$set")
done
[ ${#want[@]} -gt 0 ] || exit 0

if ! is_root; then
    say "Packages are missing. Run this as root, then try again:" >&2
    say "  apt-get update && apt-get install -y --no-install-recommends ${want[*]}" >&2
    exit 2
fi
say "installing ${want[*]}"
trap allow_starts EXIT
trap 'exit 130' INT TERM
forbid_starts
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
apt() { apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" </dev/null >>"$log" 2>&1; }
if ! { apt update && apt install -y --no-install-recommends "${want[@]}"; }; then
    tail -n 30 "$log" >&2
    die 1 "apt could not install them; the whole log is in $log"
fi
rm -f "$log"
