#!/usr/bin/env bash
# The browser's tests, against the rig of RIG_DIR: Debian's Chromium by playwright-core, from the login to the bucket.
# usage: run.sh [TEST.mjs...]   all by default; the last line is "N passed, N failed"
#        run.sh pictures        the pictures of docs/images instead
# Screenshots of every page go to shots/. CHROMIUM names another browser.
set -euo pipefail
cd "$(dirname "$0")"

[ -n "${RIG_DIR-}" ] || {
    echo 'RIG_DIR is not set: run this by tests/rig/rig run ...' >&2
    exit 64
}
if [ -z "${NODE-}" ]; then
    # The Node that the web app is built with, here too.
    exec ../../scripts/web.sh exec tests/e2e env NODE=1 ./run.sh "$@"
fi

if [ "${1-}" = pictures ]; then exec node pictures.mjs; fi
tests=("$@")
[ $# -gt 0 ] || tests=(*.test.mjs)
# One file after the other: the rates of the seeder and of the S3 server are the rig's, not a test's.
exec node --test --test-concurrency=1 --test-reporter=./report.mjs "${tests[@]}"
