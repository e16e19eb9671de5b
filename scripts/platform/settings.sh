# shellcheck shell=bash
# Settings of an instance: read, checked, completed, and handed to each program as an environment file of its own.
# Weakest first: built-in default, $SECRETS (generated at the first start), .env in the project's root, the environment.
# Needs common.sh and the variables of layout.sh.

declare -A cfg=()      # name -> value, of everything that was set somewhere
declare -A readers=()  # name -> the programs whose --help lists it
problems=()            # one sentence per mistake

# The platform's own keys; the daemons' keys come from their --help.
declare -A platform_defaults=(
    [WEB_PORT]=47100 [API_PORT]=47200 [BIND_ADDRESS]='*'
    [POSTGRES_DB]=torrenclo [POSTGRES_USER]=torrenclo_user [POSTGRES_PASSWORD]=''
    [PUBLIC_FRONTEND_URL]='' [LOGIN_REQUESTS_PER_SECOND]=10
    [TLS_CERT]='' [TLS_KEY]='' [HTTP_PORT]='' [PROGRAMS]=all [EVENTS_LISTEN]=''
)
# Keys of the replaced product that have no meaning here. They are accepted, so that its .env works unchanged.
replaced_keys=' ALLOW_INSECURE_TLS AUTH_TRUST_HOST BACKEND_URL FRONTEND_PORT GOOGLE_CLIENT_ID
 GRAFANA_ADMIN_PASSWORD GRAFANA_ADMIN_USER NEXTAUTH_SECRET NEXTAUTH_URL NODE_ENV POSTGRES_PORT REDIS_PORT '
# Made at the first start where none is given; an empty value is none.
generated_keys=' POSTGRES_PASSWORD JWT_SECRET CREDENTIALS_KEY ADMIN_EMAIL ADMIN_PASSWORD '
# Read by the scripts alone, from the environment.
script_keys=' APP_DIR CC ENV_FILE IN_IMAGE VARIANT VAR_DIR '
# Not ours, but worth handing on: time zone, certificates behind a proxy, sanitizers.
passed_on=(TZ SSL_CERT_FILE SSL_CERT_DIR ASAN_OPTIONS LSAN_OPTIONS UBSAN_OPTIONS)

# program -> binary; the two pools of the API and the migrations read the same kind of file.
declare -A binary_of=(
    [migrate]=torrentclou-admin [api-fast]=torrentclou-api [api-edge]=torrentclou-api-edge
    [torrent-worker]=torrentclou-torrent-worker [s3-worker]=torrentclou-s3-worker
    [gdrive-worker]=torrentclou-gdrive-worker
)
daemons=(migrate api-fast api-edge torrent-worker s3-worker gdrive-worker)

# settings_learn_keys: ask each binary which variables it reads.
settings_learn_keys() {
    local program key
    for program in "${daemons[@]}"; do
        while read -r key; do
            readers[$key]="${readers[$key]-} $program "
        done < <(timeout 20 "$BIN/${binary_of[$program]}" --help | sed -nE 's/^  ([A-Z][A-Z0-9_]+)$/\1/p')
    done
    [ ${#readers[@]} -gt 0 ] || die 70 "the binaries in $BIN list no configuration (--help)"
}

key_known() {
    [ -n "${readers[$1]-}" ] || [ -n "${platform_defaults[$1]+x}" ] || [[ $replaced_keys$script_keys == *[[:space:]]"$1"[[:space:]]* ]]
}

# key_guess NAME: a known key that differs by little, for the message.
key_guess() {
    printf '%s\n' "${!readers[@]}" "${!platform_defaults[@]}" | sort -u | awk -v want="$1" '
        function min(a, b) { return a < b ? a : b }
        function distance(a, b,   i, j, d) {
            for (i = 0; i <= length(a); i++) d[i, 0] = i
            for (j = 0; j <= length(b); j++) d[0, j] = j
            for (i = 1; i <= length(a); i++)
                for (j = 1; j <= length(b); j++)
                    d[i, j] = min(min(d[i-1, j] + 1, d[i, j-1] + 1), d[i-1, j-1] + (substr(a, i, 1) != substr(b, j, 1)))
            return d[length(a), length(b)]
        }
        { n = distance(want, $0); if (best == "" || n < least) { best = $0; least = n } }
        END { if (least <= 1 + length(want) / 4) print best }'
}

settings_set() {
    if [ -n "$2" ] || [[ $generated_keys != *" $1 "* ]]; then cfg[$1]=$2; fi
}

# settings_read_file FILE: NAME=value lines as docker's --env-file reads them; one pair of quotes around a value is dropped.
settings_read_file() {
    local file=$1 line name value n=0 guess
    [ -r "$file" ] || return 0
    while IFS= read -r line || [ -n "$line" ]; do
        n=$((n + 1))
        line=${line%$'\r'}
        [[ $line =~ ^[[:space:]]*(#|$) ]] && continue
        line=${line#export }
        if ! [[ $line =~ ^[[:space:]]*([A-Za-z_][A-Za-z0-9_]*)[[:space:]]*=[[:space:]]*(.*)$ ]]; then
            problems+=("$file:$n: not a NAME=value line")
            continue
        fi
        name=${BASH_REMATCH[1]} value=${BASH_REMATCH[2]}
        value=${value%"${value##*[![:space:]]}"}
        [[ $value =~ ^\"(.*)\"$ || $value =~ ^\'(.*)\'$ ]] && value=${BASH_REMATCH[1]}
        if ! key_known "$name"; then
            guess=$(key_guess "$name")
            problems+=("$file:$n: unknown setting $name${guess:+ (did you mean $guess?)}")
        fi
        settings_set "$name" "$value"
    done <"$file"
}

# settings_read_environment: NAME, or the file that NAME_FILE names (a secret of compose or Kubernetes).
settings_read_environment() {
    local name file
    for name in "${!readers[@]}" "${!platform_defaults[@]}"; do
        file=${name}_FILE
        if [ -n "${!name+x}" ]; then
            settings_set "$name" "${!name}"
        elif [ -n "${!file-}" ] && [[ -z ${readers[$file]-} ]]; then
            if [ -r "${!file}" ]; then settings_set "$name" "$(cat "${!file}")"; else problems+=("$file: ${!file} cannot be read"); fi
        fi
    done
}

# settings_generate: the secrets of a first start, kept beside the data they belong to. Containers that share a database of
# somebody else's must share its key too: they are told it.
settings_generate() {
    local file=$SECRETS
    [ ! -s "$file" ] || return 0
    [ -z "${IN_IMAGE-}" ] || [ -z "${DATABASE_URL-}${DATABASE_URL_FILE-}" ] || return 0
    mkdir -p "${file%/*}"
    (
        umask 077
        cat >"$file.new" <<EOF
# Made at the first start. CREDENTIALS_KEY opens the secrets in the database: back this file up with the database.
# Settings of your own belong into .env or the environment; they win over this file.
POSTGRES_PASSWORD=$(random_hex 16)
JWT_SECRET=$(random_hex 32)
CREDENTIALS_KEY=$(random_hex 32)
ADMIN_EMAIL=admin@torrentclou.local
ADMIN_PASSWORD=$(random_words)
EOF
        mv "$file.new" "$file"
    )
}

# conninfo_quote VALUE: for a libpq connection string.
conninfo_quote() {
    local v=${1//\\/\\\\}
    printf "'%s'" "${v//\'/\\\'}"
}

# settings_derive: what follows from the settings and the layout, unless it was set.
settings_derive() {
    local name
    for name in "${!platform_defaults[@]}"; do
        if [ -z "${cfg[$name]-}" ]; then cfg[$name]=${platform_defaults[$name]}; fi
    done
    check_port WEB_PORT
    check_port API_PORT
    [ "${cfg[WEB_PORT]}" != "${cfg[API_PORT]}" ] || problems+=("API_PORT: ${cfg[API_PORT]} is WEB_PORT already")
    if [ -n "${cfg[HTTP_PORT]}" ]; then
        check_port HTTP_PORT
        [[ " ${cfg[WEB_PORT]} ${cfg[API_PORT]} " != *" ${cfg[HTTP_PORT]} "* ]] ||
            problems+=("HTTP_PORT: ${cfg[HTTP_PORT]} is WEB_PORT or API_PORT already")
    fi
    check_tls
    for name in POSTGRES_DB POSTGRES_USER; do
        [[ ${cfg[$name]} =~ ^[A-Za-z_][A-Za-z0-9_-]{0,62}$ ]] ||
            problems+=("$name: letters, digits, _ and - only, at most 63")
    done
    [ "${cfg[POSTGRES_USER]}" != postgres ] || problems+=("POSTGRES_USER: postgres is the server's own administrator")
    settings_placeholders
    OWN_POSTGRES= OWN_REDIS=
    if [ -z "${cfg[DATABASE_URL]-}" ]; then
        OWN_POSTGRES=1
        cfg[DATABASE_URL]="host=$RUN/postgres dbname=${cfg[POSTGRES_DB]} user=${cfg[POSTGRES_USER]} password=$(conninfo_quote "${cfg[POSTGRES_PASSWORD]}")"
    fi
    if [ -z "${cfg[REDIS_URL]-}" ]; then
        OWN_REDIS=1
        cfg[REDIS_URL]=unix:$RUN/redis/redis.sock
    fi
    settings_choose
    settings_events
    : "${cfg[EVENTS_PUBLISH_URL]:=unix:$RUN/events/pub.sock}"
    : "${cfg[TORRENT_DOWNLOAD_PATH]:=$VAR/downloads}"
    [ -n "${cfg[METRICS_DIR]+x}" ] || cfg[METRICS_DIR]=$RUN/metrics
    : "${cfg[MIGRATIONS_DIR]:=$APP/migrations}"
    : "${cfg[FRONTEND_URL]:=${cfg[PUBLIC_FRONTEND_URL]:-http${TLS:+s}://localhost:${cfg[WEB_PORT]}}}"
    if wants api-fast && { [ -z "${cfg[ADMIN_EMAIL]-}" ] || [ -z "${cfg[ADMIN_PASSWORD]-}" ]; }; then
        problems+=("ADMIN_EMAIL and ADMIN_PASSWORD: both are needed for the first login")
    fi
    for name in "${!cfg[@]}"; do
        [[ ${cfg[$name]} != *$'\n'* ]] || problems+=("$name: holds a line break")
    done
}

# settings_write_env PROGRAM OWNER: only what the program reads, readable by its user alone.
settings_write_env() {
    local program=$1 owner=$2 file=$ETC/env/$1 name
    rm -f "$file.new"
    (umask 077 && : >"$file.new")
    {
        for name in $(printf '%s\n' "${!cfg[@]}" | sort); do
            [[ ${readers[$name]-} != *" $program "* ]] || say "export $name=$(shell_quote "${cfg[$name]}")"
        done
        for name in "${passed_on[@]}"; do
            if [ -n "${!name-}" ]; then say "export $name=$(shell_quote "${!name}")"; fi
        done
    } >"$file.new"
    chmod 400 "$file.new"
    if is_root; then chown "$owner" "$file.new"; fi
    replace_if_changed "$file.new" "$file" && changed+=("$program")
    return 0
}
