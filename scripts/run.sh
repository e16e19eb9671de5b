#!/usr/bin/env bash
# `make run`: install what is missing, build, start everything under ./var, print the address and the login. On a running
# platform: build again and restart only what changed.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/platform/common.sh"
scripts/deps.sh run build
make --no-print-directory -s all
exec scripts/platform.sh up
