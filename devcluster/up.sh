#!/bin/bash
# Boots the cluster. Already up: says so, and starts again what has died. Left half-way or from before a reboot: cleans up first.
# usage: up.sh
. "$(dirname "$0")/lib.sh"
. "$DEVC/network.sh"
. "$DEVC/certificates.sh"
. "$DEVC/node.sh"
. "$DEVC/images.sh"

api_ready() { [ "$(api /readyz)" = ok ]; }
account_ready() { api /api/v1/namespaces/default/serviceaccounts/default; }
node_ready() { api "/api/v1/nodes/$NODE" | jq -e '.status.conditions[] | select(.type == "Ready" and .status == "True")'; }

# heal: 0 when the cluster is there and (again) whole.
heal() {
  local name; local -a dead=()
  [ -f "$RUN/complete" ] || return 1
  # With neither of these two there is no cluster to heal (the machine was started again, perhaps).
  alive containerd || alive etcd || return 1
  for name in $(known_processes); do alive "$name" || dead+=("$name"); done
  for name in "${dead[@]}"; do say "  $name had died; starting it again"; start_again "$name"; done
  wait_for 60 'the API server' api_ready
}

# What is mostly waiting goes side by side: the stores with one another, all of them with the cluster, and the images with both.
stores() {
  local pid name; local -a starting=()
  for name in s3 swift azurite crdengine; do extra "$name" up & starting+=($!); done
  for pid in "${starting[@]}"; do wait "$pid"; done
}

images() { make_apps; wait_for 60 containerd ctr -a "$RUN/containerd.sock" version; import_images; }

boot() {
  if ip link show "$BRIDGE" > /dev/null 2>&1; then die "the bridge $BRIDGE is there already: another development cluster (of another cache) runs on this machine; end that one first"; fi
  mkdir -p "$PROC"
  make_bridge; make_certificates; make_cgroup
  cp "$PKI/admin.conf" "$KUBECONFIG_FILE"
  stores & local storing=$!
  write_containerd_config; write_kubelet_config
  start_containerd
  start_etcd
  start_apiserver
  say '  images are made meanwhile (up to 2 min when their sources changed)'
  images > "$LOGS/images.log" 2>&1 & local making=$!
  wait_for 120 'the API server' api_ready
  say "  API server ready after $(seconds $(($(now_ms) - started)))"
  start_controllers
  start_node
  api /apis/storage.k8s.io/v1/storageclasses -o /dev/null -H 'Content-Type: application/yaml' --data-binary @"$DEVC/storageclass.yaml" || true
  wait_for 60 'the default service account' account_ready
  wait_for 120 'the node' node_ready
  say "  node ready after $(seconds $(($(now_ms) - started)))"
  wait "$storing"
  wait "$making" || { cat "$LOGS/images.log"; die 'the images could not be made'; }
  cat "$LOGS/images.log"
}

# extra PART VERB: the object stores and the newer CRD engine come with scripts of their own.
extra() {
  [ -x "$DEVC/$1.sh" ] || return 0
  "$DEVC/$1.sh" "$2" 7>&- 8>&- || die "$1.sh $2 failed"
}

# The object store under the name by which the documented examples call it.
name_store() {
  [ -f "$RUN/s3/env" ] || return 0
  local port; port=$(sed -nE 's#^S3_ENDPOINT=.*:([0-9]+)$#\1#p' "$RUN/s3/env")
  sed "s/BRIDGE_IP/$BRIDGE_IP/; s/PORT/$port/" "$DEVC/object-store.yaml" | "$BIN/kubectl" --kubeconfig "$KUBECONFIG_FILE" apply -f - > /dev/null
}

write_env() {
  {
    echo "KUBECONFIG=$KUBECONFIG_FILE"
    echo "KUBECTL=$BIN/kubectl"
    echo "BRIDGE_IP=$BRIDGE_IP"
    echo "CONTROLPLANE_CACHE=$CACHE"
    local f
    for f in "$RUN"/*/env; do [ ! -f "$f" ] || grep -v "^#" "$f"; done
  } > "$RUN/env.new"
  chmod 600 "$RUN/env.new"; mv "$RUN/env.new" "$RUN/env"
}

need_root up
[ -x "$BIN/kube-apiserver" ] && [ -f "$IMG/mariadb.tar" ] || die 'nothing to start yet; run ./dev setup first'
mkdir -p "$RUN" "$LOGS" "$CACHE/log" "$CACHE/pv" "$STAMPS"
exec 8> "$CACHE/up.lock"; flock 8
started=$(now_ms)
if heal; then
  make_apps; import_images
  stores
  name_store
  write_env
  say "already up ($(seconds $(($(now_ms) - started)))); KUBECONFIG=$KUBECONFIG_FILE"
  exit 0
fi
if [ -d "$PROC" ]; then say '  remains of an earlier run found; removing them'; "$DEVC/down.sh" --locked --keep; fi
started=$(now_ms)
boot
name_store
write_env
touch "$RUN/complete"
say "up in $(seconds $(($(now_ms) - started))); KUBECONFIG=$KUBECONFIG_FILE, everything for tests: $RUN/env"
