#!/bin/sh
# As much of the images postgres, redis and prom/prometheus as our compose files ask for, told apart by the command they are given.
set -eu
data=/var/lib/postgresql/data

as() {
    user=$1
    shift
    exec setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups "$@"
}

case ${1-} in
--*) as nobody prometheus "$@" ;;
redis-server) as redis "$@" --protected-mode no ;;
"")
    if [ ! -s $data/PG_VERSION ]; then
        chown postgres $data
        printf '%s' "$POSTGRES_PASSWORD" >/tmp/password
        chown postgres /tmp/password
        runuser -u postgres -- initdb -D $data -U "$POSTGRES_USER" --pwfile=/tmp/password --auth-host=scram-sha-256 --auth-local=trust
        echo 'host all all all scram-sha-256' >>$data/pg_hba.conf
        echo "CREATE DATABASE \"$POSTGRES_DB\"" | runuser -u postgres -- postgres --single -D $data postgres
    fi
    as postgres postgres -D $data -c listen_addresses='*'
    ;;
*) exec "$@" ;;
esac
