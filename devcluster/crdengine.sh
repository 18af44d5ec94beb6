#!/bin/bash
# Today's CustomResourceDefinition engine, alone: a small API server that knows CRDs and their objects and nothing else. The cluster's own
# server is of 1.20 and drops CEL rules and strict validation without a word, so schemas are tried here too.
#
#   crdengine.sh setup | up | status | down | version
#
# Built from Debian sid's Go libraries (no download from elsewhere). up writes $RUN/env. Settings: CRDENGINE_PORT, CRDENGINE_ETCD_PORT.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
CACHE=${CONTROLPLANE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/controlplane-dev}
HOME_DIR=$CACHE/crdengine RUN=$CACHE/run/crdengine
PORT=${CRDENGINE_PORT:-36543} ETCD_PORT=${CRDENGINE_ETCD_PORT:-32389}
GO=1.26
PACKAGE=golang-k8s-apiextensions-apiserver-dev
. "$HERE/own.sh"

say() { echo "crdengine: $*"; }

setup() {
  mkdir -p "$HOME_DIR" "$RUN"
  certificate "$HOME_DIR/pki" "development CRD engine" 127.0.0.1
  client_certificate
  [ -x "$HOME_DIR/crd-server" ] && return 0
  say "Debian sid's Go $GO and 350 library packages, 2.9 GB while building (1 min)"
  "$HERE/suite.sh" unpack sid "$HOME_DIR/gopath" "$PACKAGE"
  "$HERE/suite.sh" only sid "$HOME_DIR/go" "golang-$GO-go" "golang-$GO-src"
  build
  # Only the program is kept; the sources and the build cache are 4 GB.
  rm -rf "$HOME_DIR"/{gopath,go,gocache}
  version
}

build() {
  local goroot=$HOME_DIR/go/usr/lib/go-$GO version began=$SECONDS
  version=$("$HERE/suite.sh" version "$HOME_DIR/gopath" "$PACKAGE")
  say "building the CRD server of $version (350 CPU seconds: 3 to 6 min on two cores)"
  local base="k8s.io/component-base/version" short=${version%%-*}
  # GOPATH mode: Debian ships Go libraries as one tree of sources without modules.
  if ! env GOROOT="$goroot" GOPATH="$HOME_DIR/gopath/usr/share/gocode" GOCACHE="$HOME_DIR/gocache" GO111MODULE=off GOTOOLCHAIN=local \
    GOPROXY=off GOFLAGS= CGO_ENABLED=0 nice -n 10 "$goroot/bin/go" build -trimpath \
    -ldflags "-s -w -X $base.gitVersion=v1.${short#0.}" -o "$HOME_DIR/crd-server.new" k8s.io/apiextensions-apiserver \
    < /dev/null > "$RUN/build.log" 2>&1; then
    tail -20 "$RUN/build.log" >&2; say "the build failed, see $RUN/build.log" >&2; return 1
  fi
  say "built in $((SECONDS - began)) s"
  echo "$version" > "$HOME_DIR/version"
  mv "$HOME_DIR/crd-server.new" "$HOME_DIR/crd-server"
}

# The caller's certificate. Its group is the one that the server allows everything without asking another server.
client_certificate() {
  local pki=$HOME_DIR/pki
  [ -f "$pki/admin.crt" ] && return 0
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$pki/admin.key" -out "$pki/admin.csr" \
    -subj /O=system:masters/CN=admin 2> /dev/null
  printf 'basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=clientAuth\n' > "$pki/ext"
  openssl x509 -req -days 3650 -in "$pki/admin.csr" -CA "$pki/ca.crt" -CAkey "$pki/ca.key" -CAcreateserial -extfile "$pki/ext" \
    -out "$pki/admin.crt.new" 2> /dev/null
  mv "$pki/admin.crt.new" "$pki/admin.crt"
}

version() { echo "CRD server $(cat "$HOME_DIR/version") (Debian sid)"; }

write_kubeconfig() {
  local pki=$HOME_DIR/pki
  (umask 077; cat > "$RUN/kubeconfig" <<C
apiVersion: v1
kind: Config
clusters: [{name: crdengine, cluster: {server: "https://127.0.0.1:$PORT", certificate-authority-data: $(base64 -w0 "$pki/ca.crt")}}]
users: [{name: admin, user: {client-certificate-data: $(base64 -w0 "$pki/admin.crt"), client-key-data: $(base64 -w0 "$pki/admin.key")}}]
contexts: [{name: crdengine, context: {cluster: crdengine, user: admin}}]
current-context: crdengine
C
  )
}

write_env() {
  local pki=$HOME_DIR/pki
  cat > "$RUN/env.new" <<C
CRDENGINE_URL=https://127.0.0.1:$PORT
CRDENGINE_KUBECONFIG=$RUN/kubeconfig
CRDENGINE_CA_FILE=$pki/ca.crt
CRDENGINE_CERT_FILE=$pki/admin.crt
CRDENGINE_KEY_FILE=$pki/admin.key
C
  mv "$RUN/env.new" "$RUN/env"
}

request() { curl -sf -m 3 --cacert "$HOME_DIR/pki/ca.crt" --cert "$HOME_DIR/pki/admin.crt" --key "$HOME_DIR/pki/admin.key" "https://127.0.0.1:$PORT$1"; }
# All but the wait for the Services that conversion webhooks would be looked up in: this server will never see one.
ready() { request '/readyz?exclude=informer-sync' && request /apis/apiextensions.k8s.io/v1/customresourcedefinitions; }

# The server is made to stand behind a whole API server. Here it stands alone: it is its own "other server", which has no namespaces,
# token reviews or webhook settings, so whatever would ask for these is switched off, and only the client certificate counts.
up() {
  local began=$SECONDS pki=$HOME_DIR/pki
  setup
  if alive etcd && alive server && [ -f "$RUN/env" ]; then say "up already: $(version), $RUN/env"; return 0; fi
  command -v etcd > /dev/null || { say "etcd is missing; install Debian's etcd-server (./dev setup does)" >&2; return 1; }
  down
  write_kubeconfig
  start etcd etcd --name crd --data-dir "$RUN/etcd" --unsafe-no-fsync --logger zap --log-level warn \
    --listen-client-urls "http://127.0.0.1:$ETCD_PORT" --advertise-client-urls "http://127.0.0.1:$ETCD_PORT" \
    --listen-peer-urls "http://127.0.0.1:$((ETCD_PORT + 1))" --initial-advertise-peer-urls "http://127.0.0.1:$((ETCD_PORT + 1))" \
    --initial-cluster "crd=http://127.0.0.1:$((ETCD_PORT + 1))"
  start server "$HOME_DIR/crd-server" --etcd-servers "http://127.0.0.1:$ETCD_PORT" --bind-address 127.0.0.1 --secure-port "$PORT" \
    --tls-cert-file "$pki/server.crt" --tls-private-key-file "$pki/server.key" --client-ca-file "$pki/ca.crt" \
    --kubeconfig "$RUN/kubeconfig" --authentication-kubeconfig "$RUN/kubeconfig" --authorization-kubeconfig "$RUN/kubeconfig" \
    --authentication-skip-lookup --enable-priority-and-fairness=false \
    --disable-admission-plugins NamespaceLifecycle,MutatingAdmissionWebhook,ValidatingAdmissionWebhook,ValidatingAdmissionPolicy,MutatingAdmissionPolicy
  until_ready server 60 ready
  write_env
  say "up in $((SECONDS - began)) s: $(version), https://127.0.0.1:$PORT, $RUN/env"
}

status() {
  local name
  for name in etcd server; do alive "$name" && echo "$name: pid $(pid_of $name)" || echo "$name: not running"; done
  ready > /dev/null
}

down() { # nothing is kept: each up begins with an empty server
  local name
  for name in server etcd; do stop "$name" KILL; done
  rm -rf "$RUN"/{etcd,env,kubeconfig} "$RUN"/{etcd,server}.log
}

mkdir -p "$RUN"; exec 9> "$RUN/lock"; flock 9
case ${1:-} in
  setup | up | status | down | version) "$1" ;;
  *) sed -n '2,7p' "$0"; exit 2 ;;
esac
