#!/usr/bin/env bash
# `make test`: every test, in one go. Unit tests and fuzzers under AddressSanitizer and UBSan, the web app's tests, then the
# whole platform with real peers (tests/rig) for tests/api, tests/e2e and tests/chaos. The last line is "N passed, N failed".
# usage: test.sh [SUITE...]   suites: unit fuzz web scripts api e2e chaos (default: all)
# Environment: LONG=1 runs long forms in full (mutated requests, kill matrix, lost answers, short tokens). RIG_VARIANT=asan|release
# chooses the daemons under test (default asan; the kill matrix is for asan alone, a release has no fault points).
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/platform/common.sh"

LOGS=$ROOT/build/test-logs
COUNTS=$LOGS/counts

# count NAME PASSED FAILED SECONDS: one suite's line, noted for the sum.
count() {
    echo "$2 $3" >>"$COUNTS"
    printf '%-10s %4d passed, %d failed (%d s)\n' "$1" "$2" "$3" "$4"
}

# suite NAME COMMAND...: a command whose last line says "N passed, N failed". One that ends badly without saying so, or
# that ran nothing, is a failure: a suite must not vanish in silence.
suite() {
    local name=$1 log=$LOGS/$1.log begin=$SECONDS code=0 ok bad
    shift
    "$@" >"$log" 2>&1 </dev/null || code=$?
    read -r ok bad < <(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$log" | tail -n 1) || { ok=0 bad=0; }
    if [ "$bad" = 0 ] && { [ $code != 0 ] || [ "$ok" = 0 ]; }; then bad=1; fi
    # Two rigs speak at the same time: say it in one go.
    printf '%s\n' "$(
        if [ "$bad" != 0 ]; then tail -n "${TAIL:-60}" "$log" | sed 's/^/    /'; fi
        count "$name" "$ok" "$bad" $((SECONDS - begin))
    )"
}

# unit_tests: each program of tests/unit. A crash counts as one failed test.
unit_tests() {
    local program out ran ok code total=0 bad=0
    make --no-print-directory -s -j"$(nproc)" VARIANT=asan unit
    for program in $(make --no-print-directory -s VARIANT=asan unit-list); do
        code=0
        out=$(timeout 600 "$program" 2>&1) || code=$?
        ran=$(sed -nE 's/^\[=+\] Running ([0-9]+) test.*/\1/p' <<<"$out" | awk '{ n += $1 } END { print n + 0 }')
        ok=$(sed -nE 's/^\[  PASSED  \] ([0-9]+) test.*/\1/p' <<<"$out" | awk '{ n += $1 } END { print n + 0 }')
        if [ $code != 0 ] && [ "$ran" = "$ok" ]; then ran=$((ran + 1)); fi
        if [ "$ran" != "$ok" ] || [ $code != 0 ]; then printf '%s: exit %s\n%s\n' "$program" "$code" "$out"; fi
        total=$((total + ok)) bad=$((bad + ran - ok))
    done
    say "$total passed, $bad failed"
    [ $bad = 0 ]
}

# web_tests: vitest counts in its own words ("Tests  2 failed | 43 passed (45)").
web_tests() {
    local code=0 out line ok bad
    out=$(NO_COLOR=1 scripts/web.sh test 2>&1) || code=$?
    say "$out"
    line=$(grep -aE '^ *Tests  ' <<<"$out" | tail -n 1)
    ok=$(grep -oE '[0-9]+ passed' <<<"$line" | cut -d' ' -f1)
    bad=$(grep -oE '[0-9]+ failed' <<<"$line" | cut -d' ' -f1)
    say "${ok:-0} passed, ${bad:-0} failed"
    return $code
}

# sanitizer_reports: what AddressSanitizer or UBSan said in a daemon's log, however green the tests were.
sanitizer_reports() {
    local log bad=0
    for log in "$RIG_DIR"/platform/log/*.log "$RIG_DIR"/platform/log/*.log.*; do
        [ -e "$log" ] || continue
        if grep -qE 'ERROR: (Address|Leak)Sanitizer|runtime error:' "$log"; then
            say "$log:"
            grep -m 1 -A 25 -E 'ERROR: (Address|Leak)Sanitizer|runtime error:' "$log"
            bad=$((bad + 1))
        fi
    done
    say "$((bad == 0)) passed, $bad failed"
    [ $bad = 0 ]
}

# left_behind: processes that still name the rig's folder after it went down.
left_behind() {
    local rest
    # shellcheck disable=SC2009 # whole command lines, and pgrep would find this script
    rest=$(ps -eo pid=,args= | grep -F "$RIG_DIR" | grep -vE 'grep|rig/rig|test\.sh' || true)
    say "$rest"
    say "$([ -z "$rest" ] && echo "1 passed, 0 failed" || echo "0 passed, 1 failed")"
}

# rig_suites RIG NAME...: suites on a rig of their own, in a subshell.
rig_suites() {
    local rig=$1 code=0 name failed
    shift
    RIG_DIR=$(mktemp -d /tmp/tc-test.XXXXXX)
    export RIG_DIR
    trap 'tests/rig/rig down "$RIG_DIR" >/dev/null 2>&1 || true; rm -rf "$RIG_DIR"' EXIT
    trap 'exit 130' INT TERM HUP
    VARIANT=${RIG_VARIANT:-asan} tests/rig/rig up "$RIG_DIR" >"$LOGS/$rig.log" 2>&1 </dev/null || code=$?
    if [ $code != 0 ]; then
        tail -n 40 "$LOGS/$rig.log" | sed 's/^/    /'
        count "$rig" 0 1 0
        return
    fi
    for name in "$@"; do
        case $name in
        e2e) suite e2e tests/e2e/run.sh ;;
        *) suite "$name" /usr/bin/python3 tests/rig/suite.py "tests/$name" ;;
        esac
    done
    tests/rig/rig down "$RIG_DIR" >>"$LOGS/$rig.log" 2>&1 || true
    suite "$rig-asan" sanitizer_reports
    suite "$rig-down" left_behind
    failed=$(awk '{ n += $2 } END { print n + 0 }' "$COUNTS")
    if [ "$failed" != 0 ]; then
        rm -rf "$LOGS/platform-$rig"
        cp -r "$RIG_DIR/platform/log" "$LOGS/platform-$rig"
        say "the daemons' logs of $rig are in build/test-logs/platform-$rig"
    fi
}

# side_by_side: what the chaos tests mostly do is wait, so the others run beside them on a second rig.
side_by_side() {
    local pids=() pid
    trap 'kill $(jobs -p) 2>/dev/null || true; wait; exit 130' INT TERM HUP
    [[ $list != *" chaos "* ]] || { (rig_suites rig-chaos chaos) & pids+=($!); }
    [ ${#rig[@]} = 0 ] || { (rig_suites rig-web "${rig[@]}") & pids+=($!); }
    for pid in "${pids[@]}"; do wait "$pid" || count rig 0 1 0; done
}

suites=("$@")
[ $# -gt 0 ] || suites=(unit fuzz web scripts api e2e chaos)
list=" ${suites[*]} "
scripts/deps.sh run build test
mkdir -p "$LOGS"
: >"$COUNTS"
unset RIG_DIR VAR_DIR ENV_FILE CC VARIANT
export ASAN_OPTIONS=detect_stack_use_after_return=1:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1

[[ $list != *" unit "* ]] || suite unit unit_tests
[[ $list != *" fuzz "* ]] || suite fuzz scripts/fuzz.sh short
[[ $list != *" web "* ]] || suite web web_tests
[[ $list != *" scripts "* ]] || suite scripts /usr/bin/python3 tests/rig/suite.py tests/scripts
rig=()
for name in api e2e; do [[ $list != *" $name "* ]] || rig+=("$name"); done
if [[ ${#rig[@]} != 0 || $list == *" chaos "* ]]; then
    make --no-print-directory -s -j"$(nproc)" VARIANT="${RIG_VARIANT:-asan}" all >"$LOGS/build.log" 2>&1 || {
        tail -n 40 "$LOGS/build.log" >&2
        die 1 "the build failed; the whole log is build/test-logs/build.log"
    }
    side_by_side
fi
read -r passed failed < <(awk '{ p += $1; f += $2 } END { print p + 0, f + 0 }' "$COUNTS")
say "$passed passed, $failed failed"
[ "$failed" = 0 ]
