# The steps that build Kubernetes 1.20.2 from Debian's source package. Sourced by setup.sh.
# shellcheck shell=bash

GOROOT_DIR=/usr/lib/go-1.19
TREE=$CACHE/gopath/src/k8s.io/kubernetes
KUBERNETES_PROGRAMS="kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl"

# GOPATH mode: Debian's tree keeps its vendor folder, and this Go refuses -mod=vendor for the tree's old go.mod.
go_environment() {
  export GOROOT=$GOROOT_DIR GOPATH=$CACHE/gopath GOCACHE=$CACHE/gocache GO111MODULE=off GOPROXY=off GOFLAGS='' CGO_ENABLED=0
  export PATH=$GOROOT_DIR/bin:$PATH
}

# The machine's own Debian entries as deb-src, in either of apt's two formats; the machine's apt state stays as it is.
write_source_list() {
  local f out=$CACHE/apt-source
  rm -f "$out"/src.*
  for f in /etc/apt/sources.list.d/*.sources; do
    [ -f "$f" ] && grep -qi '^URIs:.*debian' "$f" && ! grep -qi nodesource "$f" || continue
    { sed 's/^Types:.*/Types: deb-src/' "$f"; echo; } >> "$out/src.sources"
  done
  [ -s "$out/src.sources" ] && { echo "$out/src.sources"; return; }
  sed -nE 's/^deb[[:space:]](.*debian.*bookworm.*)/deb-src \1/p' /etc/apt/sources.list > "$out/src.list"
  [ -s "$out/src.list" ] || { echo 'no Debian entry found in /etc/apt' >&2; return 1; }
  echo "$out/src.list"
}

fetch_source() {
  mkdir -p "$CACHE/apt-source/lists/partial" "$CACHE/dl" "$(dirname "$TREE")"
  local list; list=$(write_source_list)
  local -a apt=(apt-get -o "Dir::Etc::sourcelist=$list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$CACHE/apt-source/lists" -o APT::Sandbox::User=root)
  "${apt[@]}" update
  rm -rf "$TREE"
  ( cd "$CACHE/dl" && rm -f kubernetes_* && "${apt[@]}" source --download-only kubernetes && dpkg-source -x kubernetes_*.dsc "$TREE" )
  grep -q "^kubernetes ($KUBERNETES_VERSION" "$TREE/debian/changelog"
  # The vendored reflect2 1.0.1 panics under Go 1.18 and later at the first JSON object with a map in it.
  rm -rf "$TREE/vendor/github.com/modern-go/reflect2"
  cp -rL /usr/share/gocode/src/github.com/modern-go/reflect2 "$TREE/vendor/github.com/modern-go/reflect2"
}

# This file is not in the source: upstream generates it in its own build.
generate_openapi() {
  go_environment; cd "$TREE" || return
  go build -o "$CACHE/openapi-gen" k8s.io/kubernetes/vendor/k8s.io/kube-openapi/cmd/openapi-gen
  local packages
  packages=$(grep -rl --include='*.go' --exclude='zz_generated*' --exclude='*_test.go' '^// +k8s:openapi-gen=' pkg cmd staging/src/k8s.io \
    | grep -vE '/(code-generator|sample-apiserver)/' | xargs -n1 dirname | sort -u \
    | sed 's#^staging/src/#vendor/#; s#^#k8s.io/kubernetes/#' | paste -sd,)
  rm -f pkg/generated/openapi/zz_generated.openapi.go
  : > "$CACHE/empty.txt"
  "$CACHE/openapi-gen" --logtostderr -i "$packages" -p k8s.io/kubernetes/pkg/generated/openapi -O zz_generated.openapi \
    -h "$CACHE/empty.txt" -r "$CACHE/violations.report" -o "$CACHE/gopath/src"
  rm -f "$CACHE/openapi-gen" "$CACHE/empty.txt" "$CACHE/violations.report"
}

# The two tags leave out the cloud providers and the Docker shim: half the size and a third less work.
build_programs() {
  go_environment; cd "$TREE" || return
  local flags='-s -w' v p; local -a packages=()
  for v in component-base/version client-go/pkg/version; do
    flags="$flags -X k8s.io/kubernetes/vendor/k8s.io/$v.gitVersion=v$KUBERNETES_VERSION"
    flags="$flags -X k8s.io/kubernetes/vendor/k8s.io/$v.gitMajor=1 -X k8s.io/kubernetes/vendor/k8s.io/$v.gitMinor=20"
  done
  for p in $KUBERNETES_PROGRAMS; do packages+=("k8s.io/kubernetes/cmd/$p"); done
  mkdir -p "$BIN"
  go build -trimpath -tags providerless,dockerless -ldflags "$flags" -o "$BIN/" "${packages[@]}"
}

# Source and build cache are gigabytes and of no use once the programs are there.
drop_build_tree() {
  rm -rf "$CACHE/gopath" "$CACHE/gocache" "$CACHE/apt-source" "$CACHE/dl" "$STAMPS/source" "$STAMPS/openapi"
}

setup_kubernetes() {
  local source openapi build p complete=1
  source=$(recipe_hash "$KUBERNETES_VERSION" "$(declare -f write_source_list fetch_source)")
  openapi=$(recipe_hash "$source" "$(declare -f go_environment generate_openapi)")
  build=$(recipe_hash "$openapi" "$KUBERNETES_PROGRAMS" "$(declare -f build_programs)")
  for p in $KUBERNETES_PROGRAMS; do [ -x "$BIN/$p" ] || complete=; done
  [ -n "$complete" ] || rm -f "$STAMPS/build"
  if ! is_done build "$build"; then
    [ -d "$TREE" ] || rm -f "$STAMPS/source" "$STAMPS/openapi"
    step source "$source" '10 s' fetch_source
    step openapi "$openapi" '40 s' generate_openapi
  fi
  step build "$build" '4 to 9 minutes' build_programs
  if [ -d "$CACHE/gopath" ]; then drop_build_tree; fi
}
