#!/bin/bash
# The images, made without a container engine: roots out of unpacked Debian packages, our programs as a layer on top.
# usage: images.sh apps      publishes the silo and the sidecar and makes their images when their sources changed
#        images.sh silo DIR  the same for the silo, and unpacks its program as DIR/app/ControlPlane.Silo, to run as a process
#        images.sh import    loads into the running containerd what it does not hold yet
# Sourced by setup.sh for the root images.
[ -n "${DEVC:-}" ] || . "$(dirname "$0")/lib.sh"

BASE_PACKAGES=base-files,libc6,libc-bin,libgcc-s1,libstdc++6,libssl3,zlib1g,tzdata,busybox-static
TOOL_PACKAGES=$BASE_PACKAGES,mariadb-backup
DATABASE_PACKAGES=$TOOL_PACKAGES,mariadb-server-core,mariadb-client-core
IMAGE_ENV='"Env":["PATH=/usr/sbin:/usr/bin:/sbin:/bin","SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"]'
APP_USER=10001
EXAMPLE_SIDECAR=controlplane/sidecar:1.0

layer_tar() { tar --sort=name --mtime=@0 --numeric-owner "$@"; }

# unpack_root DIR PACKAGES: the packages and what they depend on; no maintainer script runs.
unpack_root() {
  local d=$1
  rm -rf "$d"
  mmdebstrap --variant=extract --format=directory --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr --include="$2" bookworm "$d"
  trim_root "$d"
  furnish_root "$d"
}

trim_root() ( # DIR
  cd "$1"
  rm -rf var/lib/dpkg var/lib/apt var/cache/* var/log/* usr/share/{doc,man,locale,info,lintian,bug,doc-base} usr/lib/x86_64-linux-gnu/gconv \
    usr/share/{groff,menu,mysql-test} boot home etc/apt etc/dpkg etc/init.d etc/mysql dev/* proc/* sys/* run/* etc/hostname
)

# What the maintainer scripts would have made: accounts, name service, authorities, linker cache, a small shell.
furnish_root() ( # DIR
  cd "$1"
  mkdir -p tmp run data var/lib/mysql etc/ssl/certs root
  chmod 1777 tmp data run; chown 999:999 var/lib/mysql
  printf 'root:x:0:0::/root:/bin/sh\nmysql:x:999:999::/var/lib/mysql:/bin/sh\napp:x:%s:%s::/tmp:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n' "$APP_USER" "$APP_USER" > etc/passwd
  printf 'root:x:0:\nmysql:x:999:\napp:x:%s:\nnogroup:x:65534:\n' "$APP_USER" > etc/group
  printf 'passwd: files\ngroup: files\nhosts: files dns\n' > etc/nsswitch.conf
  : > etc/resolv.conf; : > etc/hosts
  # Debian's own list of authorities, not the machine's: a private authority of the machine has no place in an image.
  cat /usr/share/ca-certificates/mozilla/*.crt > etc/ssl/certs/ca-certificates.crt
  ldconfig -r .
  chroot . /bin/busybox --install -s /bin
)

# root_listing DIR: what tells whether an entry is the same in an other root, with its path as the second word.
root_listing() (
  cd "$1"
  find . ! -type d -printf 'is %p %y %m %U %G %l\n'
  find . -type f -print0 | xargs -0 sha256sum | awk '{print "holds", $2, $1}'
)

# make_layer OUT DIR [LOWER-DIR]: the root as a tar; without the files that the lower root holds already.
make_layer() {
  if [ $# = 2 ]; then layer_tar -C "$2" -cf "$1" .; return; fi
  { ( cd "$2" && find . -type d ); comm -13 <(root_listing "$3" | sort) <(root_listing "$2" | sort) | cut -d' ' -f2; } | sort -u > "$1.files"
  layer_tar -C "$2" --no-recursion -T "$1.files" -cf "$1"
  rm -f "$1.files"
}

make_pause() {
  local d=$IMG/pause.d
  rm -rf "$d"; mkdir -p "$d"
  gcc -Os -static -s -o "$d/pause" -x c - <<'C'
#include <signal.h>
#include <unistd.h>
#include <sys/wait.h>
static void end(int s) { (void)s; _exit(0); }
static void reap(int s) { (void)s; while (waitpid(-1, 0, WNOHANG) > 0) {} }
int main(void) { signal(SIGTERM, end); signal(SIGINT, end); signal(SIGCHLD, reap); for (;;) pause(); }
C
  layer_tar -C "$d" --owner=0 --group=0 -cf "$IMG/pause.layer" .
  "$DEVC/mkimage.sh" "$IMG/pause.tar" localhost/pause:1 '{"Entrypoint":["/pause"]}' "$IMG/pause.layer"
  rm -rf "$d"
}

# Three roots, each a layer over the one before: base for the silo, tools for the sidecar, database for the database.
make_roots() {
  local d=$IMG/root
  unpack_root "$d.base" "$BASE_PACKAGES"; make_layer "$IMG/base.layer" "$d.base"
  unpack_root "$d.tools" "$TOOL_PACKAGES"; make_layer "$IMG/tools.layer" "$d.tools" "$d.base"
  unpack_root "$d.database" "$DATABASE_PACKAGES"; make_layer "$IMG/database.layer" "$d.database" "$d.tools"
  "$DEVC/mkimage.sh" "$IMG/mariadb.tar" localhost/mariadb:dev "{$IMAGE_ENV,\"User\":\"999\",\"Cmd\":[\"/usr/sbin/mariadbd\"]}" \
    "$IMG/base.layer" "$IMG/tools.layer" "$IMG/database.layer"
  chroot "$d.database" /usr/sbin/mariadbd --version | grep -o '10\.[0-9.]*-MariaDB' | head -n 1 > "$IMG/mariadb.version"
  rm -rf "$d".*
}

setup_root_images() {
  local functions
  functions=$(declare -f layer_tar unpack_root trim_root furnish_root root_listing make_layer make_roots)
  [ -f "$IMG/pause.tar" ] || rm -f "$STAMPS/pause"
  [ -f "$IMG/mariadb.tar" ] && [ -f "$IMG/base.layer" ] && [ -f "$IMG/tools.layer" ] || rm -f "$STAMPS/roots"
  step pause "$(recipe_hash "$(declare -f make_pause)" "$(cat "$DEVC/mkimage.sh")")" '1 s' make_pause
  step roots "$(recipe_hash "$functions" "$IMAGE_ENV" "$APP_USER" "$DATABASE_PACKAGES" "$(cat "$DEVC/mkimage.sh")")" '30 s' make_roots
}

# project_folders PROJECT: its folder and those of all projects that it refers to.
project_folders() {
  local folder reference
  folder=$(dirname "$1")
  echo "$folder"
  { grep -oE 'ProjectReference Include="[^"]+"' "$REPO/$1" || true; } | cut -d'"' -f2 | tr '\134' / | while read -r reference; do
    project_folders "$(realpath -m --relative-to="$REPO" "$REPO/$folder/$reference")"
  done
}

# source_hash PROJECT: what the published program is made of; build output does not count.
source_hash() (
  cd "$REPO"
  local -a folders
  mapfile -t folders < <(project_folders "$1" | sort -u)
  { find "${folders[@]}" -type f ! -path '*/obj/*' ! -path '*/bin/*' -print0; find . -maxdepth 1 \( -name '*.props' -o -name '*.json' \) -print0; } |
    sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16
)

# publish_app NAME PROJECT PROGRAM LOWER-LAYER...: publishes apart from the work tree's own bin and obj, so that a build beside it is not disturbed.
# The code is analysed by that build, and not a second time here.
publish_app() {
  local name=$1 project=$2 program=$3; shift 3
  local out=$IMG/$name.d artifacts=$CACHE/publish
  rm -rf "$out"
  dotnet publish "$REPO/$project" -c Release -r linux-x64 --self-contained -maxcpucount:2 --artifacts-path "$artifacts" -o "$out/app" \
    -p:PublishReadyToRun=true -p:InvariantGlobalization=true -p:DebugType=none -p:SatelliteResourceLanguages=en -v q --nologo \
    -p:PublishDocumentationFiles=false -p:PublishReferencesDocumentationFiles=false -p:RunAnalyzers=false -p:EnforceCodeStyleInBuild=false -nodeReuse:false -p:UseSharedCompilation=false
  [ -x "$out/app/$program" ] || { echo "no program $program in the published output"; return 1; }
  layer_tar -C "$out" --owner=0 --group=0 --mode=a+rX -cf "$IMG/$name.layer" app
  local lower; local -a layers=()
  for lower in "$@"; do layers+=("$IMG/$lower.layer"); done
  "$DEVC/mkimage.sh" "$IMG/$name.tar" "localhost/controlplane/$name:dev" \
    "{$IMAGE_ENV,\"User\":\"$APP_USER\",\"WorkingDir\":\"/tmp\",\"Entrypoint\":[\"/app/$program\"]}" "${layers[@]}" "$IMG/$name.layer"
  rm -rf "$out" "$IMG/$name.layer" "$IMG/$name.layer.sha256"
}

make_app() { # NAME PROJECT PROGRAM LOWER...
  local name=$1 project=$2 hash sources
  [ -f "$REPO/$project" ] || { say "  $name: $project is not there, no image of it"; return 0; }
  [ -f "$IMG/$name.tar" ] || rm -f "$STAMPS/image-$name"
  sources=$(source_hash "$project")
  hash=$(recipe_hash "$sources" "$(declare -f publish_app)" "$(cat "$IMG/base.layer.sha256" "$IMG/tools.layer.sha256")")
  QUIET_DONE=1 step "image-$name" "$hash" '30 to 90 s' publish_app "$@"
}

make_silo() { make_app silo src/Silo/Silo.csproj ControlPlane.Silo base; }

make_apps() {
  exec 7> "$CACHE/images.lock"; flock 7
  make_silo
  make_app sidecar src/Sidecar/Sidecar.csproj ControlPlane.Sidecar base tools
  exec 7>&-
}

unpack_silo() ( # DIR
  exec 7> "$CACHE/images.lock"; flock 7
  make_silo
  rm -rf "$1"; mkdir -p "$1"
  layer=$(tar -xOf "$IMG/silo.tar" manifest.json | jq -r '.[0].Layers[-1]')
  tar -xOf "$IMG/silo.tar" "$layer" | tar -x --no-same-owner -C "$1"
)

# import_images: only archives that changed since this containerd last took them.
import_images() {
  local have archive ref stamp; local -a ctr=(ctr -a "$RUN/containerd.sock" -n k8s.io)
  have=$("${ctr[@]}" images ls -q)
  for archive in "$IMG"/*.tar; do
    ref=$(tar -xOf "$archive" manifest.json | jq -r '.[0].RepoTags[0]')
    stamp=$(stat -c %Y.%s.%i "$archive")
    if [ "$(cat "$archive.imported" 2> /dev/null)" = "$stamp" ] && grep -qx "$ref" <<< "$have" && { [ "$ref" != localhost/controlplane/sidecar:dev ] || grep -qx "docker.io/$EXAMPLE_SIDECAR" <<< "$have"; }; then continue; fi
    "${ctr[@]}" images import "$archive" >> "$LOGS/import.log" 2>&1 || die "image $ref could not be imported, see $LOGS/import.log"
    # The documented examples name the image as a registry would; here it is the one just built.
    [ "$ref" != localhost/controlplane/sidecar:dev ] || "${ctr[@]}" images tag --force "$ref" "docker.io/$EXAMPLE_SIDECAR" > /dev/null
    echo "$stamp" > "$archive.imported"
  done
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  case "${1:-}" in
    apps) need_root images; mkdir -p "$CACHE/log" "$STAMPS" "$IMG"; make_apps ;;
    silo) need_root images; mkdir -p "$CACHE/log" "$STAMPS" "$IMG"; unpack_silo "${2:?DIR}" ;;
    import) import_images ;;
    *) die "usage: images.sh apps|silo DIR|import" ;;
  esac
fi
