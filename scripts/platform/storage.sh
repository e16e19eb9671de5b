# shellcheck shell=bash
# The cluster of PostgreSQL that belongs to an instance. Needs common.sh, layout.sh, settings.sh.

POSTGRES_BIN=/usr/lib/postgresql/15/bin

# sql_single FOLDER STATEMENT...: through the single-user server, before anything listens. The text goes by stdin,
# so that a password never stands in a process list.
sql_single() {
    local answer
    answer=$(printf '%s\n' "${@:2}" | run_as $user_postgres "$POSTGRES_BIN/postgres" --single -D "$1" \
        -c log_min_messages=error -c log_min_error_statement=panic postgres 2>&1) || die 70 "PostgreSQL in $1: $answer"
    ! grep -qE 'ERROR|FATAL|PANIC' <<<"$answer" || die 70 "PostgreSQL in $1: $answer"
}

role_with_password() {
    local text=${cfg[POSTGRES_PASSWORD]//\'/\'\'}
    printf "%s ROLE \"%s\" LOGIN PASSWORD '%s'" "$1" "${cfg[POSTGRES_USER]}" "$text"
}

# postgres_password_id: does the role have this password already? Beside the cluster, which only its owner may enter.
postgres_password_id() { printf '%s %s' "${cfg[POSTGRES_USER]}" "${cfg[POSTGRES_PASSWORD]}" | sha256sum | cut -d' ' -f1; }

# postgres_configure FOLDER: the files that decide how it listens and whom it lets in. Sockets only: our role with its
# password, and for backups the operating system's owner of the cluster (and root) as the administrator.
postgres_configure() {
    local owner
    owner=$(id -un)
    if is_root; then owner=$user_postgres; fi
    render docker/postgres.conf "$1/torrentclou.conf.new" "$user_postgres"
    mv -f "$1/torrentclou.conf.new" "$1/torrentclou.conf"
    cat >"$1/pg_hba.conf" <<EOF
local all postgres peer map=owner
local "${cfg[POSTGRES_DB]}" "${cfg[POSTGRES_USER]}" scram-sha-256
EOF
    printf 'owner %s postgres\n' "$owner" root >"$1/pg_ident.conf"
}

# postgres_create: initdb, our role and our database, in a folder of its own until all of it is done; an interrupted first
# start begins again. A volume cannot be replaced, only filled: PG_VERSION moves last, it means "complete".
postgres_create() {
    local fresh=$VAR/postgres/.new name
    say "creating the database cluster"
    one_dir "$VAR/postgres" 700 $user_postgres $user_postgres
    rm -rf "$fresh"
    one_dir "$fresh" 700 $user_postgres $user_postgres
    run_as $user_postgres "$POSTGRES_BIN/initdb" -D "$fresh" -U postgres --locale=C.UTF-8 --encoding=UTF8 \
        --auth=reject --no-instructions >"$LOG/initdb.log" 2>&1 || {
        tail -n 20 "$LOG/initdb.log" >&2
        die 70 "initdb failed in $fresh"
    }
    printf "include 'torrentclou.conf'\n" >>"$fresh/postgresql.conf"
    postgres_configure "$fresh"
    sql_single "$fresh" "$(role_with_password CREATE)" "CREATE DATABASE \"${cfg[POSTGRES_DB]}\" OWNER \"${cfg[POSTGRES_USER]}\""
    say "${cfg[POSTGRES_DB]} ${cfg[POSTGRES_USER]}" >"$fresh/torrentclou.names"
    postgres_password_id >"$fresh/torrentclou.password"
    mv "$fresh/PG_VERSION" "$VAR/postgres/.complete"
    for name in "$fresh"/*; do
        rm -rf "${VAR:?}/postgres/${name##*/}"
        mv "$name" "$VAR/postgres/"
    done
    rmdir "$fresh"
    mv "$VAR/postgres/.complete" "$VAR/postgres/PG_VERSION"
}

# postgres_prepare: called while the server is down.
postgres_prepare() {
    local version names
    [ -n "$OWN_POSTGRES" ] || return 0
    [ -x "$POSTGRES_BIN/postgres" ] || die 2 "PostgreSQL 15 is not installed: scripts/deps.sh run"
    if [ ! -s "$VAR/postgres/PG_VERSION" ]; then
        postgres_create
        return
    fi
    version=$(cat "$VAR/postgres/PG_VERSION")
    [ "$version" = 15 ] || die 78 "$VAR/postgres was made by PostgreSQL $version; this is 15: dump and restore it first"
    if is_root && [ "$(stat -c %U "$VAR/postgres/PG_VERSION")" != $user_postgres ]; then
        chown -R $user_postgres:$user_postgres "$VAR/postgres"
    fi
    if [ -f "$VAR/postgres/torrentclou.names" ]; then
        names=$(cat "$VAR/postgres/torrentclou.names")
        [ "$names" = "${cfg[POSTGRES_DB]} ${cfg[POSTGRES_USER]}" ] ||
            die 78 "POSTGRES_DB and POSTGRES_USER are '${cfg[POSTGRES_DB]} ${cfg[POSTGRES_USER]}', but $VAR/postgres was made for '$names'; set them back"
    fi
    grep -q "^include 'torrentclou.conf'" "$VAR/postgres/postgresql.conf" ||
        printf "include 'torrentclou.conf'\n" >>"$VAR/postgres/postgresql.conf"
    postgres_configure "$VAR/postgres"
    if [ "$(cat "$VAR/postgres/torrentclou.password" 2>/dev/null)" != "$(postgres_password_id)" ]; then
        sql_single "$VAR/postgres" "$(role_with_password ALTER)"
        say "${cfg[POSTGRES_DB]} ${cfg[POSTGRES_USER]}" >"$VAR/postgres/torrentclou.names"
        postgres_password_id >"$VAR/postgres/torrentclou.password"
    fi
}
