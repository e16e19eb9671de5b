#!/usr/bin/env bash
# The web app: `web.sh build` makes static/dist, `web.sh check` lints, checks types and the size budget, `web.sh test` runs
# its tests; `web.sh exec FOLDER COMMAND...` runs anything else there, with the same Node and that folder's packages. Brings a
# pinned Node where the machine's own is too old, and installs packages only when their lock changed.
set -euo pipefail
cd "$(dirname "$0")/../static"

say() { printf 'web: %s\n' "$*"; }
die() {
    local code=$1
    shift
    printf 'web: %s\n' "$*" >&2
    exit "$code"
}

# Behind a TLS-inspecting proxy the machine's CA file is the one that works; Node reads only its own variable.
if [ -z "${NODE_EXTRA_CA_CERTS:-}" ] && [ -n "${SSL_CERT_FILE:-}" ]; then
    export NODE_EXTRA_CA_CERTS=$SSL_CERT_FILE
fi

# Vite and Tailwind need ^20.19 or >=22.12 (package.json says the same to npm).
node_fits() {
    command -v node >/dev/null && node -e '
        const [major, minor] = process.versions.node.split(".").map(Number)
        process.exit((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22 ? 0 : 1)'
}

# The name of node_modules' contents: the lock and the Node that they were installed with.
packages_id() { { cat package-lock.json && node --version; } | sha256sum | cut -d' ' -f1; }

inputs=(src public docs scripts index.html package.json package-lock.json tsconfig.json vite.config.ts ../docs/openapi.yaml)

# What the build reads; a build of the same inputs is the same build.
inputs_id() {
    {
        git ls-files -co --exclude-standard -- "${inputs[@]}" 2>/dev/null || find "${inputs[@]}" -type f
    } | LC_ALL=C sort | xargs -d '\n' sha256sum 2>/dev/null | sha256sum | cut -d' ' -f1
}

use_node() {
    if node_fits; then return; fi
    command -v npm >/dev/null || die 2 "Node 20.19 or later is needed, and npm to bring it: apt-get install npm"
    case $(uname -m) in
        x86_64) arch=x64 ;;
        aarch64) arch=arm64 ;;
        *) die 2 "Node 20.19 or later is needed; there is no pinned one for $(uname -m)" ;;
    esac
    local bin=$PWD/toolchain/node_modules/node-linux-$arch/bin
    if [ ! -x "$bin/node" ] || [ toolchain/package-lock.json -nt "$bin/node" ]; then
        say "bringing Node 22 ($(node --version 2>/dev/null || echo none) is too old)"
        (cd toolchain && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
        touch "$bin/node"
    fi
    export PATH=$bin:$PATH
    node_fits || die 2 "the Node that was brought does not run here"
}

use_packages() {
    command -v npm >/dev/null || die 2 "npm is needed: apt-get install npm"
    local id
    id=$(packages_id)
    [ "$(cat node_modules/.installed 2>/dev/null)" = "$id" ] && return
    say "installing packages"
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
    printf '%s\n' "$id" >node_modules/.installed
}

build() {
    local id
    id=$(inputs_id)
    if [ -f dist/index.html ] && [ "$(cat node_modules/.built 2>/dev/null)" = "$id" ]; then
        say "dist is current"
        return
    fi
    rm -f node_modules/.built
    npm run --silent build
    printf '%s\n' "$id" >node_modules/.built
}

check() {
    npm run --silent lint
    npm run --silent typecheck
    build
    npm run --silent size
}

case ${1:-} in
    build | check | test) ;;
    exec) [ $# -gt 2 ] || die 64 "usage: scripts/web.sh exec FOLDER COMMAND..." ;;
    *) die 64 "usage: scripts/web.sh build|check|test|exec FOLDER COMMAND..." ;;
esac
# Two of us at once would install and build over each other.
exec 9<package.json
flock 9
use_node
if [ "$1" = exec ]; then cd "../$2"; fi
use_packages
case $1 in
    exec) shift 2 && exec "$@" 9<&- ;;
    build) build ;;
    check) check ;;
    test) npm run --silent test ;;
esac
