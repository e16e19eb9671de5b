#!/usr/bin/env bash
# The fuzzers of tests/fuzz. The last line is "N passed, N failed"; an input that breaks one is kept in
# build/fuzz/crashes, with the command that repeats it.
# usage: fuzz.sh short|long|cover [NAME...]   names: query json … (default: all)
#   short  the corpus, then FUZZ_RUNS (10000) inputs of a fixed seed: a part of `make test`, the same each time
#   long   FUZZ_SECONDS (60) each on all cores; what is found grows in build/fuzz/found and serves the next time
#   cover  lines that the corpus reaches, a file a line (needs Debian's llvm)
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/platform/common.sh"

mode=${1:-}
[[ $mode =~ ^(short|long|cover)$ ]] || die 64 "usage: scripts/fuzz.sh short|long|cover [NAME...]"
shift
names=("$@")
if [ $# = 0 ]; then
    for file in tests/fuzz/fuzz_*.c; do
        name=${file##*/fuzz_}
        names+=("${name%.c}")
    done
fi

VARIANT=fuzz
[ "$mode" != cover ] || VARIANT=cover
export VARIANT
BIN=$ROOT/build/$VARIANT-clang/fuzz
OUT=$ROOT/build/fuzz
export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:allocator_may_return_null=1
export UBSAN_OPTIONS=print_stacktrace=1

# options NAME: what every run of the fuzzer has in common, one a line.
options() {
    printf '%s\n' -rss_limit_mb=2048 -timeout=25 -max_len=65536 "-artifact_prefix=$OUT/crashes/$1-"
    [ ! -e "tests/fuzz/dict/$1.dict" ] || echo "-dict=tests/fuzz/dict/$1.dict"
}

# run_one NAME: prints one line, and all of the fuzzer's words when it failed.
run_one() {
    local name=$1 begin=$SECONDS code=0 log=$OUT/log/$1.log args found=$OUT/found/$1
    mapfile -t args < <(options "$name")
    if [ "$mode" = long ]; then
        mkdir -p "$found"
        args+=("-max_total_time=${FUZZ_SECONDS:-60}" -print_final_stats=1 "$found" "tests/fuzz/corpus/$name")
    else
        found=$OUT/scratch/$name
        rm -rf "$found"
        mkdir -p "$found"
        args+=("-runs=${FUZZ_RUNS:-10000}" -seed=1 "$found" "tests/fuzz/corpus/$name")
    fi
    "$BIN/fuzz_$name" "${args[@]}" >"$log" 2>&1 </dev/null || code=$?
    if [ $code = 0 ]; then
        say "ok    $name $((SECONDS - begin)) s, $(grep -aoE 'cov: [0-9]+ ft: [0-9]+' "$log" | tail -n 1)"
    else
        say "FAIL  $name (exit $code)" "$(grep -avE '^#[0-9]+	|^INFO' "$log" | tail -n 60)"
        sed -nE "s|.*Test unit written to ||p" "$log" | while read -r input; do
            say "repeat it: VARIANT=fuzz CC=clang make fuzzers && build/fuzz-clang/fuzz/fuzz_$name ${input#"$ROOT/"}"
        done
    fi
}

cover() {
    local name objects=() profiles=()
    rm -rf "$OUT/cover"
    mkdir -p "$OUT/cover"
    for name in "${names[@]}"; do
        LLVM_PROFILE_FILE=$OUT/cover/$name.raw "$BIN/fuzz_$name" -runs=0 "tests/fuzz/corpus/$name" >/dev/null 2>&1
        profiles+=("$OUT/cover/$name.raw")
        objects+=(-object "$BIN/fuzz_$name")
    done
    llvm-profdata merge -o "$OUT/cover/all" "${profiles[@]}"
    llvm-cov report "${objects[@]:1}" -instr-profile="$OUT/cover/all" -ignore-filename-regex='tests/fuzz|^/usr' |
        awk '$8 > 0 && $10 ~ /%/ { printf "%-40s %4d lines %8s\n", $1, $8, $10 }'
}

command -v clang >/dev/null || die 69 "clang is missing: apt-get install clang libclang-rt-14-dev"
mkdir -p "$OUT/log" "$OUT/crashes"
make --no-print-directory -s -j"$(nproc)" VARIANT=$VARIANT CC=clang fuzzers
if [ "$mode" = cover ]; then
    cover
    exit
fi
export -f run_one options say
export mode BIN OUT ROOT
# Each prints when it is done; the sum is counted from the same lines.
printf '%s\n' "${names[@]}" | xargs -P "$(nproc)" -I{} bash -c 'run_one {}' | tee "$OUT/summary"
summary=$(<"$OUT/summary")
failed=$(grep -c '^FAIL ' <<<"$summary" || true)
passed=$(grep -c '^ok ' <<<"$summary" || true)
# One that vanished without a word has failed too.
say "$passed passed, $((failed + ${#names[@]} - passed - failed)) failed"
[ "$passed" = "${#names[@]}" ]
