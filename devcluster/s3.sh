#!/bin/bash
# A real S3 server for development and tests: Ceph's RADOS gateway over one monitor and one OSD that keeps its data in memory.
#
#   s3.sh setup | up | status | down | version
#   s3.sh kill | start        the gateway alone: gone at once, and back with its data (a store that goes away in mid-upload)
#   s3.sh freeze | thaw       the gateway alone: accepts and never answers, and goes on (a store that stalls)
#
# up writes $RUN/env. Settings: BRIDGE_IP (10.36.0.1), S3_PORT, S3_TLS_PORT, S3_BUCKET, S3_BYTES (what the OSD may hold, 8 GiB).
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
CACHE=${CONTROLPLANE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/controlplane-dev}
HOME_DIR=$CACHE/s3 RUN=$CACHE/run/s3
# bookworm's 16.2 and trixie's 18.2 start from this script too, but both keep no checksum and ignore If-None-Match when a multipart
# upload is completed, so sid's it is. Ours honours a checksum only when its algorithm is named in x-amz-sdk-checksum-algorithm as well.
SUITE=${CEPH_SUITE:-sid}
ROOT=$HOME_DIR/$SUITE
BRIDGE_IP=${BRIDGE_IP:-10.36.0.1}
PORT=${S3_PORT:-36080} TLS_PORT=${S3_TLS_PORT:-36081} MON_PORT=${S3_MON_PORT:-36789}
BUCKET=${S3_BUCKET:-backups} BYTES=${S3_BYTES:-8589934592}
. "$HERE/own.sh"

say() { echo "s3: $*"; }
ceph_tool() { local program=$1; shift; timeout "${LIMIT:-20}" "$ROOT/bin/$program" --conf "$RUN/ceph.conf" "$@" < /dev/null 2>> "$RUN/tools.log"; }

setup() {
  mkdir -p "$HOME_DIR" "$RUN"
  certificate "$HOME_DIR/pki" "development object store" "$BRIDGE_IP"
  [ -f "$ROOT/bin/done" ] && return 0
  say "Ceph from Debian $SUITE, 570 MB (20 to 60 s)"
  "$HERE/suite.sh" unpack "$SUITE" "$ROOT" radosgw ceph-mon ceph-osd ceph-common
  local program
  for program in ceph-mon ceph-osd radosgw radosgw-admin monmaptool; do
    "$HERE/suite.sh" wrap "$ROOT" "usr/bin/$program" "$program"
  done
  # ceph itself is a Python program: the folder's own interpreter with the folder's own modules.
  local python; python=$(cd "$ROOT" && ls usr/bin/python3.[0-9]* | grep -E '3\.[0-9]+$' | head -1)
  "$HERE/suite.sh" wrap "$ROOT" "$python" python
  printf '#!/bin/sh\nPYTHONHOME="%s" exec "%s" "%s" "$@"\n' "$ROOT/usr" "$ROOT/bin/python" "$ROOT/usr/bin/ceph" > "$ROOT/bin/ceph"
  chmod +x "$ROOT/bin/ceph"
  touch "$ROOT/bin/done"
  version
}

version() { echo "Ceph RADOS gateway $("$HERE/suite.sh" version "$ROOT" radosgw) (Debian $SUITE)"; }

endpoints() { # what the gateway listens on: loopback always, the bridge as soon as there is one
  local address
  for address in 127.0.0.1 $(has_address "$BRIDGE_IP" && echo "$BRIDGE_IP"); do
    printf ' endpoint=%s:%s ssl_endpoint=%s:%s' "$address" "$PORT" "$address" "$TLS_PORT"
  done
}

configure() {
  local lib=$ROOT/usr/lib/$(uname -m)-linux-gnu fsid
  fsid=$(cat "$RUN/fsid" 2>/dev/null || cat /proc/sys/kernel/random/uuid); echo "$fsid" > "$RUN/fsid"
  cat > "$RUN/ceph.conf" <<C
[global]
fsid = $fsid
mon_host = [v1:127.0.0.1:$MON_PORT]
ms_bind_msgr2 = false
ms_bind_ipv4 = true
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_port_min = $((MON_PORT + 11))
ms_bind_port_max = $((MON_PORT + 60))
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
keyring = /dev/null
run_dir = $RUN
admin_socket = $RUN/\$name.asok
log_file = $RUN/\$name.ceph.log
mon_data = $RUN/mon
osd_data = $RUN/osd
plugin_dir = $lib/ceph
erasure_code_dir = $lib/ceph/erasure-code
osd_class_dir = $lib/rados-classes
osd_pool_default_size = 1
osd_pool_default_min_size = 1
mon_allow_pool_size_one = true
osd_crush_chooseleaf_type = 0
osd_pool_default_pg_num = 4
osd_pool_default_pg_autoscale_mode = off
mon_max_pg_per_osd = 2000
[osd.0]
osd_objectstore = memstore
memstore_device_bytes = $BYTES
[client.rgw]
# Deleted objects give their memory back within seconds instead of hours.
rgw_gc_obj_min_wait = 2
rgw_gc_processor_period = 4
rgw_frontends = beast$(endpoints) ssl_certificate=$HOME_DIR/pki/server.crt ssl_private_key=$HOME_DIR/pki/server.key
C
}

# Run as root, the daemons keep root's rights only within this folder: none is told to change its user.
up_monitor() {
  ceph_tool monmaptool --create --clobber --addv a "[v1:127.0.0.1:$MON_PORT]" --fsid "$(cat "$RUN/fsid")" "$RUN/monmap" > /dev/null
  ceph_tool ceph-mon --mkfs -i a --monmap "$RUN/monmap" --keyring /dev/null
  start mon "$ROOT/bin/ceph-mon" --conf "$RUN/ceph.conf" -i a -f
  until_ready mon 60 ceph_tool ceph --connect-timeout 5 mon stat
}

# A new OSD can ask the monitor before its own entry is there and dies with "wrong fsid": it is started until it is up.
up_osd() {
  local uuid attempt; uuid=$(cat /proc/sys/kernel/random/uuid)
  mkdir -p "$RUN/osd"
  ceph_tool ceph osd new "$uuid" > /dev/null
  ceph_tool ceph-osd -i 0 --mkfs --osd-uuid "$uuid" > /dev/null
  for attempt in 1 2 3 4 5; do
    start osd "$ROOT/bin/ceph-osd" --conf "$RUN/ceph.conf" -i 0 -f
    until_ready osd 30 osd_is_up 2>> "$RUN/tools.log" && return 0
    stop osd
  done
  tail -15 "$RUN/osd.log" >&2; say "the OSD does not come up, see $RUN/osd.log" >&2; return 1
}

osd_is_up() { ceph_tool ceph --connect-timeout 5 osd stat | grep -q '1 up'; }

up_gateway() {
  configure
  start gateway "$ROOT/bin/radosgw" --conf "$RUN/ceph.conf" -n client.rgw -f
  until_ready gateway 60 curl -sf -o /dev/null -m 2 "http://127.0.0.1:$PORT/"
}

user() { # NAME: its keys, made by the gateway so that no secret stands in an argument list
  local out; out=$(LIMIT=60 ceph_tool radosgw-admin --admin_socket= -n client.rgw user create --uid="$1" --display-name="$1" --gen-access-key --gen-secret ||
    LIMIT=60 ceph_tool radosgw-admin --admin_socket= -n client.rgw user info --uid="$1")
  # Ceph writes a slash in JSON as \/.
  sed -nE 's#\\/#/#g; s/.*"(access|secret)_key": "([^"]*)".*/\2/p' <<< "$out" | paste -sd ' '
}

make_bucket() { # signed by curl, the keys on its stdin; bookworm's curl leaves out the sum of the (empty) body
  local empty=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
  curl -sS -f -H "x-amz-content-sha256: $empty" -o /dev/null -m 20 --aws-sigv4 aws:amz:us-east-1:s3 -X PUT -K - "http://127.0.0.1:$PORT/$BUCKET" <<< "user = \"$1:$2\""
}

write_env() {
  local host=127.0.0.1; ! has_address "$BRIDGE_IP" || host=$BRIDGE_IP
  local key secret other other_secret
  read -r key secret < "$RUN/keys"; read -r other other_secret < "$RUN/stranger"
  (umask 077; cat > "$RUN/env.new" <<C
S3_ENDPOINT=http://$host:$PORT
S3_TLS_ENDPOINT=https://$host:$TLS_PORT
S3_LOCAL_ENDPOINT=http://127.0.0.1:$PORT
S3_LOCAL_TLS_ENDPOINT=https://127.0.0.1:$TLS_PORT
S3_CA_FILE=$HOME_DIR/pki/ca.crt
S3_REGION=us-east-1
S3_BUCKET=$BUCKET
S3_ACCESS_KEY=$key
S3_SECRET_KEY=$secret
# A user who exists and owns nothing: every request to the bucket is denied.
S3_STRANGER_ACCESS_KEY=$other
S3_STRANGER_SECRET_KEY=$other_secret
C
  mv "$RUN/env.new" "$RUN/env")
}

up() {
  local began=$SECONDS
  setup
  if alive mon && alive osd && [ -f "$RUN/env" ]; then
    # The bridge may have come after the gateway, or the gateway may have been killed by a test.
    if ! alive gateway || ! grep -qF "beast$(endpoints) " "$RUN/ceph.conf"; then stop gateway KILL; up_gateway; fi
    write_env; say "up already: $(version), $RUN/env"; return 0
  fi
  say "monitor, OSD, gateway (10 to 25 s)"
  down; clear_state; configure
  up_monitor; up_osd; up_gateway
  (umask 077; user backup > "$RUN/keys"; user stranger > "$RUN/stranger")
  make_bucket $(cat "$RUN/keys")
  write_env
  say "up in $((SECONDS - began)) s: $(version), http $PORT, https $TLS_PORT, bucket $BUCKET, $RUN/env"
}

status() {
  local name
  for name in mon osd gateway; do alive "$name" && echo "$name: pid $(pid_of $name)" || echo "$name: not running"; done
  alive osd || return 1
  # A full memstore blocks every write without a word, so its filling is worth a look.
  LIMIT=5 ceph_tool ceph daemon "$RUN/osd.0.asok" perf dump osd | awk -F'[:,]' '/"stat_bytes"/ {t=$2} /"stat_bytes_used"/ {u=$2}
    END {if (t) printf "data: %.1f of %.1f GiB%s\n", u/2^30, t/2^30, (u > 0.85*t ? " - nearly full, writes will block: delete objects" : "")}'
  alive gateway
}

clear_state() { # all but the logs of the last run; the data was in memory and is gone with the OSD
  rm -rf "$RUN"/mon "$RUN"/osd "$RUN"/*.asok "$RUN"/{monmap,fsid,env,keys,stranger,ceph.conf}
  rm -f "$RUN"/*.log
}

down() {
  local name
  # KILL: there is nothing to keep, the gateway takes seconds over a TERM, and a frozen one would not hear it.
  for name in gateway osd mon; do stop "$name" KILL; done
}

signal() { alive gateway || { say "no gateway runs" >&2; return 1; }; kill -"$1" "$(pid_of gateway)"; }

mkdir -p "$RUN"; exec 9> "$RUN/lock"; flock 9
case ${1:-} in
  setup | up | version | status) "$1" ;;
  down) down; clear_state ;;
  kill) stop gateway KILL ;;
  start) alive gateway || up_gateway ;;
  freeze) signal STOP ;;
  thaw) signal CONT ;;
  *) sed -n '2,9p' "$0"; exit 2 ;;
esac
