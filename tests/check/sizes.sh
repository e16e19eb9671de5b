#!/usr/bin/env bash
# Functions over 60 lines and files over 500: each is a question (one reason to read it?), so this only reports.
set -euo pipefail
cd "$(dirname "$0")/../.."

git ls-files -co --exclude-standard '*.c' '*.cc' '*.h' '*.hh' '*.sh' '*.py' '*.ts' '*.tsx' '*.mjs' |
    xargs -r wc -l | awk '$2 != "total" && $1 > 500 { print "  " $2 ": " $1 " lines" }'
# The style puts a function's braces into the first column and nothing else there.
# shellcheck disable=SC2016 # awk's own $0
git ls-files -co --exclude-standard '*.c' '*.cc' | xargs -r awk '
    FNR == 1 { start = 0 }
    /^[a-zA-Z]/ { head = /\(/ ? $0 : "" }
    /^\{/ { start = head == "" ? 0 : FNR; name = head }
    /^\}/ && start { if (FNR - start > 60) { sub(/\(.*/, "", name); sub(/.*[ *]/, "", name); print "  " FILENAME ": " name " has " FNR - start " lines" } start = 0 }'
