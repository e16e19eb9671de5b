# shellcheck shell=bash
# OpenStack Swift with its S3 API: a real server that verifies signatures, from Debian's packages, on ports of its own.
# RIG_S3_WORKERS: processes that answer, for who measures; a server of one process is itself the narrowest place.
# Needs common.sh. usage: s3_up PROXY_PORT OBJECT_PORT CONTAINER_PORT ACCOUNT_PORT MEMCACHE_PORT

S3_KEY=test:tester
S3_SECRET=testsecretkey0000000000000000000000000001

# Swift reads the salt of its hash ring from /etc and nowhere else. Made once, never removed: another rig may be using it.
swift_conf() {
    grep -qs '^swift_hash_path_suffix' /etc/swift/swift.conf && return
    [ "$(id -u)" = 0 ] || fail "Swift needs /etc/swift/swift.conf once; run the tests as root, or make it by hand"
    (
        flock 8
        if ! grep -qs '^swift_hash_path_suffix' /etc/swift/swift.conf; then
            mkdir -p /etc/swift
            printf '[swift-hash]\nswift_hash_path_suffix = rig\nswift_hash_path_prefix = rig\n[storage-policy:0]\nname = Policy-0\ndefault = yes\n' >/etc/swift/swift.conf
        fi
    ) 8>/tmp/torrentclou-swift.lock
}

s3_backend() {
    local name=$1 port=$2 d=$DIR/s3
    (
        swift-ring-builder "$d/$name.builder" create 4 1 1
        swift-ring-builder "$d/$name.builder" add "r1z1-127.0.0.1:$port/d1" 100
        swift-ring-builder "$d/$name.builder" rebalance || true # warns: one device
    ) >>"$DIR/log/s3-ring.log" 2>&1
    cat >"$d/$name.conf" <<EOF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $port
workers = $([ "$name" = object ] && echo "${RIG_S3_WORKERS:-0}" || echo 0)
user = $(id -un)
swift_dir = $d
devices = $d/srv
mount_check = false
disable_fallocate = true
log_address = /dev/null
log_level = WARN
recon_cache_path = $d/recon
[pipeline:main]
pipeline = $name-server
[app:$name-server]
use = egg:swift#$name
network_chunk_size = 1048576
disk_chunk_size = 1048576
mb_per_sync = 0
# A PUT is answered when its listing knows of it, however busy the machine is: nobody here would do it later.
container_update_timeout = 60
conn_timeout = 10
node_timeout = 60
EOF
    begin "s3-$name" "swift-$name-server" "$d/$name.conf"
}

s3_proxy_conf() {
    local filter
    cat <<EOF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $1
workers = ${RIG_S3_WORKERS:-1}
user = $(id -un)
swift_dir = $DIR/s3
log_address = /dev/null
log_level = WARN
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck cache listing_formats bulk s3api tempauth copy slo dlo versioned_writes symlink proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
conn_timeout = 5
node_timeout = 120
recoverable_node_timeout = 60
error_suppression_limit = 100000
error_suppression_interval = 1
client_chunk_size = 1048576
object_chunk_size = 1048576
[filter:tempauth]
use = egg:swift#tempauth
user_${S3_KEY/:/_} = $S3_SECRET .admin
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
s3_acl = false
check_bucket_owner = false
min_segment_size = 5242880
allow_multipart_uploads = true
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:$2
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_versioned_writes = true
allow_object_versioning = true
EOF
    for filter in catch_errors gatekeeper healthcheck listing_formats bulk copy slo dlo symlink; do
        printf '[filter:%s]\nuse = egg:swift#%s\n' "$filter" "$filter"
    done
}

s3_up() {
    mkdir -p "$DIR"/s3/{srv/d1,recon}
    swift_conf
    s3_backend object "$2"
    s3_backend container "$3"
    s3_backend account "$4"
    begin s3-memcached memcached -l 127.0.0.1 -p "$5" -U 0 -m 64 -u "$(id -un)"
    s3_proxy_conf "$1" "$5" >"$DIR/s3/proxy.conf"
    wait_port s3-object "$2" 60
    wait_port s3-container "$3" 60
    wait_port s3-account "$4" 60
    wait_port s3-memcached "$5" 20
    begin s3-proxy swift-proxy-server "$DIR/s3/proxy.conf"
    wait_port s3-proxy "$1" 60
    local tries
    for ((tries = 0; tries < 300; tries++)); do
        [ "$(curl -s -m 5 "http://127.0.0.1:$1/healthcheck")" = OK ] && return
        sleep 0.1
    done
    fail "the S3 server does not answer; see $DIR/log/s3-proxy.log"
}
