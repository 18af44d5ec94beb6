#!/bin/bash
# What a fleet needs where no kubelet runs: an etcd, four API servers with their controllers (local, berlin, cologne, dresden), a PostgreSQL, and three silos as processes.
# It stands beside a development cluster, on ports of its own, and needs only what ./dev setup has built. Faulted by names: process.sh kill silo-1
# usage: CONTROLPLANE_CACHE=FOLDER apart.sh up SILO     FOLDER has the link bin to the programs; SILO is the silo's program
#        CONTROLPLANE_CACHE=FOLDER apart.sh down
. "$(dirname "$0")/lib.sh"

ETCD=http://127.0.0.1:28479 SQL_PORT=28432
MEMBERS=(local berlin cologne dresden)
port_of() { local index; for index in "${!MEMBERS[@]}"; do [ "${MEMBERS[$index]}" != "$1" ] || echo $((28500 + 10 * index)); done; }
config_of() { if [ "$1" = local ]; then echo "$KUBECONFIG_FILE"; else echo "$RUN/members/$1.conf"; fi; }
at() { local member=$1; shift; "$BIN/kubectl" --kubeconfig "$(config_of "$member")" "$@"; }
program() { ls -d /usr/lib/postgresql/*/bin/"$1" 2> /dev/null | sort -V | tail -n 1; }

make_certificates() ( # an authority, the servers' certificate, an administrator
  mkdir -p "$PKI"; cd "$PKI"; umask 077
  [ ! -f complete ] || return 0
  local request=(openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes)
  "${request[@]}" -x509 -days 30 -keyout ca.key -out ca.crt -subj /CN=apart
  "${request[@]}" -keyout server.key -out server.csr -subj /CN=kube-apiserver
  printf 'subjectAltName=IP:127.0.0.1\n' > server.ext
  openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -extfile server.ext -out server.crt
  "${request[@]}" -keyout admin.key -out admin.csr -subj /O=system:masters/CN=admin
  openssl x509 -req -in admin.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -out admin.crt
  touch complete
) 2>> "$LOGS/openssl.log"

write_config() { # MEMBER
  cat << YAML
apiVersion: v1
kind: Config
clusters: [{ name: c, cluster: { server: "https://127.0.0.1:$(port_of "$1")", certificate-authority-data: $(base64 -w0 "$PKI/ca.crt") } }]
users: [{ name: u, user: { client-certificate-data: $(base64 -w0 "$PKI/admin.crt"), client-key-data: $(base64 -w0 "$PKI/admin.key") } }]
contexts: [{ name: x, context: { cluster: c, user: u } }]
current-context: x
YAML
}

start_member() { # MEMBER
  local member=$1 port keys; port=$(port_of "$1") keys=$RUN/keys-$1
  mkdir -p "$keys"
  [ -f "$keys/sa.pub" ] || { openssl genrsa -out "$keys/sa.key" 2048; openssl rsa -in "$keys/sa.key" -pubout -out "$keys/sa.pub"; } 2>> "$LOGS/openssl.log"
  write_config "$member" > "$(config_of "$member")"
  launch "$member-apiserver" "$BIN/kube-apiserver" --etcd-servers="$ETCD" --etcd-prefix="/$member" --secure-port="$port" --bind-address=127.0.0.1 --endpoint-reconciler-type=none \
    --tls-cert-file="$PKI/server.crt" --tls-private-key-file="$PKI/server.key" --client-ca-file="$PKI/ca.crt" \
    --service-account-issuer=https://kubernetes.default.svc --service-account-key-file="$keys/sa.pub" --service-account-signing-key-file="$keys/sa.key" \
    --authorization-mode=RBAC --service-cluster-ip-range=10.99.0.0/24 --feature-gates=TTLAfterFinished=true \
    --audit-policy-file="$RUN/audit.yaml" --audit-log-path="$LOGS/audit$([ "$member" = local ] || echo "-$member").log" --audit-log-maxsize=100 --audit-log-maxbackup=1
  wait_for 120 "the API server of $member" at "$member" get --raw /readyz
  launch "$member-controllers" "$BIN/kube-controller-manager" --kubeconfig="$(config_of "$member")" --bind-address=127.0.0.1 --secure-port=$((port + 1)) --port=0 \
    --leader-elect=false --service-account-private-key-file="$keys/sa.key" --root-ca-file="$PKI/ca.crt" --feature-gates=TTLAfterFinished=true \
    --controllers=serviceaccount,serviceaccount-token,namespace,garbagecollector,job,ttl-after-finished,clusterrole-aggregation
  wait_for 60 "the default account of $member" at "$member" get serviceaccount default
  # The CRDs carry rules that the client of 1.20 does not know and would refuse. As the silos are no Pods, what would run them is left out where they live.
  at "$member" apply --validate=false -k "$REPO/deploy/$([ "$member" = local ] && echo dev/many || echo member)" > /dev/null
  if [ "$member" = local ]; then at local -n controlplane-system delete deployment silo > /dev/null; fi
}

start_database() {
  local data; data=$(mktemp -d "${TMPDIR:-/tmp}/controlplane-apart.XXXXXX"); echo "$data" > "$RUN/database"; chown postgres "$data"
  (cd /; setpriv --reuid=postgres --regid=postgres --clear-groups "$(program initdb)" -D "$data/data" -U controlplane --auth=trust -E UTF8 --locale=C --no-sync > "$LOGS/initdb.log")
  launch postgres setpriv --reuid=postgres --regid=postgres --clear-groups "$(program postgres)" -D "$data/data" -p "$SQL_PORT" -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c max_connections=300
  wait_for 30 PostgreSQL "$(program psql)" -h 127.0.0.1 -p "$SQL_PORT" -U controlplane -d postgres -c 'SELECT 1'
  "$(program psql)" -h 127.0.0.1 -p "$SQL_PORT" -U controlplane -d postgres -qc 'CREATE DATABASE controlplane'
}

# The silos' account in their own cluster, as in their Pods: what they ask is told from what others do.
silo_config() {
  local secret token
  secret=$(at local -n controlplane-system get serviceaccount silo -o jsonpath='{.secrets[0].name}')
  token=$(at local -n controlplane-system get secret "$secret" -o jsonpath='{.data.token}' | base64 -d)
  write_config local | sed "s#^users:.*#users: [{ name: u, user: { token: \"$token\" } }]#"
}

start_silos() { # PROGRAM
  local number
  mkdir -p "$RUN/silo-keys/authority" "$RUN/silo-keys/tickets"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj '/CN=backup control plane 1' -addext basicConstraints=critical,CA:TRUE,pathlen:0 \
    -addext keyUsage=critical,keyCertSign,cRLSign -keyout "$RUN/silo-keys/key.pem" -out "$RUN/silo-keys/cert.pem" 2>> "$LOGS/openssl.log"
  cat "$RUN/silo-keys/cert.pem" "$RUN/silo-keys/key.pem" > "$RUN/silo-keys/authority/0001.pem"; rm "$RUN"/silo-keys/*.pem
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$RUN/silo-keys/tickets/0001.pem" 2>> "$LOGS/openssl.log"
  silo_config > "$RUN/silo.conf"
  for number in 0 1 2; do
    launch "silo-$number" env "KUBECONFIG=$RUN/silo.conf" "$1" "--Silo:ConnectionString=Host=127.0.0.1;Port=$SQL_PORT;Database=controlplane;Username=controlplane" \
      --Silo:AdvertisedAddress=127.0.0.1 --Silo:HealthAddress=127.0.0.1 --Silo:HealthPort=$((28600 + 10 * number)) --Silo:DashboardPort=$((28601 + 10 * number)) --Silo:SiloPort=$((28602 + 10 * number)) \
      "--Operator:KeysFolder=$RUN/silo-keys"
  done
  for number in 0 1 2; do wait_for 120 "silo $number" curl -sf "http://127.0.0.1:$((28600 + 10 * number))/healthz/ready"; done
}

up() { # SILO
  local member pid; local -a starting=()
  [ -x "${1:-}" ] || die 'apart.sh up SILO'
  mkdir -p "$PROC" "$LOGS" "$RUN/members" "$RUN/s3"
  cp "$DEVC/audit.yaml" "$RUN/audit.yaml"
  make_certificates
  launch etcd etcd --name apart --data-dir "$RUN/etcd" --unsafe-no-fsync --listen-client-urls "$ETCD" --advertise-client-urls "$ETCD" \
    --listen-peer-urls http://127.0.0.1:28480 --initial-advertise-peer-urls http://127.0.0.1:28480 --initial-cluster apart=http://127.0.0.1:28480
  wait_for 30 etcd curl -sf "$ETCD/health"
  for member in "${MEMBERS[@]}"; do start_member "$member" & starting+=($!); done
  start_database
  for pid in "${starting[@]}"; do wait "$pid"; done
  printf 'KUBECONFIG=%s\nKUBECTL=%s\nBRIDGE_IP=127.0.0.1\n' "$KUBECONFIG_FILE" "$BIN/kubectl" > "$RUN/env"
  touch "$RUN/s3/env"
  start_silos "$1"
  say "three silos, and ${MEMBERS[*]}: KUBECONFIG=$KUBECONFIG_FILE"
}

down() {
  local -a processes=(); mapfile -t processes < <(known_processes)
  [ ${#processes[@]} = 0 ] || end_processes 30 "${processes[@]}"
  [ ! -f "$RUN/database" ] || rm -rf "$(cat "$RUN/database")"
  rm -rf "$RUN"
}

case ${1:-} in
  up) up "${2:-}" ;;
  down) down ;;
  *) die 'usage: apart.sh up SILO | down' ;;
esac
