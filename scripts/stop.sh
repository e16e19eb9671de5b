#!/usr/bin/env bash
# `make stop`: the workers finish what must not be cut and save where they are, then everything stops.
set -euo pipefail
exec "$(dirname "$0")/platform.sh" down
