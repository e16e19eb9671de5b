#!/bin/sh
# The image's first process. All of the work is in scripts/platform.sh, which `make run` uses too.
# Arguments name another command in place of the platform: `docker run … torrentclou-admin check`.
set -eu
[ $# -gt 0 ] || exec /opt/torrentclou/scripts/platform.sh exec
exec "$@"
