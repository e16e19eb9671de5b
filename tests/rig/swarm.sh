# shellcheck shell=bash
# A tracker (opentracker: HTTP announces, UDP announces and scrapes), a real client that seeds (transmission-daemon) and a seeder
# that serves at once (seeder.py), all on loopback.
# Needs common.sh. usage: tracker_up PORT; transmission_up RPC_PORT PEER_PORT; seeder_up CONTROL_PORT

tracker_up() {
    # Debian's build serves only hashes of its whitelist, which it reads again on SIGHUP; it drops root for `nobody`.
    mkdir -p "$DIR/tracker"
    chmod 755 "$DIR/tracker"
    : >"$DIR/tracker/whitelist"
    begin tracker opentracker -i 127.0.0.1 -p "$1" -P "$1" -d "$DIR/tracker" -w whitelist
    wait_port tracker "$1" 20
}

transmission_up() {
    mkdir -p "$DIR/seeder" "$DIR/content"
    # uTP stalls on loopback; nothing here may reach the outside.
    cat >"$DIR/seeder/settings.json" <<EOF
{
    "bind-address-ipv4": "127.0.0.1", "bind-address-ipv6": "::1", "peer-port": $2, "port-forwarding-enabled": false,
    "utp-enabled": false, "dht-enabled": false, "lpd-enabled": false, "pex-enabled": false, "encryption": 0,
    "rpc-bind-address": "127.0.0.1", "rpc-port": $1, "rpc-authentication-required": false,
    "download-dir": "$DIR/content", "incomplete-dir-enabled": false, "start-added-torrents": true,
    "ratio-limit-enabled": false, "idle-seeding-limit-enabled": false, "upload-slots-per-torrent": 14,
    "speed-limit-up-enabled": false, "cache-size-mb": 4, "umask": 18
}
EOF
    begin transmission transmission-daemon --foreground --config-dir "$DIR/seeder"
    wait_port transmission "$1" 20
}

seeder_up() {
    begin seeder /usr/bin/python3 "$RIG/seeder.py" "$1"
    wait_port seeder "$1" 20
}
