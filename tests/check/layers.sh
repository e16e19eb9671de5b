#!/usr/bin/env bash
# The include rules of CONTRIBUTING.md. lib/ is layered: base, domain, net, then store and queue, then provider and torrent;
# each includes only those before it. One file per library. Prints every breach; exit 1 when there is one.
set -euo pipefail
cd "$(dirname "$0")/../.."

found=0
breach() {
    printf '%s\n' "$1"
    found=1
}

# allowed FOLDER REGEX: every project header that a file of FOLDER includes must match (a header beside it always may).
allowed() {
    local hit
    while IFS= read -r hit; do
        [ -z "$hit" ] || breach "$hit: $1 may include only $2"
    done < <(find "$1" -maxdepth "${3:-9}" -name '*.[ch]' -o -maxdepth "${3:-9}" -name '*.cc' -o -maxdepth "${3:-9}" -name '*.hh' | sort |
        xargs -r grep -HnE '^#include "[a-z0-9-]+/' | grep -vE "#include \"($2)/" || true)
}

# only_in HEADER FILE...: an outside library's header, or one of ours that brings it along, is included by these files alone.
only_in() {
    local header=$1 hit
    shift
    while IFS= read -r hit; do
        [[ " $* " == *" ${hit%%:*} "* ]] || breach "$hit: only $* may include $header"
    done < <(grep -rnE "^#include [<\"]$header" lib fcgi-app workers --include='*.[ch]' --include='*.cc' --include='*.hh' || true)
}

allowed lib/base 'base'
allowed lib/domain 'base|domain'
allowed lib/net 'base|domain|net'
allowed lib/store 'base|domain|net|store'
allowed lib/queue 'base|domain|net|queue'
allowed lib/provider 'base|domain|net|provider'
allowed lib/torrent 'base|domain|net|torrent'
allowed fcgi-app/handlers 'base|domain|fcgi-app'
allowed fcgi-app 'base|domain|net|store|queue|provider|torrent|fcgi-app'
allowed workers 'base|domain|net|store|queue|provider|torrent|workers'

only_in libpq-fe.h lib/net/db_pq.h
only_in net/db_pq.h lib/net/db*.c
only_in hiredis lib/net/redis.c
only_in curl/ lib/net/http_internal.h
only_in net/http_internal.h lib/net/http*.c
only_in jwt.h lib/net/token.c
only_in jansson.h lib/net/json.c
# The C++ behind engine.h and metainfo.h, and the headers that only it shares.
only_in 'libtorrent/' lib/torrent/*_libtorrent.cc lib/torrent/*.hh

exit $found
