# shellcheck shell=bash
# Configuration files from their templates. Needs common.sh, layout.sh, settings.sh.

# render TEMPLATE FILE OWNER: replace @NAME@ by the variable or the setting of that name; an unknown one is a bug.
render() {
    local text name value
    text=$(cat "$1")
    while [[ $text =~ @([A-Z][A-Z0-9_]*)@ ]]; do
        name=${BASH_REMATCH[1]}
        if [ -n "${values[$name]+x}" ]; then value=${values[$name]}; else die 70 "$1: nothing is known for @$name@"; fi
        text=${text//@$name@/$value}
    done
    (umask 077 && printf '%s\n' "$text" >"$2")
    if is_root; then chown "$3" "$2"; fi
}

# wanted_of PROGRAM...: those that run here, with commas.
wanted_of() {
    local program list=
    for program; do ! wants "$program" || list+=,$program; done
    printf '%s' "${list#,}"
}

declare -A values=()
render_values() {
    local address addresses web='' api='' plain='' ipv6='' wanted ssl='' port=''
    local tls='' redirect='' migrate=wait
    if wants api-fast; then migrate=migrate; fi
    if [ -n "$TLS" ]; then ssl=' ssl http2'; fi
    if [ -n "$(cat /proc/net/if_inet6 2>/dev/null)" ]; then ipv6=1; fi
    IFS=', ' read -ra wanted <<<"${cfg[BIND_ADDRESS]}"
    for addresses in "${wanted[@]}"; do
        case $addresses in
        '*') addresses='0.0.0.0 [::]' ;;
        *:*) addresses="[${addresses//[\[\]]/}]" ;;
        esac
        for address in $addresses; do
            [[ $address != \[* ]] || [ -n "$ipv6" ] || continue
            web+="listen $address:${cfg[WEB_PORT]}$ssl; "
            api+="listen $address:${cfg[API_PORT]}$ssl; "
            plain+="listen $address:${cfg[HTTP_PORT]}; "
        done
    done
    # shellcheck disable=SC2016 # nginx's own variables
    if [ -n "$TLS" ]; then
        tls="include tls.conf;"
        [ "${cfg[WEB_PORT]}" = 443 ] || port=:${cfg[WEB_PORT]}
        if [ -n "${cfg[HTTP_PORT]}" ]; then redirect="server { $plain return 308 https://\$host$port\$request_uri; }"; fi
    fi
    values=([TLS]=$tls [HTTP_REDIRECT]=$redirect [VAR]=$VAR [RUN]=$RUN [APP]=$APP [ETC]=$ETC [LOG]=$LOG
        [NGINX]=$NGINX [POSTGRES_BIN]=$POSTGRES_BIN
        [USER_POSTGRES]=$user_postgres [USER_REDIS]=$user_redis [USER_API]=$user_api [USER_NGINX]=$user_nginx
        [USER_TORRENT]=$user_torrent [USER_UPLOAD]=$user_upload
        [MIGRATE]=$migrate
        [API]=$(wanted_of api-fast api-edge) [WORKERS]=$(wanted_of torrent-worker s3-worker gdrive-worker)
        [EVENTS_TCP]=${cfg[EVENTS_LISTEN]:+include events-tcp.conf;} [EVENTS_LISTEN]=${cfg[EVENTS_LISTEN]}
        [EVENTS_SECRET]=${cfg[EVENTS_PUBLISH_SECRET]-}
        [WEB_LISTEN]=$web [API_LISTEN]=$api [LOGIN_RATE]=${cfg[LOGIN_REQUESTS_PER_SECOND]})
}

# render_tls: nginx reads copies of its own, so that the key may stay readable for its owner alone.
render_tls() {
    local name new
    [ -n "$TLS" ] || return 0
    one_dir "$NGINX/tls" 700 $user_nginx $group_nginx
    for name in cert key; do
        new=$NGINX/tls/$name.new
        rm -f "$new"
        (umask 077 && cat "${cfg[TLS_${name^^}]}" >"$new")
        if is_root; then chown $user_nginx "$new"; fi
        if replace_if_changed "$new" "$NGINX/tls/$name.pem"; then changed+=(tls); fi
    done
}

# drop_section NAME: stdin without [NAME] up to the next section.
drop_section() { awk -v drop="[$1]" '/^\[/ { skip = $0 == drop } !skip'; }

# log_to_container: every program speaks to the container's own stdout, and nothing is kept here.
log_to_container() {
    sed -E 's#^stdout_logfile=.*#stdout_logfile=/dev/fd/1#; s#^logfile=.*#logfile=/dev/null#
        s#^((stdout_)?logfile_maxbytes)=.*#\1=0#; /^(stdout_)?logfile_backups=/d'
}

render_plan() {
    local plan program
    render docker/supervisord.conf "$ETC/supervisord.conf.new" root
    plan=$(cat "$ETC/supervisord.conf.new")
    is_root || plan=$(grep -v '^user=' <<<"$plan")
    for program in "${!owner_of[@]}"; do
        wants "$program" || plan=$(drop_section "program:$program" <<<"$plan")
    done
    [ -n "${values[WORKERS]}" ] || plan=$(drop_section group:workers <<<"$plan")
    [ -n "${values[API]}" ] || plan=$(drop_section group:api <<<"$plan")
    if [ -n "${IN_IMAGE-}" ]; then plan=$(log_to_container <<<"$plan"); else plan=$(drop_section eventlistener:fatal <<<"$plan"); fi
    printf '%s\n' "$plan" >"$ETC/supervisord.conf.new"
    if replace_if_changed "$ETC/supervisord.conf.new" "$ETC/supervisord.conf"; then changed+=(plan); fi
}

# nchan_folder: nchan 1.3.6 insists on the folder that nginx was built with and cannot be told another (its own directive
# for that is always "duplicate"). Nothing is written there.
nchan_folder() {
    [ ! -d /var/lib/nginx/body ] || return 0
    is_root || die 2 "nginx has never run here; as root: mkdir -p /var/lib/nginx/body"
    mkdir -p /var/lib/nginx/body
}

render_all() {
    local file problem
    nchan_folder
    render_values
    render_tls
    rm -rf "$ETC/nginx.new" && mkdir "$ETC/nginx.new"
    for file in nginx/*; do render "$file" "$ETC/nginx.new/${file##*/}" $user_nginx; done
    one_dir "$ETC/nginx.new" 755 root root
    diff -rq "$ETC/nginx.new" "$ETC/nginx" >/dev/null 2>&1 || changed+=(nginx)
    rm -rf "$ETC/nginx" && mv "$ETC/nginx.new" "$ETC/nginx"
    problem=$(run_as $user_nginx nginx -t -q -e stderr -p "$NGINX" -c "$ETC/nginx/nginx.conf" 2>&1) ||
        die 70 "nginx refuses its configuration: $problem"
    render docker/redis.conf "$ETC/redis.conf.new" $user_redis
    if replace_if_changed "$ETC/redis.conf.new" "$ETC/redis.conf"; then changed+=(redis); fi
    render_plan
}
