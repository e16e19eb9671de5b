#!/usr/bin/env bash
# `make bench`: the release build beside real peers, in interleaved rounds on this machine; docs/benchmarks.md says how.
# Never part of `make test`: figures of a busy machine are no verdict on a change.
# usage: bench.sh [PART...]   parts: idle api upload download (default: all)
# Environment: BENCH_MIB (1024) the size of downloads, BENCH_PAIRS (5) the rounds, BENCH_CLIENTS ("aria2c qbittorrent-nox
# transmission") whom the download is compared with, BENCH_UPLOADS ("one forty small far parts drive refused overlap") the parts of
# the upload and BENCH_SCALE (1) how much of their files, LONG=1 for long forms. Exit 1 when a target is missed.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/platform/common.sh"

# The rig's own settings are for tests: intervals of a second, small parts. Here the settings are those of production,
# but for what a swarm on loopback needs. An empty line of --help's table has no default.
production_settings() {
    local name value
    while read -r name value; do
        case $name in
        TORRENT_UTP | TORRENT_DHT | TORRENT_LSD | TORRENT_PORT_MAPPING | TORRENT_SAME_IP_PEERS | SCRAPE_FALLBACK_TRACKERS) ;;
        LEASE_MS | HEARTBEAT_MS | RECOVER_* | REQUEUE_* | RETRY_* | WAIT_* | PROGRESS_* | RESUME_* | STALL_MS | S3_* | GDRIVE_* | GOOGLE_TIMEOUT_MS | LOG_LEVEL)
            [ -n "${!name+x}" ] || export "$name=$value"
            ;;
        esac
    done < <(for program in torrent-worker s3-worker gdrive-worker; do
        "build/release-gcc/bin/torrentclou-$program" --help |
            awk '/^  [A-Z0-9_]+$/ { name = $1 } match($0, /; default [^ ]+$/) { print name, substr($0, RSTART + 10) }'
    done | sort -u)
}

parts=("$@")
[ $# -gt 0 ] || parts=(idle api upload download)
for part in "${parts[@]}"; do
    [ -f "tests/bench/$part.py" ] || die 64 "no such part: $part (idle, api, upload, download)"
done
unset RIG_DIR VAR_DIR ENV_FILE CC VARIANT
scripts/deps.sh run build test bench
make --no-print-directory -s -j"$(nproc)" all
production_settings
code=0
RIG_DIR=$(mktemp -d /tmp/tc-bench.XXXXXX)
export RIG_DIR
trap 'tests/rig/rig down "$RIG_DIR" >/dev/null 2>&1 || true; rm -rf "$RIG_DIR"' EXIT
trap 'exit 130' INT TERM HUP
# What is measured ships neither logs nor traces, as most installations do.
export OBSERVABILITY_LOKI_URL='' OBSERVABILITY_OTLP_ENDPOINT=''
# A store that answers from one core would be what is measured.
RIG_S3_WORKERS=$(nproc)
export RIG_S3_WORKERS
tests/rig/rig up "$RIG_DIR" </dev/null
for part in "${parts[@]}"; do
    /usr/bin/python3 "tests/bench/$part.py" </dev/null || code=$?
done
exit $code
