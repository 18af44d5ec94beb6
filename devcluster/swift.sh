#!/bin/bash
# A second S3 server for development and tests, with no line in common with the first: OpenStack Swift and its s3api, one process of each
# kind, data on disk. It is as strict as many compatible stores are: no chunked bodies, no checksum headers, no conditional puts.
#
#   swift.sh setup | up | status | down | version
#
# up writes $RUN/env. Settings: SWIFT_PORT (36070; the five after it are taken too), SWIFT_BUCKET.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
CACHE=${CONTROLPLANE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/controlplane-dev}
HOME_DIR=$CACHE/swift RUN=$CACHE/run/swift
SUITE=bookworm
ROOT=$HOME_DIR/$SUITE
PORT=${SWIFT_PORT:-36070}
MEMCACHED_PORT=$((PORT + 1)) OBJECT_PORT=$((PORT + 2)) CONTAINER_PORT=$((PORT + 3)) ACCOUNT_PORT=$((PORT + 4))
BUCKET=${SWIFT_BUCKET:-backups}
. "$HERE/own.sh"

say() { echo "swift: $*"; }
python() { PYTHONHOME=$ROOT/usr "$ROOT/bin/python" "$@"; }

setup() {
  mkdir -p "$HOME_DIR" "$RUN"
  [ -f "$ROOT/bin/done" ] && return 0
  say "Swift from Debian $SUITE, 280 MB (20 to 60 s)"
  "$HERE/suite.sh" unpack "$SUITE" "$ROOT" swift-proxy swift-account swift-container swift-object memcached
  "$HERE/suite.sh" wrap "$ROOT" usr/bin/memcached memcached
  "$HERE/suite.sh" wrap "$ROOT" "$(cd "$ROOT" && ls usr/bin/python3.[0-9]* | grep -E '3\.[0-9]+$' | head -1)" python
  # Where it looks for its configuration stands in the program.
  sed -i "s#'/etc/swift/#'$RUN/#" "$ROOT/usr/lib/python3/dist-packages/swift/common/utils.py"
  # Compiled once, its programs start in a second instead of ten.
  python -m compileall -q "$ROOT/usr/lib/python3/dist-packages" "$ROOT"/usr/lib/python3.[0-9]* > "$HOME_DIR/compile.log" 2>&1 || true
  touch "$ROOT/bin/done"
  version
}

version() { echo "OpenStack Swift $("$HERE/suite.sh" version "$ROOT" swift-proxy) with s3api (Debian $SUITE)"; }

random() { openssl rand -hex 16; }

configure() {
  local key=$1 stranger=$2 part
  mkdir -p "$RUN/data/disk"
  printf '[swift-hash]\nswift_hash_path_prefix = %s\nswift_hash_path_suffix = development\n' "$(random)" > "$RUN/swift.conf"
  (umask 077; cat > "$RUN/proxy.conf" <<C
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $PORT
swift_dir = $RUN
user = $(id -un)
workers = 0
[pipeline:main]
pipeline = catch_errors gatekeeper cache s3api tempauth bulk slo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:$MEMCACHED_PORT
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_plane_backup = $key .admin
# Somebody of the same account to whom nothing was granted.
user_plane_stranger = $stranger
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
C
  )
  for part in account container object; do
    local port=${part^^}_PORT
    cat > "$RUN/$part.conf" <<C
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${!port}
devices = $RUN/data
mount_check = false
disable_fallocate = true
swift_dir = $RUN
user = $(id -un)
workers = 0
[pipeline:main]
pipeline = $part-server
[app:$part-server]
use = egg:swift#$part
C
  done
  rings
}

# One device, one copy: where each kind of server finds the others.
rings() {
  python - "$RUN" account "$ACCOUNT_PORT" container "$CONTAINER_PORT" object "$OBJECT_PORT" > "$RUN/rings.log" 2>&1 <<'C' || { cat "$RUN/rings.log" >&2; return 1; }
import sys
from swift.common.ring import RingBuilder
folder, rest = sys.argv[1], sys.argv[2:]
for part, port in zip(rest[::2], rest[1::2]):
    builder = RingBuilder(2, 1, 1)
    builder.add_dev(dict(id=0, region=1, zone=1, ip="127.0.0.1", port=int(port), device="disk", weight=1.0))
    builder.rebalance()
    builder.get_ring().save("%s/%s.ring.gz" % (folder, part))
C
}

launch() { # PART
  PYTHONHOME=$ROOT/usr start "$1" "$ROOT/bin/python" "$ROOT/usr/bin/swift-$1-server" "$RUN/$1.conf" -v
}

# In Swift's own words: curl takes no access key with a colon. Keys and tokens go by stdin.
make_bucket() { # KEY
  local found token url
  found=$(curl -sS -f -i -m 20 -K - "http://127.0.0.1:$PORT/auth/v1.0" <<< "header = \"X-Auth-User: plane:backup\"
header = \"X-Auth-Key: $1\"") || return 1
  token=$(sed -nE 's/^X-Auth-Token: *([^\r]*).*/\1/Ip' <<< "$found") url=$(sed -nE 's/^X-Storage-Url: *([^\r]*).*/\1/Ip' <<< "$found")
  curl -sS -f -o /dev/null -m 20 -X PUT -K - "$url/$BUCKET" <<< "header = \"X-Auth-Token: $token\""
}

write_env() { # KEY STRANGER
  (umask 077; cat > "$RUN/env.new" <<C
SWIFT_LOCAL_ENDPOINT=http://127.0.0.1:$PORT
SWIFT_BUCKET=$BUCKET
SWIFT_ACCESS_KEY=plane:backup
SWIFT_SECRET_KEY=$1
# A user who exists and may do nothing.
SWIFT_STRANGER_ACCESS_KEY=plane:stranger
SWIFT_STRANGER_SECRET_KEY=$2
C
  mv "$RUN/env.new" "$RUN/env")
}

PARTS="memcached account container object proxy"

all_alive() { local part; for part in $PARTS; do alive "$part" || return 1; done; }

up() {
  local began=$SECONDS key stranger part
  setup
  if all_alive && [ -f "$RUN/env" ]; then say "up already: $(version), $RUN/env"; return 0; fi
  down; clear_state
  key=$(random) stranger=$(random)
  configure "$key" "$stranger"
  start memcached "$ROOT/bin/memcached" -l 127.0.0.1 -p "$MEMCACHED_PORT" -U 0 -m 16 -u "$(id -un)"
  for part in account container object proxy; do launch "$part"; done
  until_ready proxy 60 curl -s -o /dev/null -m 2 "http://127.0.0.1:$PORT/"
  # The proxy may be ready before those behind it.
  until_ready object 30 make_bucket "$key"
  write_env "$key" "$stranger"
  say "up in $((SECONDS - began)) s: $(version), http $PORT, bucket $BUCKET, $RUN/env"
}

status() {
  local part
  for part in $PARTS; do alive "$part" && echo "$part: pid $(pid_of "$part")" || echo "$part: not running"; done
  [ ! -d "$RUN/data" ] || echo "data: $(du -sh "$RUN/data" | cut -f1)"
  all_alive
}

clear_state() { rm -rf "$RUN"/data "$RUN"/env "$RUN"/*.conf "$RUN"/*.ring.gz "$RUN"/*.log; }

down() { # KILL: there is nothing to keep
  local part
  for part in proxy object container account memcached; do stop "$part" KILL; done
}

mkdir -p "$RUN"; exec 9> "$RUN/lock"; flock 9
case ${1:-} in
  setup | up | version | status) "$1" ;;
  down) down; clear_state ;;
  *) sed -n '2,7p' "$0"; exit 2 ;;
esac
