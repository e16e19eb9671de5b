#!/usr/bin/env bash
# `make image`: builds docker/Dockerfile and prints what it weighs. Takes buildah, podman or docker, whichever is there.
# usage: image.sh [TAG...]     default: torrentclou:latest and torrentclou:<scripts/version.sh>
# Environment: BASE (an image, or one pinned by digest), ENGINE (buildah, podman, docker), CA_FILE (certificates for npm
# behind a proxy that inspects TLS; default those of NODE_EXTRA_CA_CERTS or SSL_CERT_FILE), SOURCE (the address for the label).
# Where no registry is reachable, the base is made from this machine's own Debian mirror: image.sh base.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/platform/common.sh"

BASE=${BASE:-debian:bookworm-slim}
CA_FILE=${CA_FILE-${NODE_EXTRA_CA_CERTS-${SSL_CERT_FILE-}}}
version=$(scripts/version.sh 2>/dev/null || say dev)

engine() {
    local name
    if [ -n "${ENGINE-}" ]; then say "$ENGINE" && return; fi
    for name in buildah podman docker; do
        if command -v $name >/dev/null; then say $name && return; fi
    done
    die 2 "buildah, podman or docker is needed: scripts/deps.sh containers"
}

# base: what debian:bookworm-slim is, from apt's own sources; needs root, mmdebstrap and podman.
base() {
    command -v mmdebstrap >/dev/null || die 2 "mmdebstrap is needed: scripts/deps.sh containers"
    # shellcheck disable=SC2016 # mmdebstrap's own $1
    mmdebstrap --quiet --variant=minbase --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr --include=usr-is-merged \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
        --customize-hook='printf "#!/bin/sh\nexit 101\n" >"$1/usr/sbin/policy-rc.d"; chmod 755 "$1/usr/sbin/policy-rc.d"' \
        bookworm - /etc/apt/sources.list.d/debian.sources |
        podman import --quiet --change 'CMD ["bash"]' \
            --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' - localhost/debian:bookworm-slim
    podman tag localhost/debian:bookworm-slim docker.io/library/debian:bookworm-slim
}

build() {
    local tag name args=(--file docker/Dockerfile --build-arg "BASE=$BASE" --build-arg "VERSION=$version"
        --build-arg "REVISION=$version" --build-arg "SOURCE=${SOURCE-}"
        --build-arg "CREATED=$(date -u +%Y-%m-%dT%H:%M:%SZ -d "@$(git log -1 --format=%ct 2>/dev/null || date +%s)")")
    for tag; do args+=(--tag "$tag"); done
    [ -z "$CA_FILE" ] || args+=(--secret "id=ca,src=$CA_FILE")
    name=$(engine)
    case $name in
    # Docker's format, because the other one knows no HEALTHCHECK; chroot needs neither cgroups nor a runtime.
    buildah) buildah bud --format docker --isolation chroot ${LAYERS:+--layers} --pull=missing "${args[@]}" . ;;
    podman) podman build --format docker --isolation chroot --pull=missing "${args[@]}" . ;;
    *) DOCKER_BUILDKIT=1 "$name" build "${args[@]}" . ;;
    esac
}

# weigh TAG: unpacked, and as a registry keeps it.
weigh() {
    local name plain packed
    name=$(engine)
    [ "$name" != buildah ] || name=podman
    command -v "$name" >/dev/null || return 0
    plain=$("$name" image inspect "$1" --format '{{.Size}}')
    packed=$("$name" save "$1" 2>/dev/null | gzip -6 | wc -c)
    printf '%s: %d MB unpacked, %d MB compressed\n' "$1" $((plain / 1000000)) $((packed / 1000000))
}

if [ "${1-}" = base ]; then
    base
    exit
fi
[ $# -gt 0 ] || set -- torrentclou:latest "torrentclou:$version"
build "$@"
weigh "$1"
