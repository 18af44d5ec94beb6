# Certificates and kubeconfigs, made once; the names are those that RBAC's own roles are bound to. Sourced by up.sh.
# shellcheck shell=bash

key_and_request() { # NAME OPENSSL-ARGS
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$1.key" "${@:2}" 2>> "$LOGS/openssl.log"
}

issue() { # NAME SUBJECT AUTHORITY USAGE [ALTERNATIVE-NAMES]
  key_and_request "$1" -subj "$2" -out "$1.csr"
  { printf 'basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=%s\n' "$4"; [ -z "${5:-}" ] || printf 'subjectAltName=%s\n' "$5"; } > "$1.ext"
  openssl x509 -req -in "$1.csr" -CA "$3.crt" -CAkey "$3.key" -CAcreateserial -days 3650 -extfile "$1.ext" -out "$1.crt" 2>> "$LOGS/openssl.log"
  rm -f "$1.csr" "$1.ext"
}

make_certificates() (
  mkdir -p "$PKI"; cd "$PKI" || return; umask 077
  [ ! -f complete ] || return 0
  key_and_request ca -x509 -days 3650 -out ca.crt -subj /CN=cpdev-ca
  key_and_request fpca -x509 -days 3650 -out fpca.crt -subj /CN=cpdev-front-proxy-ca
  openssl genrsa -out sa.key 2048 2>> "$LOGS/openssl.log"
  openssl rsa -in sa.key -pubout -out sa.pub 2>> "$LOGS/openssl.log"
  local names=DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local
  issue apiserver /CN=kube-apiserver ca serverAuth "$names,IP:127.0.0.1,IP:$BRIDGE_IP,IP:$SVCNET.1"
  issue kubelet-server "/CN=$NODE" ca serverAuth "DNS:$NODE,IP:127.0.0.1,IP:$BRIDGE_IP"
  issue admin /O=system:masters/CN=admin ca clientAuth
  issue controller-manager /CN=system:kube-controller-manager ca clientAuth
  issue scheduler /CN=system:kube-scheduler ca clientAuth
  issue proxy /CN=system:kube-proxy ca clientAuth
  issue tokubelet /O=system:masters/CN=apiserver-to-kubelet ca clientAuth
  issue node "/O=system:nodes/CN=system:node:$NODE" ca clientAuth
  issue front-proxy /CN=front-proxy-client fpca clientAuth
  local who
  for who in admin controller-manager scheduler proxy node; do write_kubeconfig "$who" > "$who.conf"; done
  touch complete
)

write_kubeconfig() {
  cat << YAML
apiVersion: v1
kind: Config
clusters: [{name: controlplane-dev, cluster: {server: "$API_URL", certificate-authority-data: $(base64 -w0 ca.crt)}}]
users: [{name: $1, user: {client-certificate-data: $(base64 -w0 "$1.crt"), client-key-data: $(base64 -w0 "$1.key")}}]
contexts: [{name: controlplane-dev, context: {cluster: controlplane-dev, user: $1}}]
current-context: controlplane-dev
YAML
}
