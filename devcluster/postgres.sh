#!/bin/bash
# A PostgreSQL that many silos share, for the development cluster: Debian's, on the address that Pods reach, its data in the cache for as long as it is up.
#
#   postgres.sh up | status | down
#   postgres.sh stop | start       the server alone, every connection with it; what was committed stays
#   postgres.sh connection         the connection string of the database controlplane, whose account owns it and nothing else
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
CACHE=${CONTROLPLANE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/controlplane-dev}
RUN=$CACHE/run/postgres
BRIDGE_IP=${BRIDGE_IP:-10.36.0.1} PORT=${POSTGRES_PORT:-36432}
. "$HERE/own.sh"

# The newest that is installed; ./dev setup sees to it that one is.
program() { ls -d /usr/lib/postgresql/*/bin/"$1" 2> /dev/null | sort -V | tail -n 1; }
# It refuses to run as root, and the cache may be in a folder that only root enters: so its data lies elsewhere.
as_postgres() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
ask() { PGPASSWORD=$(cat "$RUN/admin") "$(program psql)" -h "$BRIDGE_IP" -p "$PORT" -U admin -d "${1:-postgres}" -qtA; }
random_word() { od -An -N18 -tx1 /dev/urandom | tr -d ' \n'; }

make() {
  mkdir -p "$RUN"; chmod 700 "$RUN"
  random_word > "$RUN/admin"; random_word > "$RUN/plane"
  local data; data=$(mktemp -d "${TMPDIR:-/tmp}/controlplane-postgres.XXXXXX")
  echo "$data" > "$RUN/data"
  cp "$RUN/admin" "$data/password"; chown -R postgres "$data"
  (cd /; as_postgres "$(program initdb)" -D "$data/data" -U admin --pwfile="$data/password" --auth=scram-sha-256 -E UTF8 --locale=C --no-sync > "$RUN/initdb.log")
  rm "$data/password"
  echo "host all all $BRIDGE_IP/24 scram-sha-256" >> "$data/data/pg_hba.conf"
}

start_server() {
  cd /
  start server setpriv --reuid=postgres --regid=postgres --clear-groups "$(program postgres)" -D "$(cat "$RUN/data")/data" -p "$PORT" \
    -c "listen_addresses=$BRIDGE_IP" -c unix_socket_directories= -c fsync=off -c max_connections=200
  until_ready server 30 ask <<< 'SELECT 1'
}

up() {
  [ -n "$(program postgres)" ] || { echo 'postgres.sh: there is no PostgreSQL; run ./dev setup first' >&2; exit 1; }
  has_address "$BRIDGE_IP" || { echo "postgres.sh: nothing has the address $BRIDGE_IP; run ./dev up first" >&2; exit 1; }
  if alive server; then return; fi
  if [ -f "$RUN/data" ] && [ -d "$(cat "$RUN/data")" ]; then start_server; return; fi
  make
  start_server
  ask <<< "CREATE ROLE controlplane LOGIN PASSWORD '$(cat "$RUN/plane")'"
  ask <<< 'CREATE DATABASE controlplane OWNER controlplane'
}

case ${1:-} in
  up) up ;;
  # INT: a stop that waits for nobody.
  stop) stop server INT ;;
  start) start_server ;;
  status) if alive server; then echo "PostgreSQL at $BRIDGE_IP:$PORT"; else echo 'PostgreSQL is not up'; fi ;;
  connection) echo "Host=$BRIDGE_IP;Port=$PORT;Database=controlplane;Username=controlplane;Password=$(cat "$RUN/plane")" ;;
  down) stop server INT; [ ! -f "$RUN/data" ] || rm -rf "$(cat "$RUN/data")"; rm -rf "$RUN" ;;
  *) sed -n '2,6p' "$0"; exit 2 ;;
esac
