#!/bin/bash
# A Blob service for development and tests: Microsoft's own emulator, once over http and once over https (each with its own data, on disk).
#
#   azurite.sh setup | up | status | down | version
#
# up writes $RUN/env. Settings: BRIDGE_IP (10.36.0.1), AZURITE_PORT, AZURITE_TLS_PORT, AZURITE_CONTAINER.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
CACHE=${CONTROLPLANE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/controlplane-dev}
HOME_DIR=$CACHE/azurite RUN=$CACHE/run/azurite
VERSION=3.37.0
ROOT=$HOME_DIR/$VERSION
PROGRAM=$ROOT/node_modules/azurite/dist/src/blob/main.js
BRIDGE_IP=${BRIDGE_IP:-10.36.0.1}
PORT=${AZURITE_PORT:-36090} TLS_PORT=${AZURITE_TLS_PORT:-36091}
CONTAINER=${AZURITE_CONTAINER:-backups} ACCOUNT=backups
. "$HERE/own.sh"

say() { echo "azurite: $*"; }

setup() {
  mkdir -p "$HOME_DIR" "$RUN"
  certificate "$HOME_DIR/pki" "development Blob service" "$BRIDGE_IP"
  node_runtime
  [ -f "$ROOT/done" ] && return 0
  say "azurite $VERSION from the npm registry, 190 MB (30 s)"
  rm -rf "$ROOT.new"; mkdir -p "$ROOT.new"
  if ! npm install --prefix "$ROOT.new" --no-audit --no-fund --no-save --ignore-scripts --loglevel=error "azurite@$VERSION" < /dev/null > "$HOME_DIR/install.log" 2>&1; then
    tail -15 "$HOME_DIR/install.log" >&2; say "npm could not install it, see $HOME_DIR/install.log" >&2; return 1
  fi
  touch "$ROOT.new/done"
  rm -rf "$ROOT"; mv "$ROOT.new" "$ROOT"
  version
}

# Whatever node and npm the machine has; Debian's where it has none.
node_runtime() {
  if command -v node > /dev/null && command -v npm > /dev/null; then return 0; fi
  say "node and npm from Debian (20 to 60 s)"
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends nodejs npm < /dev/null > "$HOME_DIR/apt.log" 2>&1 ||
    { tail -10 "$HOME_DIR/apt.log" >&2; say "node and npm are missing and apt could not install them" >&2; return 1; }
}

version() { echo "Azurite $VERSION (npm)"; }

new_key() { openssl rand -base64 64 | tr -d '\n'; }

# The accounts come by the environment, so that no key stands in an argument list. The second is a stranger to the first's container.
launch() { # NAME PORT ARGUMENT...
  local name=$1 port=$2 key other; shift 2
  read -r key < "$RUN/key"; read -r other < "$RUN/stranger"
  AZURITE_ACCOUNTS="$ACCOUNT:$key;stranger:$other" start "$name" node "$PROGRAM" --blobHost 127.0.0.1 --blobPort "$port" \
    -l "$RUN/data-$name" --silent --disableTelemetry --skipApiVersionCheck "$@"
  until_ready "$name" 60 answers "$port" "$@"
}

# Any answer counts: without credentials it is a refusal.
answers() { curl -sk -o /dev/null -m 2 "$([ $# = 1 ] && echo http || echo https)://127.0.0.1:$1/"; }

# It listens on one address only, so the bridge's is passed on to it, bytes as they come.
start_bridge() {
  has_address "$BRIDGE_IP" || return 0
  start bridge node "$HERE/forward.js" "$BRIDGE_IP" "$PORT" "$TLS_PORT"
  until_ready bridge 20 curl -s -o /dev/null -m 2 "http://$BRIDGE_IP:$PORT/"
}

write_env() {
  local host=127.0.0.1; ! has_address "$BRIDGE_IP" || host=$BRIDGE_IP
  (umask 077; cat > "$RUN/env.new" <<C
AZURITE_ENDPOINT=http://$host:$PORT
AZURITE_TLS_ENDPOINT=https://$host:$TLS_PORT
AZURITE_LOCAL_ENDPOINT=http://127.0.0.1:$PORT
AZURITE_LOCAL_TLS_ENDPOINT=https://127.0.0.1:$TLS_PORT
AZURITE_CA_FILE=$HOME_DIR/pki/ca.crt
AZURITE_CONTAINER=$CONTAINER
AZURITE_ACCOUNT=$ACCOUNT
AZURITE_KEY=$(cat "$RUN/key")
# An account that exists and has no such container.
AZURITE_STRANGER=stranger
AZURITE_STRANGER_KEY=$(cat "$RUN/stranger")
C
  mv "$RUN/env.new" "$RUN/env")
}

up() {
  local began=$SECONDS
  setup
  if alive http && alive https && [ -f "$RUN/env" ]; then
    alive bridge || start_bridge
    write_env; say "up already: $(version), $RUN/env"; return 0
  fi
  down; clear_state
  (umask 077; new_key > "$RUN/key"; new_key > "$RUN/stranger"; echo >> "$RUN/key"; echo >> "$RUN/stranger")
  launch http "$PORT"
  launch https "$TLS_PORT" --cert "$HOME_DIR/pki/server.crt" --key "$HOME_DIR/pki/server.key" --oauth basic
  local endpoint
  for endpoint in "http://127.0.0.1:$PORT" "https://127.0.0.1:$TLS_PORT"; do
    NODE_EXTRA_CA_CERTS=$HOME_DIR/pki/ca.crt node "$HERE/container.js" "$endpoint/$ACCOUNT" "$CONTAINER" < "$RUN/key"
  done
  start_bridge
  write_env
  say "up in $((SECONDS - began)) s: $(version), http $PORT, https $TLS_PORT, container $CONTAINER, $RUN/env"
}

status() {
  local name
  for name in http https bridge; do alive "$name" && echo "$name: pid $(pid_of $name)" || echo "$name: not running"; done
  [ ! -d "$RUN/data-http" ] || du -shc "$RUN"/data-* | awk 'END {print "data: " $1}'
  alive http && alive https
}

clear_state() { rm -rf "$RUN"/data-* "$RUN"/{env,key,stranger} "$RUN"/*.log; }

down() { # KILL: there is nothing to keep
  local name
  for name in bridge https http; do stop "$name" KILL; done
}

mkdir -p "$RUN"; exec 9> "$RUN/lock"; flock 9
case ${1:-} in
  setup | up | version | status) "$1" ;;
  down) down; clear_state ;;
  *) sed -n '2,6p' "$0"; exit 2 ;;
esac
