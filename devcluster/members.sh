#!/bin/bash
# More Kubernetes clusters on this machine, for a plane with members: each an API server and a controller-manager of its own, its data apart in the same
# etcd. They have no nodes: Jobs and Pods are made and seen, and do not run.
# usage: members.sh up [NAME...]      (berlin and cologne)   deploy/member is applied in each; run/members/NAME.conf is its kubeconfig for an administrator
#        members.sh down
#        members.sh join [NAME...]    tells the plane of them: a Secret and a MemberCluster each, as deploy/member/secret.sh prints them
#        members.sh test              set-up and cluster included: members go, come back, get new tokens, while silos die
# The processes are faulted by their names: process.sh stop member-berlin-apiserver
. "$(dirname "$0")/lib.sh"
. "$DEVC/certificates.sh"

FOLDER=$RUN/members
verb=${1:-}
[ $# = 0 ] || shift
names=("$@")
[ ${#names[@]} -gt 0 ] || names=(berlin cologne)

member_port() { local index; for index in "${!names[@]}"; do [ "${names[$index]}" != "$1" ] || echo $((36700 + 10 * index)); done; }
mk() { local member=$1; shift; "$BIN/kubectl" --kubeconfig "$FOLDER/$member.conf" "$@"; }

# A key of its own for the tokens of its accounts: those of one cluster are worth nothing in another.
make_keys() { # NAME
  mkdir -p "$FOLDER/$1"
  [ -f "$FOLDER/$1/sa.pub" ] || { openssl genrsa -out "$FOLDER/$1/sa.key" 2048; openssl rsa -in "$FOLDER/$1/sa.key" -pubout -out "$FOLDER/$1/sa.pub"; } 2>> "$LOGS/openssl.log"
  (cd "$PKI"; API_URL=https://$BRIDGE_IP:$(member_port "$1"); write_kubeconfig admin) > "$FOLDER/$1.conf"
  chmod 600 "$FOLDER/$1.conf" "$FOLDER/$1/sa.key"
}

start_member() { # NAME
  local port keys=$FOLDER/$1; port=$(member_port "$1")
  launch "member-$1-apiserver" "$BIN/kube-apiserver" --etcd-servers="http://127.0.0.1:$ETCD_PORT" --etcd-prefix="/member-$1" \
    --secure-port="$port" --bind-address="$BRIDGE_IP" --advertise-address="$BRIDGE_IP" --endpoint-reconciler-type=none \
    --tls-cert-file="$PKI/apiserver.crt" --tls-private-key-file="$PKI/apiserver.key" --client-ca-file="$PKI/ca.crt" \
    --service-account-issuer=https://kubernetes.default.svc --service-account-key-file="$keys/sa.pub" --service-account-signing-key-file="$keys/sa.key" \
    --authorization-mode=RBAC --service-cluster-ip-range="$SVCNET.0/24" --feature-gates=TTLAfterFinished=true
  wait_for 120 "the API server of $1" mk "$1" get --raw /readyz
  launch "member-$1-controllers" "$BIN/kube-controller-manager" --kubeconfig="$FOLDER/$1.conf" --bind-address=127.0.0.1 --secure-port=$((port + 1)) --port=0 \
    --leader-elect=false --service-account-private-key-file="$keys/sa.key" --root-ca-file="$PKI/ca.crt" --feature-gates=TTLAfterFinished=true \
    --controllers=serviceaccount,serviceaccount-token,namespace,garbagecollector,job,ttl-after-finished,clusterrole-aggregation
  wait_for 60 "the default account of $1" mk "$1" get serviceaccount default
  # The CRDs carry rules that the client of 1.20 does not know and would refuse.
  mk "$1" apply --validate=false -k "$REPO/deploy/member" > /dev/null
  mk "$1" wait --for=condition=Established crd/mysqlclusters.backup.controlplane crd/mysqlbackups.backup.controlplane --timeout=60s > /dev/null
}

up() {
  local name pid; local -a starting=()
  [ -f "$RUN/complete" ] || die 'the cluster is not up; run ./dev up first'
  mkdir -p "$FOLDER"
  for name in "${names[@]}"; do
    if alive "member-$name-apiserver" && alive "member-$name-controllers"; then continue; fi
    make_keys "$name"
    start_member "$name" & starting+=($!)
  done
  for pid in "${starting[@]}"; do wait "$pid"; done
  for name in "${names[@]}"; do say "  member $name: kubectl --kubeconfig $FOLDER/$name.conf"; done
}

join() {
  local name
  for name in "${names[@]}"; do
    PATH=$BIN:$PATH "$REPO/deploy/member/secret.sh" "$name" --kubeconfig "$FOLDER/$name.conf" | kc apply --validate=false -f -
  done
}

# All keys below the member's prefix; "0" follows "/".
forget() { # NAME
  curl -sf --max-time 30 "http://127.0.0.1:$ETCD_PORT/v3/kv/deleterange" -o /dev/null \
    -d "{\"key\": \"$(printf '/member-%s/' "$1" | base64 -w0)\", \"range_end\": \"$(printf '/member-%s0' "$1" | base64 -w0)\"}"
}

down() {
  local name; local -a processes=()
  for name in $(known_processes); do case $name in member-*) processes+=("$name") ;; esac; done
  [ ${#processes[@]} = 0 ] || end_processes 20 "${processes[@]}"
  for name in "${processes[@]}"; do rm -f "$PROC/$name"; done
  if [ -d "$FOLDER" ] && alive etcd; then
    for name in "$FOLDER"/*/; do forget "$(basename "$name")"; done
  fi
  rm -rf "$FOLDER"
}

run_tests() {
  local brought_up='' code=0
  "$DEVC/setup.sh"
  cd "$REPO"
  dotnet build tests/EndToEnd.Tests -v q --nologo -maxcpucount:2 -p:UseSharedCompilation=false
  [ -f "$RUN/complete" ] || brought_up=1
  "$DEVC/up.sh"
  "$DEVC/members.sh" up
  unset KUBECONFIG
  CONTROLPLANE_SILOS=many dotnet tests/EndToEnd.Tests/bin/Debug/net10.0/ControlPlane.EndToEnd.Tests.dll -class ControlPlane.EndToEnd.Tests.MembersTests -explicit only -showliveoutput || code=$?
  "$DEVC/members.sh" down
  [ -z "$brought_up" ] || "$DEVC/down.sh"
  return $code
}

case $verb in
  up | down | join) need_root members; "$verb" ;;
  test) need_root members; run_tests ;;
  *) die 'usage: members.sh up|down|join|test [NAME...]' ;;
esac
