#!/usr/bin/env bash
# Starts TorrentClou in one container, or replaces the one that runs by the newest image. Its data are in three volumes and
# stay; they are those of the replaced product, which is taken over. Run it where .env is, or shall be.
# usage: run.sh
# Environment: IMAGE (pin a tag here), NAME (torrencloud), VOLUME_PREFIX (torrencloud), WEB_PORT, API_PORT, PEER_PORT,
# PUBLISH (an address to listen on, default all), ENGINE (docker or podman), PULL=0 to use the image that is here.
set -euo pipefail

IMAGE=${IMAGE:-ghcr.io/torrenclou/torrentclou:latest}
NAME=${NAME:-torrencloud}
VOLUME_PREFIX=${VOLUME_PREFIX:-torrencloud}

say() { printf '%s\n' "$*"; }
die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# setting NAME DEFAULT: from the environment, from .env, or the default.
setting() {
    local value=${!1-}
    if [ -z "$value" ] && [ -r .env ]; then value=$(sed -nE "s/^(export )?$1=//p" .env | tail -n 1 | tr -d "\r\"'"); fi
    printf '%s' "${value:-$2}"
}

find_engine() {
    local name
    for name in ${ENGINE:-docker podman}; do
        command -v "$name" >/dev/null || continue
        "$name" info >/dev/null 2>&1 || die "$name is installed but does not answer: is its daemon running, and may you use it?"
        engine=$name
        return
    done
    die "docker or podman is needed: https://docs.docker.com/engine/install/"
}

# The login alone: every other secret is made by the container and kept beside its data.
make_env() {
    local password
    [ ! -e .env ] || return 0
    password=$(head -c 2000 /dev/urandom | LC_ALL=C tr -dc 'abcdefghjkmnpqrstuvwxyz2345678' | cut -c 1-20)
    (
        umask 077
        cat >.env <<END
# Settings of TorrentClou: every name of .env.example. After a change run run.sh again.
ADMIN_EMAIL=admin@torrentclou.local
ADMIN_PASSWORD=$password
END
    )
    say "A new .env was made, with a login of its own."
}

free_port() {
    ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null || die "port $1 is taken by another program; set $2 in .env"
}

get_image() {
    if [ "${PULL:-1}" = 0 ] || "$engine" pull "$IMAGE"; then return; fi
    "$engine" image inspect "$IMAGE" >/dev/null 2>&1 || die "$IMAGE cannot be had"
    say "$IMAGE could not be pulled; going on with the one that is here"
}

# The old one drains first; what it was is kept as a tag, to go back to.
end_old() {
    local old
    "$engine" container inspect "$NAME" >/dev/null 2>&1 || return 0
    old=$("$engine" container inspect "$NAME" --format '{{.Image}}')
    say "Stopping $NAME; uploads in flight get up to six minutes."
    "$engine" stop -t 400 "$NAME" >/dev/null
    "$engine" rm "$NAME" >/dev/null
    "$engine" tag "$old" torrentclou:previous 2>/dev/null || true
}

start() {
    local at=${PUBLISH:+$PUBLISH:} rotate=()
    if [ "$engine" = docker ]; then rotate=(--log-opt max-size=10m --log-opt max-file=5); fi
    "$engine" run -d --name "$NAME" --restart unless-stopped --stop-timeout 400 --env-file .env \
        -e WEB_PORT="$web" -e API_PORT="$api" \
        -p "$at$web:$web" -p "$at$api:$api" -p "$at$peer:6881" -p "$at$peer:6881/udp" \
        -v "$VOLUME_PREFIX-pgdata:/data/postgres" -v "$VOLUME_PREFIX-redis:/data/redis" \
        -v "$VOLUME_PREFIX-downloads:/data/downloads" --read-only --tmpfs /run --tmpfs /tmp --cap-drop ALL \
        --cap-add CHOWN --cap-add DAC_OVERRIDE --cap-add FOWNER --cap-add KILL --cap-add SETGID --cap-add SETUID \
        --security-opt no-new-privileges "${rotate[@]}" "$IMAGE" >/dev/null
}

wait_healthy() {
    local scheme=http end=$((SECONDS + 120))
    if [ -n "$(setting TLS_CERT '')" ]; then scheme=https; fi
    until curl -fsSk -m 5 "$scheme://${PUBLISH:-127.0.0.1}:$api/api/health/ready" >/dev/null 2>&1; do
        if [ $SECONDS -ge $end ] || [ "$("$engine" container inspect "$NAME" --format '{{.State.Running}}')" != true ]; then
            "$engine" logs "$NAME" 2>&1 | tail -n 30 >&2
            die "TorrentClou did not become healthy; above are its last messages ($engine logs $NAME shows all of them)"
        fi
        sleep 0.5
    done
}

summary() {
    local address
    address=$(hostname -I 2>/dev/null | awk '{ print $1 }') || address=
    say "TorrentClou runs."
    say "  here       http://localhost:$web"
    if [ -n "$address" ] && [ -z "${PUBLISH-}" ]; then say "  network    http://$address:$web"; fi
    say "  API        http://localhost:$api/api"
    say "  e-mail     $(setting ADMIN_EMAIL "(printed at the first start: $engine logs $NAME)")"
    say "  password   $(setting ADMIN_PASSWORD "(printed at the first start: $engine logs $NAME)")"
    say "  settings   $PWD/.env"
    say "  stop       $engine stop $NAME"
    if "$engine" image inspect torrentclou:previous >/dev/null 2>&1; then
        say "  go back    IMAGE=torrentclou:previous PULL=0 $0"
    fi
}

find_engine
command -v curl >/dev/null || die "curl is needed"
make_env
web=$(setting WEB_PORT 47100) api=$(setting API_PORT 47200) peer=$(setting PEER_PORT 6881)
get_image
end_old
free_port "$web" WEB_PORT
free_port "$api" API_PORT
start
wait_healthy
summary
