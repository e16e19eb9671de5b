# shellcheck shell=bash
# What settings mean together, and every mistake in them: one sentence each in problems=(), printed all at once.
# Needs common.sh, layout.sh, settings.sh.

check_port() {
    local name=$1 port=${cfg[$1]} lowest
    if ! [[ $port =~ ^[1-9][0-9]{0,4}$ ]] || [ "$port" -gt 65535 ]; then
        problems+=("$name: $(shell_quote "$port") is not a port (1 to 65535)")
        return
    fi
    lowest=$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start 2>/dev/null || echo 1024)
    if [ "$port" -lt "$lowest" ]; then
        problems+=("$name: $port is below $lowest and nginx runs without privileges; put a reverse proxy in front, or lower net.ipv4.ip_unprivileged_port_start")
    fi
}

# check_tls: a certificate (its chain after it) and its key, two PEM files that belong together. Sets TLS.
check_tls() {
    local cert=${cfg[TLS_CERT]} key=${cfg[TLS_KEY]} name before=${#problems[@]}
    TLS=
    if [ -z "$cert$key" ]; then
        [ -z "${cfg[HTTP_PORT]}" ] || problems+=("HTTP_PORT: without TLS_CERT and TLS_KEY there is nothing to redirect to")
        return 0
    fi
    for name in TLS_CERT TLS_KEY; do
        if [ -z "${cfg[$name]}" ]; then
            problems+=("$name: TLS_CERT and TLS_KEY belong together; this one is missing")
        elif [ ! -r "${cfg[$name]}" ] || [ ! -f "${cfg[$name]}" ]; then
            problems+=("$name: ${cfg[$name]} cannot be read")
        fi
    done
    [ ${#problems[@]} = "$before" ] || return 0
    openssl x509 -in "$cert" -noout 2>/dev/null || problems+=("TLS_CERT: $cert is no certificate in PEM")
    openssl pkey -in "$key" -passin pass: -noout 2>/dev/null || problems+=("TLS_KEY: $key is no private key in PEM without a passphrase")
    [ ${#problems[@]} = "$before" ] || return 0
    [ "$(openssl x509 -in "$cert" -noout -pubkey)" = "$(openssl pkey -in "$key" -pubout)" ] ||
        problems+=("TLS_KEY: $key is not the key of the certificate in $cert")
    openssl x509 -in "$cert" -noout -checkend 0 >/dev/null || warn "the certificate in $cert has expired"
    TLS=1
}

# settings_placeholders: secrets that an example file has left to be replaced. Where data are already, nothing is refused, so
# that an update locks nobody out: what no person types is replaced by what was made here, and it is said aloud.
settings_placeholders() {
    local name value made found=()
    for name in POSTGRES_PASSWORD JWT_SECRET CREDENTIALS_KEY ADMIN_PASSWORD METRICS_TOKEN EVENTS_PUBLISH_SECRET; do
        value=${cfg[$name]-}
        [[ ! ${value,,} =~ change[-_]?me|^your[-_] ]] || found+=("$name")
    done
    for name in "${found[@]}"; do
        made=$(sed -n "s/^$name=//p" "$SECRETS" 2>/dev/null) || made=
        if [ -s "$VAR/postgres/PG_VERSION" ] && [ -n "$made" ] && [[ $name != ADMIN_PASSWORD || ${cfg[$name]} =~ ^(CHANGE_ME|your_) ]]; then
            warn "$name IS STILL A PLACEHOLDER THAT EVERYBODY KNOWS. The one in $SECRETS is used instead."
            settings_set "$name" "$made"
        elif [ -s "$VAR/postgres/PG_VERSION" ]; then
            warn "$name IS STILL A PLACEHOLDER THAT EVERYBODY KNOWS. Set a value of your own and start again."
        else
            problems+=("$name: still the placeholder of an example; set a value of your own, or leave it out and one is made")
        fi
    done
}

# settings_choose: which programs of the plan run here. Needs cfg and problems; fills runs_here.
declare -A runs_here=()
wants() { [ -n "${runs_here[$1]-}" ]; }
settings_choose() {
    local word words
    runs_here=([migrate]=1)
    IFS=', ' read -ra words <<<"${cfg[PROGRAMS]}"
    for word in "${words[@]}"; do
        case $word in
        all) runs_here+=([nginx]=1 [api-fast]=1 [api-edge]=1 [torrent-worker]=1 [s3-worker]=1 [gdrive-worker]=1) ;;
        web) runs_here+=([nginx]=1 [api-fast]=1 [api-edge]=1) ;;
        torrent-worker | s3-worker | gdrive-worker) runs_here[$word]=1 ;;
        *) problems+=("PROGRAMS: $(shell_quote "$word") is none of all, web, torrent-worker, s3-worker, gdrive-worker") ;;
        esac
    done
    [ -z "$OWN_POSTGRES" ] || runs_here[postgres]=1
    [ -z "$OWN_REDIS" ] || runs_here[redis]=1
    [ ${#runs_here[@]} -gt 1 ] || problems+=("PROGRAMS: empty")
    if [ "${cfg[PROGRAMS]}" != all ] && [ -n "$OWN_POSTGRES$OWN_REDIS" ]; then
        problems+=("PROGRAMS: programs that run apart from the others meet them at a DATABASE_URL and a REDIS_URL")
    fi
}

# settings_events: live events from workers elsewhere come by TCP, and then only with the secret that nginx compares.
settings_events() {
    [ -n "${cfg[EVENTS_LISTEN]}" ] || return 0
    [[ ${cfg[EVENTS_LISTEN]} =~ ^([0-9.]+|\*|\[[0-9a-fA-F:]+\]):[0-9]{1,5}$ ]] ||
        problems+=("EVENTS_LISTEN: $(shell_quote "${cfg[EVENTS_LISTEN]}") is no ADDRESS:PORT")
    [[ ${cfg[EVENTS_PUBLISH_SECRET]-} =~ ^[A-Za-z0-9_-]{16,}$ ]] ||
        problems+=("EVENTS_PUBLISH_SECRET: with EVENTS_LISTEN at least 16 letters, digits, - or _")
}

# settings_check: every mistake that a program finds in its own environment, each once.
settings_check() {
    local program line code
    for program in "${daemons[@]}"; do
        wants "$program" || continue
        code=0
        # shellcheck disable=SC2016 # expanded by the inner shell
        line=$(env -i PATH="$PATH" timeout 20 sh -c '. "$1"; shift; exec "$@" 2>&1' - "$ETC/env/$program" \
            "$BIN/${binary_of[$program]}" --check) || code=$?
        [ "$code" != 0 ] || continue
        while read -r line; do
            [[ ! $line =~ ^[0-9]+\ mistakes?\ in ]] || continue
            [[ " ${problems[*]-} " == *" $line "* ]] || problems+=("$line")
        done <<<"${line:-$program: --check ended with code $code and said nothing}"
    done
    [ ${#problems[@]} = 0 ] || {
        printf 'error: the configuration has %d mistake(s); nothing was started:\n' ${#problems[@]} >&2
        printf '  %s\n' "${problems[@]}" >&2
        exit 78
    }
}
