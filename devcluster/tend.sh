#!/bin/bash
# Twice a second: the DNS names of Services and Endpoints for dnsmasq, and a volume for every waiting claim of class "local".
# It stands for CoreDNS and a volume provisioner, which Debian does not package. Started by up.sh.
. "$(dirname "$0")/lib.sh"
set +eE; trap - ERR
hosts=$RUN/hosts volumes=$CACHE/pv seen=$RUN/hosts.seen

# One line for each thing to know, its kind as the first word: S service, E endpoint, C waiting claim, R released volume.
digest='def domain: "\(.name).\(.namespace).svc.cluster.local";
  (.[0].items[] | select(.spec.clusterIP and .spec.clusterIP != "None") | "S \(.spec.clusterIP) \(.metadata | domain)"),
  (.[1].items[] | (.metadata | domain) as $domain | .subsets[]?.addresses[]? | select(.ip)
    | "E \(.ip) \(if .hostname then "\(.hostname).\($domain)" else "" end) \($domain)"),
  (.[2].items[] | select(.spec.storageClassName == "local" and .status.phase == "Pending" and (.spec.volumeName | not))
    | "C \(.metadata.namespace) \(.metadata.name) \(.metadata.uid) \(.spec.resources.requests.storage) \(.spec.accessModes | tojson)"),
  (.[3].items[] | select(.spec.storageClassName == "local" and .status.phase == "Released") | "R \(.metadata.name)")'

# One curl over one connection and one jq a round: this loop shares two cores with everything else.
look() {
  api /api/v1/services "$API_URL/api/v1/endpoints" "$API_URL/api/v1/persistentvolumeclaims" "$API_URL/api/v1/persistentvolumes" | jq -rs "$digest"
}

tend_names() {
  # A Service with an address of its own hides the addresses of its endpoints.
  awk '$1 == "S" {own[$3] = 1; print $2, $3} $1 == "E" && !($NF in own) {$1 = ""; print substr($0, 2)}' "$seen" | sort > "$hosts.new"
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
  sed -n 's/^C //p' "$seen" | while read -r namespace claim uid size modes; do
    mkdir -p "$volumes/$uid"
    api /api/v1/persistentvolumes -o /dev/null -H 'Content-Type: application/json' -d "$(volume_json "$namespace" "$claim" "$uid" "$size" "$modes")"
  done
  sed -n 's/^R //p' "$seen" | while read -r name; do
    # A server that still ends may write for a moment more: the volume stays until its folder is gone.
    rm -rf "${volumes:?}/${name#local-}" && api "/api/v1/persistentvolumes/$name" -o /dev/null -X DELETE
  done
}

while sleep 0.5; do
  # The API's own Service is always there: an answer without it is a broken one and must not empty the names.
  look > "$seen.new" 2> /dev/null && grep -q '^S .* kubernetes.default.svc' "$seen.new" || continue
  # A claim or a volume stays in the answer until it is dealt with, and so is tried again.
  cmp -s "$seen.new" "$seen" && ! grep -q '^[CR]' "$seen" && continue
  mv "$seen.new" "$seen"
  tend_names
  tend_volumes
done
