#!/bin/bash
# The benchmarks, side by side with what others have, in one run. Called by `./dev bench`, which brings up what they need.
#
#   run.sh [datapath] [download] [restore] [far] [coders] [memory] [silo] [latency] [schedules] [budgets] [catalogue] [readmodel] [members]     default: all but memory, which moves 80 GiB
#
# BENCH_MIB      length of the stream (4096)             BENCH_ROUNDS    rounds of the data path (3)
# BENCH_DATA_MIB length of the restored database's rows (2048)
# BENCH_TARGETS  where to ("sink sink-tls gateway gateway-tls"), of download where from ("shelf shelf-tls gateway")
# BENCH_ONLY     only contestants whose name this regular expression finds, as 'ours$|rclone'
# BENCH_STARTS   starts of the silo (10)                 BENCH_SAMPLES   samples of the latency (60, of members 200)
# FLEET_CLUSTERS clusters of the fleet (100000)          FLEET_DUE       of which so many are due at once (10000; budgets: 1000)
# FLEET_DATABASES which of "SQLite PostgreSQL"            FLEET_MEMORY_MIB memory of a silo (1536)
# FLEET_CATALOGUES clusters with 5000 backups each (200)  FLEET_BACKUPS   backups of each cluster in the read model (10)
# FLEET_LOADED 1: all but one member's backups are loaded past the writer (0)
# BENCH_CLUSTERS clusters in members (10000)             BENCH_MEMBERS   members (20)
# BENCH_FLOW     backups a second in members (1)         BENCH_WINDOW    seconds that their traffic is counted (60)
# BENCH_MEMORY_MIB memory of a silo with members (1024)
# BENCH_NAMESPACE, BENCH_CLUSTER, BENCH_STORAGE: what the latency backs up (those of ./dev demo, which is run when they are not there)
. "$(dirname "$0")/../devcluster/lib.sh"

HOME_DIR=$CACHE/bench
BENCH=$HOME_DIR/app/ControlPlane.Bench
suite() { "$DEVC/suite.sh" "$@" 9>&-; }

# The peers, from Debian as they are: rclone from sid (newer than bookworm's by years), aws from bookworm; neither is installed on the machine.
peers() {
  suite unpack sid "$HOME_DIR/rclone" rclone
  suite wrap "$HOME_DIR/rclone" usr/bin/rclone rclone
  suite unpack bookworm "$HOME_DIR/aws" awscli
  suite wrap "$HOME_DIR/aws" usr/bin/python3.11 python
  printf '#!/bin/sh\nexport PYTHONHOME=%q\nexec %q %q "$@"\n' "$HOME_DIR/aws/usr" "$HOME_DIR/aws/bin/python" "$HOME_DIR/aws/usr/bin/aws" > "$HOME_DIR/aws/bin/aws"
  chmod +x "$HOME_DIR/aws/bin/aws"
  export BENCH_RCLONE=$HOME_DIR/rclone/bin/rclone BENCH_AWS=$HOME_DIR/aws/bin/aws
  say "peers: rclone $(suite version "$HOME_DIR/rclone" rclone) (sid), awscli $(suite version "$HOME_DIR/aws" awscli) (bookworm), zstd $(zstd --version | grep -o 'v[0-9.]*')"
}

# publish PROJECT NAME: as the images have it, apart from the work tree's own bin and obj.
publish() {
  dotnet publish "$REPO/$1" -c Release -r linux-x64 --self-contained -maxcpucount:2 --artifacts-path "$HOME_DIR/publish" -o "$HOME_DIR/$2" \
    -p:PublishReadyToRun=true -p:DebugType=none -p:PublishDocumentationFiles=false -p:PublishReferencesDocumentationFiles=false \
    -v q --nologo -nodeReuse:false -p:UseSharedCompilation=false 9>&-
}

# The bench with the runtime's settings of the sidecar, for the process that runs the sidecar's classes.
make_upload() {
  local settings=ControlPlane.Bench.runtimeconfig.json
  rm -rf "$HOME_DIR/upload"; cp -rl "$HOME_DIR/app" "$HOME_DIR/upload"; rm "$HOME_DIR/upload/$settings"
  jq -s '.[0].runtimeOptions.configProperties = .[1].runtimeOptions.configProperties | .[0]' \
    "$HOME_DIR/app/$settings" "$HOME_DIR/sidecar/ControlPlane.Sidecar.runtimeconfig.json" > "$HOME_DIR/upload/$settings"
}

prepare_datapath() {
  peers
  "$DEVC/sink.sh" up 9>&-
  set -a; . "$RUN/sink/env"; set +a
  publish src/Sidecar/Sidecar.csproj sidecar
  make_upload
  "$BENCH" pool "$BENCH_FOLDER/pages.pool"
  export BENCH_UPLOAD=$HOME_DIR/upload/ControlPlane.Bench BENCH_SIDECAR=$HOME_DIR/sidecar/ControlPlane.Sidecar
  export BENCH_MARIADBD=/usr/sbin/mariadbd BENCH_S3=$DEVC/s3.sh BENCH_IN_JOB=$REPO/bench/in-job.sh
}

# A server of files beside the sink, with the sink's program and certificate, for this run alone.
prepare_download() {
  peers
  "$DEVC/sink.sh" setup 9>&-
  publish src/Sidecar/Sidecar.csproj sidecar
  "$BENCH" pool "$BENCH_FOLDER/pages.pool"
  export BENCH_SIDECAR=$HOME_DIR/sidecar/ControlPlane.Sidecar BENCH_S3=$DEVC/s3.sh
  local port=${SHELF_PORT:-36182} tls=${SHELF_TLS_PORT:-36183}
  export SHELF_FOLDER=$BENCH_FOLDER/shelf SHELF_ENDPOINT=http://127.0.0.1:$port SHELF_TLS_ENDPOINT=https://127.0.0.1:$tls
  export SINK_CA_FILE=$CACHE/sink/pki/ca.crt
  mkdir -p "$SHELF_FOLDER/shelf"
  sed "s#@FOLDER@#$SHELF_FOLDER#g; s#@PKI@#$CACHE/sink/pki#g; s#@PORT@#$port#; s#@TLS_PORT@#$tls#" "$REPO/bench/shelf.conf" > "$SHELF_FOLDER/shelf.conf"
  "$CACHE/sink/bookworm/bin/nginx" -c "$SHELF_FOLDER/shelf.conf" -e "$SHELF_FOLDER/shelf.log" 9>&- &
  SHELF=$!
}

# A real backup of a database with rows that compress to about a half, on the shelf beside the download's.
prepare_restore() {
  prepare_download
  make_upload
  export BENCH_UPLOAD=$HOME_DIR/upload/ControlPlane.Bench BENCH_BACKUP=$BENCH_FOLDER/backup.xb
  local data=$BENCH_FOLDER/database socket=$BENCH_FOLDER/s rows=$((${BENCH_DATA_MIB:-2048} * 1024 / 4)) table database
  mariadb-install-db --no-defaults --user=root --datadir="$data" --auth-root-authentication-method=normal --skip-test-db > /dev/null
  mariadbd --no-defaults --user=root --datadir="$data" --socket="$socket" --skip-networking --log-error="$BENCH_FOLDER/database.log" --innodb-buffer-pool-size=1G \
    --innodb-log-file-size=512M --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=OFF 9>&- &
  database=$!
  until [ -S "$socket" ]; do kill -0 "$database"; sleep 0.2; done
  local ask=(mariadb --no-defaults -uroot -S "$socket")
  "${ask[@]}" -e 'CREATE DATABASE shop'
  for table in 1 2 3 4; do
    "${ask[@]}" shop -e "CREATE TABLE t$table (id BIGINT PRIMARY KEY, a CHAR(128), b CHAR(128), c VARCHAR(900)) ENGINE=InnoDB;
      INSERT INTO t$table SELECT seq, SHA2(seq, 512), SHA2(-seq, 512), REPEAT(CONCAT(MD5(seq), MD5(seq * 7), SHA2(seq * 3, 512)), 3) FROM seq_1_to_$rows"
  done
  mariadb-backup --no-defaults --backup --stream=mbstream --parallel=2 --target-dir="$BENCH_FOLDER/target" --datadir="$data" -uroot --socket="$socket" > "$BENCH_BACKUP" 2> "$BENCH_FOLDER/backup.log"
  "${ask[@]}" -e SHUTDOWN; wait "$database"
  rm -rf "$data"
}

# The same peaks for a short and for a long stream: only into the sink, which has room for it.
memory() {
  export BENCH_TARGETS=sink BENCH_ONLY=ours BENCH_ROUNDS=1
  BENCH_MIB=1024 "$BENCH" datapath
  BENCH_MIB=40960 "$BENCH" datapath
}

# A PostgreSQL of this run alone, with an account without rights, and keys that its silos share.
prepare_fleet() {
  publish bench/Fleet/Fleet.csproj fleet
  # Where its account may go, which is not everywhere that root keeps things.
  local server bin; server=$(mktemp -d); bin=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
  POSTGRES_FOLDER=$server; chown postgres "$server"
  local as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
  "${as[@]}" "$bin/initdb" -D "$server/data" -U fleet --auth=trust -E UTF8 --locale=C > /dev/null
  "${as[@]}" "$bin/postgres" -D "$server/data" -p 36184 -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200 -c shared_buffers=256MB > "$BENCH_FOLDER/postgres.log" 2>&1 9>&- &
  POSTGRES=$!
  until "$bin/pg_isready" -q -h 127.0.0.1 -p 36184; do sleep 0.2; done
  export FLEET_POSTGRES='host=127.0.0.1 port=36184 user=fleet' FLEET_KEYS=$BENCH_FOLDER/fleet-keys
  mkdir -p "$FLEET_KEYS/authority" "$FLEET_KEYS/tickets"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj '/CN=backup control plane 1' -addext basicConstraints=critical,CA:TRUE,pathlen:0 \
    -addext keyUsage=critical,keyCertSign,cRLSign -keyout "$FLEET_KEYS/key.pem" -out "$FLEET_KEYS/cert.pem" 2> /dev/null
  cat "$FLEET_KEYS/cert.pem" "$FLEET_KEYS/key.pem" > "$FLEET_KEYS/authority/0001.pem"; rm "$FLEET_KEYS"/*.pem
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$FLEET_KEYS/tickets/0001.pem" 2> /dev/null
}

# Two API servers of this run alone: where the plane runs, and one member. The others are stand-ins.
prepare_members() {
  publish src/Silo/Silo.csproj silo
  publish bench/Members/Members.csproj members
  MEMBERS=1
  "$DEVC/members.sh" up home real 9>&-
  export BENCH_HOME=$RUN/members/home.conf BENCH_REAL=$RUN/members/real.conf BENCH_SILO=$HOME_DIR/silo/ControlPlane.Silo
  "$BIN/kubectl" --kubeconfig "$BENCH_HOME" apply --validate=false -k "$REPO/deploy/crds/fleet" > /dev/null
  "$BIN/kubectl" --kubeconfig "$BENCH_HOME" wait --for=condition=Established crd/memberclusters.backup.controlplane --timeout=60s > /dev/null
  PATH=$BIN:$PATH "$REPO/deploy/member/secret.sh" real --kubeconfig "$BENCH_REAL" | "$BIN/kubectl" --kubeconfig "$BENCH_HOME" apply --validate=false -f - > /dev/null
}

prepare_latency() {
  kc -n "${BENCH_NAMESPACE:-shop}" get mysqlclusters "${BENCH_CLUSTER:-orders}" > /dev/null 2>&1 || "$DEVC/demo.sh" 9>&-
  export KUBECONFIG=${KUBECONFIG:-$KUBECONFIG_FILE}
}

need_root 'a benchmark'
mkdir -p "$HOME_DIR"
exec 9> "$HOME_DIR/lock"; flock -n 9 || die 'another benchmark runs'
BENCH_FOLDER=$(mktemp -d "$HOME_DIR/run.XXXXXX"); export BENCH_FOLDER
SHELF= POSTGRES= POSTGRES_FOLDER= MEMBERS=
trap 'for server in $SHELF $POSTGRES; do kill -INT "$server" && wait "$server" || :; done; [ -z "$MEMBERS" ] || "$DEVC/members.sh" down 9>&-; rm -rf "$BENCH_FOLDER" ${POSTGRES_FOLDER:+"$POSTGRES_FOLDER"}' EXIT
[ -n "${CRDENGINE_KUBECONFIG:-}" ] || { set -a; . "$RUN/env"; set +a; }
[ $# != 0 ] || set -- datapath download restore far coders silo latency schedules budgets catalogue readmodel members
publish bench/Bench/Bench.csproj app
for part in "$@"; do
  case $part in
    datapath) prepare_datapath; "$BENCH" datapath ;;
    download) prepare_download; "$BENCH" download ;;
    restore) prepare_restore; "$BENCH" restore ;;
    far) prepare_datapath; "$BENCH" far ;;
    coders) "$BENCH" coders ;;
    memory) prepare_datapath; (memory) ;;
    silo) publish src/Silo/Silo.csproj silo; BENCH_SILO=$HOME_DIR/silo/ControlPlane.Silo "$BENCH" silo ;;
    schedules | budgets | catalogue | readmodel) prepare_fleet; "$HOME_DIR/fleet/ControlPlane.Fleet" "$part" ;;
    members) prepare_members; "$HOME_DIR/members/ControlPlane.Members" members ;;
    latency) prepare_latency; "$BENCH" latency ;;
    *) sed -n '2,18p' "$0"; exit 2 ;;
  esac
done
