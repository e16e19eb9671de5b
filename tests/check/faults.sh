#!/usr/bin/env bash
# Fault points (lib/base/fault.h): each FAULT has one row in fault_points.h, each row one FAULT, and nothing of it is in a
# release: neither the names nor the way to order one. Prints every breach; exit 1 when there is one.
# usage: faults.sh [BIN_FOLDER]   a folder of release binaries to look into
set -euo pipefail
cd "$(dirname "$0")/../.."

found=0
breach() {
    printf '%s\n' "$1"
    found=1
}

rows=$(sed -nE 's/^FAULT_POINT\([A-Z0-9]+, [A-Z]+, "([^"]+)".*/\1/p' lib/base/fault_points.h)
used=$(git ls-files -co --exclude-standard 'lib/*.c' 'workers/*.c' | xargs cat | tr '\n' ' ' |
    grep -oE '\bFAULT(_AFTER)?\( *"[^"]+"' | sed -E 's/^[^"]*"([^"]+)"$/\1/')
[ "$(grep -c '^FAULT_POINT(' lib/base/fault_points.h)" = "$(wc -l <<<"$rows")" ] || breach 'fault_points.h: a row that cannot be read'
while IFS= read -r name; do
    [ -z "$name" ] || breach "fault_points.h: $name has two rows"
done < <(sort <<<"$rows" | uniq -d)
while IFS= read -r name; do
    [ -z "$name" ] || breach "FAULT(\"$name\") has no row in lib/base/fault_points.h"
done < <(comm -13 <(sort -u <<<"$rows") <(sort -u <<<"$used"))
while IFS= read -r name; do
    [ -z "$name" ] || breach "fault_points.h: nobody passes $name"
done < <(comm -23 <(sort -u <<<"$rows") <(sort -u <<<"$used"))

for binary in "${1-/nowhere}"/torrentclou-*; do
    [ -e "$binary" ] || continue
    if grep -qaE 'TC_FAULT|claim\.commit\.before' "$binary"; then breach "$binary holds fault points"; fi
done
exit $found
