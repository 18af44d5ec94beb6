#!/bin/bash
# Puts deploy/dev/database.yaml into a namespace, with accounts of random passwords, and waits until its replica follows.
# usage: database.sh NAMESPACE              makes the namespace and the Secrets where they are missing; existing ones are kept
#        database.sh NAMESPACE --stopped    all but the Pods; the same without the word starts them
. "$(dirname "$0")/lib.sh"
. "$DEVC/sql.sh"

namespace=${1:?usage: database.sh NAMESPACE [--stopped]} stopped=${2:-}
[ -z "$stopped" ] || [ "$stopped" = --stopped ] || die 'usage: database.sh NAMESPACE [--stopped]'

exists() { kc -n "$namespace" get "$@" > /dev/null 2>&1; }
random_password() { od -An -N18 -tx1 /dev/urandom | tr -d ' \n'; }

# The passwords go in by a pipe, so that they stand in no argument list.
make_secret() { # NAME KEY=VALUE...
  local name=$1 pair; shift
  exists secret "$name" && return 0
  { printf 'apiVersion: v1\nkind: Secret\nmetadata: {name: %s}\nstringData:\n' "$name"; for pair in "$@"; do printf '  %s: "%s"\n' "${pair%%=*}" "${pair#*=}"; done; } |
    kc -n "$namespace" create -f - > /dev/null
}
replica_follows() { [ "$(client "$namespace" orders-mysql-1 <<< 'show replica status\G' | grep -cE 'Slave_(IO|SQL)_Running: Yes')" = 2 ]; }

kc get namespace "$namespace" > /dev/null 2>&1 || kc create namespace "$namespace" > /dev/null
make_secret orders-backup user=backup "password=$(random_password)"
make_secret orders-replication "password=$(random_password)"
if [ -n "$stopped" ]; then
  sed 's/^  replicas: 2$/  replicas: 0/' "$REPO/deploy/dev/database.yaml" | kc -n "$namespace" apply -f -
  say "database orders-mysql in namespace $namespace has no Pods yet"
  exit 0
fi
kc -n "$namespace" apply -f "$REPO/deploy/dev/database.yaml"
kc -n "$namespace" rollout status statefulset/orders-mysql --timeout=180s
wait_for 60 'the replica to follow its primary' replica_follows
say "database orders-mysql in namespace $namespace is ready; orders-mysql-1 follows orders-mysql-0"
