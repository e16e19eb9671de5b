# shellcheck shell=bash
# Where an instance lives, and who may read what. Sets VAR RUN APP BIN ETC LOG NGINX SECRETS.
#   $VAR/env            secrets of the first start, mode 600
#   $VAR/app/           what runs: bin/ migrations/ web/, copied from the build so that a rebuild disturbs nothing
#   $VAR/etc/           rendered configuration, and env/PROGRAM
#   $VAR/postgres redis downloads nginx log
#   $RUN/               sockets and pid files; short, because a socket's path has 107 bytes
# VAR_DIR moves it; APP_DIR uses an installed app in place of a copy. IN_IMAGE: the three volumes are all that outlives a
# container, so secrets lie beside the database that they open, and what is rendered is in $RUN, for a read-only root.

# users: program user group. One group reads the downloads; nginx is not in it.
user_nginx=tc-nginx user_api=tc-api user_torrent=tc-torrent user_upload=tc-upload
user_postgres=postgres user_redis=redis group_data=torrentclou group_nginx=tc-nginx

# reachable DIR: may every user pass through all of its parents (the ones that exist)?
reachable() {
    local dir=$1
    while [ "$dir" != / ]; do
        if [ -d "$dir" ] && [ "$(($(stat -c '0%a' "$dir") & 1))" = 0 ]; then return 1; fi
        dir=$(dirname "$dir")
    done
}

layout_locate() {
    local wanted hash
    wanted=$(realpath -m "${VAR_DIR:-$ROOT/var}")
    if is_root && [ -z "${APP_DIR-}" ] && [ ! -e "$wanted" ] && ! reachable "$(dirname "$wanted")"; then
        # The programs' users cannot enter this folder (a clone below /root): the data live where they can.
        hash=$(printf '%s' "$wanted" | sha256sum | cut -c1-12)
        mkdir -p "/var/lib/torrentclou/$hash" "$(dirname "$wanted")"
        ln -s "/var/lib/torrentclou/$hash" "$wanted"
    fi
    VAR=$(realpath -m "$wanted")
    # shellcheck disable=SC2101 # a class beside others, meant so
    # These characters mean something in the files of nginx, Redis, PostgreSQL or supervisor.
    [[ $VAR != *[\"\'\\\$%@\;{}\#[:cntrl:]]* ]] || die 78 "the path $VAR holds a character that configuration files cannot; set VAR_DIR"
    hash=$(printf '%s' "$VAR" | sha256sum | cut -c1-8)
    APP=${APP_DIR:-$VAR/app}
    if [ -n "${IN_IMAGE-}" ]; then
        RUN=/run/torrentclou
        ETC=$RUN/etc LOG=$RUN/log NGINX=$RUN/nginx SECRETS=$VAR/postgres/torrentclou.env
    else
        if is_root; then RUN=/run/torrentclou-$hash; else RUN=/tmp/tc-$(id -u)-$hash; fi
        ETC=$VAR/etc LOG=$VAR/log NGINX=$VAR/nginx SECRETS=$VAR/env
    fi
    BIN=$APP/bin
    SUPERVISOR_SOCKET=$RUN/supervisor.sock
}

# one_dir PATH MODE OWNER GROUP: touches nothing that is right already; it may be on a read-only file system. The mode comes
# while the folder is root's: for another group's, the kernel drops setgid from a root without CAP_FSETID, in silence.
one_dir() {
    mkdir -p "$1"
    if ! is_root; then
        chmod "$2" "$1"
    elif [ "$(stat -c %a:%U:%G "$1")" != "$2:$3:$4" ]; then
        chown root:root "$1"
        chmod "$2" "$1"
        chown "$3:$4" "$1"
    fi
}

# own_tree PATH OWNER GROUP: a folder whose files another image's user of the same name, but another number, has made.
own_tree() {
    if is_root && [ -n "$(find "$1" ! -user "$2" -print -quit)" ]; then chown -R "$2:$3" "$1"; fi
}

layout_users() {
    is_root || return 0
    getent group $group_data >/dev/null || groupadd --system $group_data
    local name
    for name in $user_api $user_torrent $user_upload; do
        getent passwd "$name" >/dev/null || useradd --system --gid $group_data --no-create-home \
            --home-dir /nonexistent --shell /usr/sbin/nologin "$name"
    done
    getent passwd $user_nginx >/dev/null || useradd --system --user-group --no-create-home \
        --home-dir /nonexistent --shell /usr/sbin/nologin $user_nginx
}

# layout_set_aside DOWNLOADS: the replaced product has a folder per job too, by numbers that begin again here unless its jobs
# are imported. A folder of ours holds .volume-id.
layout_set_aside() {
    local dir
    [ ! -e "$1/.volume-id" ] || return 0
    for dir in "$1"/[0-9]*; do
        [ -d "$dir" ] || continue
        mkdir -p "$1/replaced"
        mv -n "$dir" "$1/replaced/"
        warn "$dir is of the replaced product; it is now in $1/replaced"
    done
    # The torrent worker takes what an imported job can use from there.
    if [ -d "$1/replaced" ]; then
        own_tree "$1/replaced" $user_torrent $group_data
        chmod -R g+rX "$1/replaced"
    fi
}

layout_dirs() {
    if is_root; then
        reachable "$VAR" || die 78 "$VAR: other users cannot enter this folder or one above it; chmod o+x it, or set VAR_DIR"
        reachable "$(dirname "${cfg[TORRENT_DOWNLOAD_PATH]}")" ||
            die 78 "TORRENT_DOWNLOAD_PATH: other users cannot enter a folder above ${cfg[TORRENT_DOWNLOAD_PATH]}"
    fi
    if [ -e "$RUN" ] && { [ -L "$RUN" ] || [ "$(stat -c %u "$RUN")" != "$(id -u)" ]; }; then
        die 78 "$RUN belongs to somebody else; remove it, or set VAR_DIR to another folder"
    fi
    one_dir "$VAR" 755 root root
    one_dir "$RUN" 755 root root
    is_root || chmod 700 "$RUN"
    one_dir "$ETC" 755 root root
    one_dir "$ETC/env" 755 root root
    one_dir "$LOG" 750 root root
    one_dir "$VAR/redis" 700 $user_redis $user_redis
    own_tree "$VAR/redis" $user_redis $user_redis
    one_dir "$NGINX" 700 $user_nginx $group_nginx
    layout_set_aside "${cfg[TORRENT_DOWNLOAD_PATH]}"
    # The torrent worker alone writes here; its umask 027 lets the group, the upload workers, read.
    one_dir "${cfg[TORRENT_DOWNLOAD_PATH]}" 2750 $user_torrent $group_data
    # Socket folders. The setgid bit gives a socket the folder's group: who may enter may connect.
    one_dir "$RUN/postgres" 2750 $user_postgres $group_data
    one_dir "$RUN/redis" 2750 $user_redis $group_data
    one_dir "$RUN/api" 2750 $user_api $group_nginx
    one_dir "$RUN/events" 2750 $user_nginx $group_data
    # Programs of several users count here, and the API reads all of it.
    [ -z "${cfg[METRICS_DIR]}" ] || one_dir "${cfg[METRICS_DIR]}" 2770 $user_api $group_data
    one_dir "$RUN/state" 755 $user_api $group_data
    one_dir "$RUN/pid" 755 root root
}

# replace_if_changed NEW OLD: true when OLD was replaced. Atomic: readers see one or the other.
replace_if_changed() {
    if cmp -s "$1" "$2"; then
        rm -f "$1"
        return 1
    fi
    mv -f "$1" "$2"
}

# layout_install BUILD_DIR: copy what runs into $APP; fills changed=() with the programs whose files are new.
layout_install() {
    local program name
    [ -z "${APP_DIR-}" ] || return 0
    mkdir -p "$BIN" "$APP/migrations"
    for name in $(printf '%s\n' "${binary_of[@]}" | sort -u); do
        [ -x "$1/bin/$name" ] || die 70 "$1/bin/$name is missing: make all"
        cmp -s "$1/bin/$name" "$BIN/$name" && continue
        install -m 755 "$1/bin/$name" "$BIN/$name.new"
        mv -f "$BIN/$name.new" "$BIN/$name"
        for program in "${daemons[@]}"; do
            if [ "${binary_of[$program]}" = "$name" ]; then changed+=("$program"); fi
        done
    done
    if ! diff -rq migrations "$APP/migrations" >/dev/null; then
        rm -rf "$APP/migrations" && cp -r migrations "$APP/migrations"
        changed+=(migrate)
    fi
    if [ -d static/dist ] && ! diff -rq static/dist "$APP/web" >/dev/null 2>&1; then
        rm -rf "$APP/web.new" "$APP/web.old"
        cp -r static/dist "$APP/web.new"
        if [ -d "$APP/web" ]; then mv "$APP/web" "$APP/web.old"; fi
        mv "$APP/web.new" "$APP/web"
        rm -rf "$APP/web.old"
    fi
    install -m 755 docker/start.sh "$APP/start"
    chmod -R a+rX "$APP"
}
