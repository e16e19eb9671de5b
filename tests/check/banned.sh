#!/usr/bin/env bash
# Calls that this code does not make, each with what to use in its place. Prints every one; exit 1 when there is one.
set -euo pipefail
cd "$(dirname "$0")/../.."

found=0
# banned NAMES WHY: calls of these functions anywhere in the C and C++ code.
banned() {
    local hit
    while IFS= read -r hit; do
        printf '%s: %s\n' "$hit" "$2"
        found=1
    done < <(git ls-files -co --exclude-standard 'lib/*.[ch]' 'lib/*.cc' 'lib/*.hh' 'fcgi-app/*.[ch]' 'workers/*.[ch]' |
        xargs -r grep -nE "(^|[^a-zA-Z0-9_.>])($1) ?\\(" | grep -vE '^[^:]*:[0-9]+: *(/?\*|//)' || true)
}

banned 'strcpy|strcat|stpcpy|strncpy|strncat|sprintf|vsprintf' 'no bound that the compiler can see; use base/buf.h or arena_printf'
banned 'gets|scanf|fscanf' 'no bound; read with one'
banned 'strtok' 'keeps state between callers; use strtok_r or strcspn'
banned 'system|popen|execlp|execvp' 'no shell, no PATH'
banned 'atoi|atol|atoll|atof' 'cannot tell an error; use strtoll with a check'
banned 'gmtime|localtime|ctime|asctime' 'not safe with threads; use base/clock.h'
banned 'tmpnam|mktemp|tempnam' 'races; use mkstemp'
banned 'alloca' 'no bound on the stack; use an arena'
banned 'setjmp|longjmp' 'jumps over the cleanup'
exit $found
