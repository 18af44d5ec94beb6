#!/bin/bash
# An S3 server that throws everything away, for benchmarks of the upload path: a real one costs more than its clients on a small machine.
#
#   sink.sh setup | up | status | down | version
#   sink.sh cpu               the CPU seconds its worker has used so far
#
# up writes $RUN/env; $RUN/requests.log holds a line for each request. Settings: BRIDGE_IP, SINK_PORT, SINK_TLS_PORT.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
CACHE=${CONTROLPLANE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/controlplane-dev}
HOME_DIR=$CACHE/sink RUN=$CACHE/run/sink
ROOT=$HOME_DIR/bookworm
BRIDGE_IP=${BRIDGE_IP:-10.36.0.1} PORT=${SINK_PORT:-36180} TLS_PORT=${SINK_TLS_PORT:-36181}
. "$HERE/own.sh"

say() { echo "sink: $*"; }

setup() { # not installed on the machine, where the package would also put a web server into its start-up
  mkdir -p "$HOME_DIR" "$RUN"
  certificate "$HOME_DIR/pki" "development sink" "$BRIDGE_IP"
  [ -x "$ROOT/bin/nginx" ] && return 0
  "$HERE/suite.sh" unpack bookworm "$ROOT" nginx-light
  "$HERE/suite.sh" wrap "$ROOT" usr/sbin/nginx nginx
}

version() { echo "nginx $("$HERE/suite.sh" version "$ROOT" nginx-light) (Debian bookworm)"; }

listen() {
  local address
  for address in 127.0.0.1 $(has_address "$BRIDGE_IP" && echo "$BRIDGE_IP"); do
    printf '        listen %s:%s;\n        listen %s:%s ssl;\n' "$address" "$PORT" "$address" "$TLS_PORT"
  done
}

configure() {
  local lines; lines=$(listen)
  awk -v lines="$lines" '$0 == "@LISTEN@" {print lines; next} {print}' "$HERE/sink/nginx.conf" | sed "s#@RUN@#$RUN#g; s#@PKI@#$HOME_DIR/pki#g"
}

write_env() {
  local host=127.0.0.1; ! has_address "$BRIDGE_IP" || host=$BRIDGE_IP
  cat > "$RUN/env" <<C
SINK_ENDPOINT=http://$host:$PORT
SINK_TLS_ENDPOINT=https://$host:$TLS_PORT
SINK_CA_FILE=$HOME_DIR/pki/ca.crt
SINK_REQUESTS_LOG=$RUN/requests.log
C
}

up() {
  setup
  configure > "$RUN/nginx.conf.new"
  if alive sink && cmp -s "$RUN/nginx.conf" "$RUN/nginx.conf.new"; then say "up already: $(version), $RUN/env"; return 0; fi
  down
  configure > "$RUN/nginx.conf"
  mkdir -p "$RUN/tmp"
  start sink "$ROOT/bin/nginx" -c "$RUN/nginx.conf" -e "$RUN/error.log"
  until_ready sink 20 curl -sf -o /dev/null -m 2 "http://127.0.0.1:$PORT/?list-type=2"
  write_env
  say "up: $(version), http $PORT, https $TLS_PORT, $RUN/env"
}

status() { alive sink && echo "sink: pid $(pid_of sink)" || { echo "sink: not running"; return 1; }; }

cpu() {
  alive sink || { status; return 1; }
  local worker; worker=$(cat "/proc/$(pid_of sink)/task/$(pid_of sink)/children")
  awk -v hz="$(getconf CLK_TCK)" '{sub(/.*\) /, ""); printf "%.2f\n", ($12 + $13) / hz}' "/proc/${worker%% *}/stat"
}

down() { stop sink; rm -rf "$RUN"/{tmp,env,nginx.conf,nginx.conf.new,sink.log,error.log,requests.log}; }

mkdir -p "$RUN"; exec 9> "$RUN/lock"; flock 9
case ${1:-} in
  setup | up | status | down | version | cpu) "$1" ;;
  *) sed -n '2,7p' "$0"; exit 2 ;;
esac
