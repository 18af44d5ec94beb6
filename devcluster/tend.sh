#!/bin/bash
# Twice a second: the DNS names of Services and Endpoints for dnsmasq, and a volume for every waiting claim of class "local".
# It stands for CoreDNS and a volume provisioner, which Debian does not package. Started by up.sh.
. "$(dirname "$0")/lib.sh"
set +e
hosts=$RUN/hosts volumes=$CACHE/pv

names_of_endpoints='.items[] | .metadata as $m | .subsets[]?.addresses[]? | select(.ip)
  | "\(.ip) \(if .hostname then "\(.hostname).\($m.name).\($m.namespace).svc.cluster.local" else "" end) \($m.name).\($m.namespace).svc.cluster.local"'
names_of_services='.items[] | select(.spec.clusterIP and .spec.clusterIP != "None")
  | "\(.spec.clusterIP) \(.metadata.name).\(.metadata.namespace).svc.cluster.local"'
waiting_claims='.items[] | select(.spec.storageClassName == "local" and .status.phase == "Pending" and (.spec.volumeName | not))
  | "\(.metadata.namespace) \(.metadata.name) \(.metadata.uid) \(.spec.resources.requests.storage) \(.spec.accessModes | tojson)"'
released_volumes='.items[] | select(.spec.storageClassName == "local" and .status.phase == "Released") | .metadata.name'

tend_names() {
  api /api/v1/endpoints | jq -r "$names_of_endpoints" > "$hosts.endpoints" || return
  api /api/v1/services | jq -r "$names_of_services" > "$hosts.services" || return
  # A broken answer must not empty the names; the API's own Service is always there.
  [ -s "$hosts.services" ] || return
  # A Service with an address of its own hides the addresses of its endpoints.
  awk 'NR == FNR {own[$2] = 1; print; next} !($NF in own)' "$hosts.services" "$hosts.endpoints" | sort > "$hosts.new"
  cmp -s "$hosts.new" "$hosts" && return
  cp "$hosts.new" "$hosts"
  kill -HUP "$(pid_of dnsmasq)" 2> /dev/null
}

volume_json() { # NAMESPACE CLAIM UID SIZE MODES
  jq -nc --arg ns "$1" --arg claim "$2" --arg uid "$3" --arg size "$4" --argjson modes "$5" --arg path "$volumes/$3" --arg node "$NODE" '{
    metadata: {name: "local-\($uid)"},
    spec: {capacity: {storage: $size}, accessModes: $modes, storageClassName: "local", persistentVolumeReclaimPolicy: "Retain",
      local: {path: $path}, claimRef: {namespace: $ns, name: $claim, uid: $uid},
      nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: "kubernetes.io/hostname", operator: "In", values: [$node]}]}]}}}}'
}

tend_volumes() {
  local namespace claim uid size modes name
  api /api/v1/persistentvolumeclaims | jq -r "$waiting_claims" | while read -r namespace claim uid size modes; do
    mkdir -p "$volumes/$uid"
    api /api/v1/persistentvolumes -o /dev/null -H 'Content-Type: application/json' -d "$(volume_json "$namespace" "$claim" "$uid" "$size" "$modes")"
  done
  api /api/v1/persistentvolumes | jq -r "$released_volumes" | while read -r name; do
    api "/api/v1/persistentvolumes/$name" -o /dev/null -X DELETE && rm -rf "${volumes:?}/${name#local-}"
  done
}

while sleep 0.5; do
  tend_names
  tend_volumes
done
