#!/bin/bash
# From nothing to a checked backup in a bucket: set-up, cluster, the plane, a database under load, one backup, and where it lies.
# usage: demo.sh
# A KUBECONFIG of the caller's names the cluster to use (kind, k3s, ...). It must be able to run the images (build them from
# deploy/images and load them, or make them with devcluster/images.sh apps and import the archives), and S3_ENDPOINT, S3_BUCKET,
# S3_ACCESS_KEY and S3_SECRET_KEY must name a store that its Pods reach; without these only the plane is installed.
. "$(dirname "$0")/lib.sh"
. "$DEVC/sql.sh"
. "$DEVC/bucket.sh"

namespace=shop
sidecar_image=${SIDECAR_IMAGE:-localhost/controlplane/sidecar:dev}
mib=${DEMO_MIB:-256}

headline() { printf '\n== %s\n' "$*"; }
own_cluster() { [ -z "${KUBECONFIG:-}" ] || [ "$KUBECONFIG" = "$KUBECONFIG_FILE" ]; }

start_own_cluster() {
  unset KUBECONFIG
  headline 'set-up and cluster'
  "$DEVC/setup.sh"
  "$DEVC/up.sh"
  set -a
  # shellcheck disable=SC1091
  . "$RUN/env"
  set +a
}

# A Pod keeps its image until it is made anew: a mark of the image in the template rolls the workload when the image is another.
roll_with_image() { # NAMESPACE KIND/NAME ARCHIVE
  own_cluster || return 0
  local mark; mark=$(stat -c %Y.%s "$IMG/$3.tar")
  kc -n "$1" patch "$2" -p "{\"spec\":{\"template\":{\"metadata\":{\"annotations\":{\"controlplane.dev/image\":\"$mark\"}}}}}" > /dev/null
}

install_plane() {
  headline 'the control plane: kubectl apply -k deploy/dev'
  # The CRDs carry rules that the client of 1.20 does not know and would refuse.
  kc apply --validate=false -k "$REPO/deploy/dev"
  kc wait --for=condition=Established crd/mysqlclusters.backup.controlplane crd/mysqlbackups.backup.controlplane crd/mysqlrestores.backup.controlplane --timeout=60s
  roll_with_image controlplane-system deployment/silo silo
  kc -n controlplane-system rollout status deployment/silo --timeout=180s
}

install_database() {
  headline "a MariaDB with a replica in namespace $namespace, $mib MiB of rows"
  "$DEVC/database.sh" "$namespace"
  local have; have=$(sql "$namespace" orders-mysql-0 "select coalesce(floor(sum(data_length) / 1048576), 0) from information_schema.tables where table_schema = 'shop'")
  if [ "${have%.*}" -lt "$((mib * 3 / 4))" ]; then "$DEVC/rows.sh" "$namespace" orders-mysql-0 "$mib"; fi
}

# The keys go in by a pipe, so that they stand in no argument list.
store_secret() {
  printf 'apiVersion: v1\nkind: Secret\nmetadata: {name: s3-credentials}\nstringData: {AWS_ACCESS_KEY_ID: "%s", AWS_SECRET_ACCESS_KEY: "%s"}\n' \
    "$S3_ACCESS_KEY" "$S3_SECRET_KEY" | kc -n "$namespace" apply -f - > /dev/null
}

# The documented example: as it is on our own cluster, with the caller's store and image in it elsewhere.
cluster_resource() {
  if own_cluster; then cat "$REPO/deploy/cr.yaml"; return; fi
  sed -E "s#^( +endpointUrl:).*#\1 \"$S3_ENDPOINT\"#; s#^( +bucket:).*#\1 \"$S3_BUCKET\"#; s#^( +image:).*#\1 $sidecar_image#; s#endpointUrl: [^,}]*([,}])#endpointUrl: \"$S3_ENDPOINT\"\1#" "$REPO/deploy/cr.yaml"
}

agents_ready() {
  [ "$(kc -n "$namespace" get pods -l app=orders-mysql -o json |
    jq '[.items[] | select([.status.containerStatuses[]? | select(.name == "xtrabackup" and .ready)] | length == 1)] | length')" = 2 ]
}

declare_cluster() {
  headline 'the resource MySQLCluster: kubectl apply -f deploy/cr.yaml'
  store_secret
  # Agents that are there already may be of an older build.
  if agents_ready; then roll_with_image "$namespace" statefulset/orders-mysql sidecar; fi
  cluster_resource | kc -n "$namespace" apply -f -
  say 'the plane adds its agent to the database Pods; waiting for both'
  wait_for 180 'an agent beside each database' agents_ready
  kc -n "$namespace" rollout status statefulset/orders-mysql --timeout=180s
}

phase() { kc -n "$namespace" get mysqlbackups "$1" -o jsonpath='{.status.phase}' 2> /dev/null; }
is_final() { case $(phase "$1") in Succeeded | Failed | Cancelled) return 0 ;; *) return 1 ;; esac; }

take_backup() {
  name=$(sed -nE '/^metadata:/,/^[a-z]+:/s/^ +name: *([a-z0-9.-]+).*/\1/p' "$REPO/deploy/backup/backup.yaml" | head -n 1)
  local given=$name
  [ -z "$(phase "$name")" ] || name=$given-$(date -u +%H%M%S)
  headline "the resource MySQLBackup $name: kubectl apply -f deploy/backup/backup.yaml, while rows are being written"
  "$DEVC/writeload.sh" "$namespace" orders-mysql-0 30 100 > /dev/null 2>&1 < /dev/null &
  sed "s/name: $given\$/name: $name/; s/name: $given /name: $name /" "$REPO/deploy/backup/backup.yaml" | kc -n "$namespace" apply -f -
  kc -n "$namespace" get mysqlbackups -w &
  local watching=$!
  wait_for 600 "the end of backup $name" is_final "$name" || true
  sleep 1
  kill "$watching" 2> /dev/null || true
  wait "$watching" 2> /dev/null || true
}

show_result() {
  headline 'kubectl get mysqlbackups'
  kc -n "$namespace" get mysqlbackups -o wide
  if [ "$(phase "$name")" != Succeeded ]; then kc -n "$namespace" describe mysqlbackups "$name"; die "backup $name did not succeed"; fi
  local destination prefix objects
  destination=$(kc -n "$namespace" get mysqlbackups "$name" -o jsonpath='{.status.destination}')
  prefix=${destination#s3://"$S3_BUCKET"/}
  headline "where it lies: $destination at $S3_ENDPOINT"
  objects=$(bucket_list "$prefix")
  awk '{printf "  %12d  %s\n", $1, $2} END {print "  " NR " objects"}' <<< "$objects"
  [ -n "$objects" ] || die 'the bucket holds nothing there'
  how_to "$destination"
}

how_to() { # DESTINATION
  cat << TEXT

== the story of the backup
  kubectl -n $namespace describe mysqlbackups $name

== the Orleans dashboard (served on loopback in the silo's Pod; it has no log-in of its own)
  kubectl -n controlplane-system port-forward deploy/silo 8080:8080     # then http://localhost:8080/dashboard

== restore it by hand, with public tools only (docs/backup-format.md has every step, and how to check the sums)
  aws s3 cp --endpoint-url $S3_ENDPOINT --recursive $1 backup/          # or rclone; keys: S3_ACCESS_KEY and S3_SECRET_KEY in $RUN/env
  find backup/data -type f | sort | xargs cat | zstd -dc | mbstream -x -C restored
  mariadb-backup --prepare --target-dir=restored                        # then start a mariadbd of the same version on it

== this cluster
  export KUBECONFIG=${KUBECONFIG:-$KUBECONFIG_FILE}; kubectl: $BIN/kubectl
  ./dev down ends it and leaves nothing behind.
TEXT
}

if own_cluster; then
  start_own_cluster
else
  command -v kubectl > /dev/null || [ -x "$BIN/kubectl" ] || die 'KUBECONFIG is set, but there is no kubectl'
  headline "the cluster of $KUBECONFIG"
  kc get nodes
fi
install_plane
if [ -z "${S3_ENDPOINT:-}" ] || [ -z "${S3_BUCKET:-}" ] || [ -z "${S3_ACCESS_KEY:-}" ] || [ -z "${S3_SECRET_KEY:-}" ]; then
  say 'The plane is installed. No backup was taken: set S3_ENDPOINT, S3_BUCKET, S3_ACCESS_KEY and S3_SECRET_KEY to a store that the Pods of this cluster reach.'
  exit 0
fi
install_database
declare_cluster
take_backup
show_result
