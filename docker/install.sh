#!/usr/bin/env bash
# From nothing to a running TorrentClou: fetches the project into ./torrentclou (or brings it up to date) and starts the
# image with docker/run.sh. An .env that is there stays.
# usage: install.sh
# Environment: REPOSITORY (the address to clone), and everything that run.sh reads.
set -euo pipefail

REPOSITORY=${REPOSITORY:-https://github.com/torrenclou/torrentclou.git}
folder=torrentclou

die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

for tool in git curl; do command -v "$tool" >/dev/null || die "$tool is needed; install it with your package manager"; done
command -v docker >/dev/null || command -v podman >/dev/null ||
    die "docker or podman is needed: https://docs.docker.com/engine/install/"

if [ -d "$folder/.git" ]; then
    git -C "$folder" pull --ff-only
else
    [ ! -e "$folder" ] || die "./$folder is there already and is no clone of TorrentClou"
    git clone --depth 1 "$REPOSITORY" "$folder"
fi
cd "$folder"
exec docker/run.sh
