#!/usr/bin/env bash
# The tag of an image of this commit: YYYY.MM.DD-<backend>-<frontend>, as people who pin one know it. Backend is the last
# commit that touched anything outside static/, frontend the last one inside; the day is the later one's, UTC.
# usage: version.sh [COMMIT]
set -euo pipefail
cd "${GIT_WORK_TREE:-$(dirname "$0")/..}"

commit=${1:-HEAD}
last() { TZ=UTC git log -1 --format="$1" --date=format-local:%Y.%m.%d "$commit" -- "${@:2}"; }
backend=$(last %H . ':(top,exclude)static')
frontend=$(last %H :/static)
if [ -z "$backend" ] || [ -z "$frontend" ]; then
    echo "version.sh: $commit has no commit outside or none inside static/; is the history complete?" >&2
    exit 1
fi
day=$(last %cd :/)
printf '%s-%s-%s\n' "$day" "${backend:0:7}" "${frontend:0:7}"
