#!/bin/bash
# The control plane as three silos on a PostgreSQL, on the development cluster: docs/operations.md, "Many silos", step by step.
# usage: many.sh up       the database, the Secrets, kubectl apply -k deploy/dev/many
#        many.sh down     takes all of it away again
#        many.sh test     set-up and cluster included: silos are killed, deleted and replaced, PostgreSQL goes away, while backups run and are due (15 minutes)
. "$(dirname "$0")/lib.sh"

namespace=controlplane-system

# The values go in by a pipe, so that they stand in no argument list.
make_secret() { # NAME FOLDER: each file of the folder is a key
  if kc -n "$namespace" get secret "$1" > /dev/null 2>&1; then return; fi
  kc -n "$namespace" create secret generic "$1" --from-file="$2" > /dev/null
}

make_secrets() (
  cd "$(mktemp -d)"
  trap 'rm -rf "$PWD"' EXIT
  umask 077
  mkdir database authority tickets
  "$DEVC/postgres.sh" connection > database/connection-string
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj '/CN=backup control plane 1' \
    -addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext keyUsage=critical,keyCertSign,cRLSign -keyout authority.key -out authority/0001.pem 2> /dev/null
  cat authority.key >> authority/0001.pem
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out tickets/0001.pem
  local name
  for name in database authority tickets; do make_secret "controlplane-$name" "$name"; done
)

up() {
  if kc -n "$namespace" get pvc data > /dev/null 2>&1; then die "a silo that runs alone is installed in $namespace; take it away first: kubectl delete -k deploy/dev"; fi
  "$DEVC/postgres.sh" up
  kc apply -f "$REPO/deploy/base/namespace.yaml"
  make_secrets
  # The CRDs carry rules that the client of 1.20 does not know and would refuse.
  kc apply --validate=false -k "$REPO/deploy/dev/many"
  kc wait --for=condition=Established crd/mysqlclusters.backup.controlplane crd/mysqlbackups.backup.controlplane --timeout=60s
  kc -n "$namespace" rollout status deployment/silo --timeout=180s
}

down() {
  kc delete -k "$REPO/deploy/dev/many" --ignore-not-found --timeout=120s
  "$DEVC/postgres.sh" down
}

run_tests() {
  local brought_up='' code=0
  "$DEVC/setup.sh"
  cd "$REPO"
  dotnet build tests/EndToEnd.Tests -v q --nologo -maxcpucount:2 -p:UseSharedCompilation=false
  [ -f "$RUN/complete" ] || brought_up=1
  "$DEVC/up.sh"
  unset KUBECONFIG
  CONTROLPLANE_SILOS=many dotnet tests/EndToEnd.Tests/bin/Debug/net10.0/ControlPlane.EndToEnd.Tests.dll -class ControlPlane.EndToEnd.Tests.ManyTests -explicit only -showliveoutput || code=$?
  [ -z "$brought_up" ] || "$DEVC/down.sh"
  return $code
}

case ${1:-} in
  up | down) "$1" ;;
  test) need_root many; run_tests ;;
  *) die 'usage: many.sh up|down|test' ;;
esac
