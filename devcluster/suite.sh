#!/bin/bash
# Packages of another Debian suite, unpacked into a folder: the machine's own apt, libraries and sources stay as they are.
#
#   suite.sh unpack SUITE FOLDER PACKAGE...   the packages and all they need, once; again only when the request changes
#   suite.sh only SUITE FOLDER PACKAGE...     just these packages, without what they depend on
#   suite.sh wrap FOLDER PROGRAM NAME         FOLDER/bin/NAME starts PROGRAM (a path in FOLDER) with the folder's own libraries
#   suite.sh version FOLDER PACKAGE           the version that was unpacked
#   suite.sh setup SUITE | status | down      the suite's index; what is kept; (nothing runs here)
set -euo pipefail
CACHE=${CONTROLPLANE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/controlplane-dev}
TRIPLE=$(uname -m)-linux-gnu

fail() { echo "suite.sh: $*" >&2; exit 1; }

# The mirror is the machine's own: the first Debian entry in its apt sources, whichever of the two formats it is in.
mirror() {
  { cat /etc/apt/sources.list.d/*.sources 2>/dev/null || true; } | awk '$1=="URIs:" && $2 ~ /\/debian\/?$/ {print $2; exit}' | grep . ||
  { cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null || true; } | sed 's/\[[^]]*\]//' | awk '$1=="deb" && $2 ~ /\/debian\/?$/ {print $2; exit}' | grep . ||
  fail "no Debian mirror in /etc/apt/sources.list or /etc/apt/sources.list.d; add the line for this machine's own suite first"
}

# An empty status file makes apt take the whole closure, libc6 included, as if nothing were installed.
state() {
  local suite=$1; A=$CACHE/apt/$suite
  mkdir -p "$A"/lists/partial "$A"/cache/archives/partial "$A"/state
  : > "$A/state/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(mirror) $suite main" > "$A/sources.list"
  # A mirror may lag behind sid's short validity date, so the date alone is no reason to refuse an index whose signature is right.
  OPT=(-o "Dir::Etc::sourcelist=$A/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::Etc::preferencesparts=/dev/null
    -o Dir::Etc::preferences=/dev/null -o "Dir::State=$A/state" -o "Dir::State::lists=$A/lists" -o "Dir::State::status=$A/state/status"
    -o "Dir::Cache=$A/cache" -o APT::Install-Recommends=false -o APT::Sandbox::User=root -o Acquire::Check-Valid-Until=false
    -o Acquire::Languages=none -o Acquire::Retries=3 -o APT::Get::AllowUnauthenticated=false)
}

update() { # the index of the suite; some 10 MB to fetch
  state "$1"
  echo "suite.sh: the index of $1 (about 5 s)"
  apt-get "${OPT[@]}" -qq update > "$A/update.log" 2>&1 || { cat "$A/update.log" >&2; fail "no index for Debian $1"; }
  touch "$A/updated"
}

gone() { # which of the packages the suite does not offer
  local package missing=""
  for package in "$@"; do
    apt-cache "${OPT[@]}" show "$package" > /dev/null 2>&1 || missing="$missing $package"
  done
  echo "$missing"
}

download() { # MODE PACKAGE...
  local mode=$1; shift
  if [ "$mode" = unpack ]; then apt-get "${OPT[@]}" -qq install -y --download-only "$@"
  else (cd "$A/cache/archives" && apt-get "${OPT[@]}" -qq download "$@"); fi
}

unpack() { # MODE SUITE FOLDER PACKAGE...
  local mode=$1 suite=$2 folder=$3 started; shift 3
  [ $# -gt 0 ] || fail "which packages?"
  if [ "$(cat "$folder/.request" 2>/dev/null)" = "$mode $suite $*" ]; then return 0; fi
  mkdir -p "$CACHE/apt"; exec 8> "$CACHE/apt/$suite.lock"; flock 8
  started=$SECONDS
  state "$suite"
  [ -f "$A/updated" ] || update "$suite"
  rm -f "$A"/cache/archives/*.deb
  echo "suite.sh: $# packages of Debian $suite into $(basename "$folder") (5 to 60 s)"
  if ! download "$mode" "$@" > "$A/download.log" 2>&1; then
    # The index may be older than the mirror: sid drops a version on the day its successor comes.
    update "$suite"
    local missing; missing=$(gone "$@")
    [ -z "$missing" ] || fail "Debian $suite no longer offers:$missing. Name its successor in the script that asks for it, or another suite."
    download "$mode" "$@" > "$A/download.log" 2>&1 || { tail -20 "$A/download.log" >&2; fail "Debian $suite: download failed, see $A/download.log"; }
  fi
  rm -rf "$folder"; mkdir -p "$folder"
  local deb
  for deb in "$A"/cache/archives/*.deb; do
    dpkg -x "$deb" "$folder"
    dpkg-deb -W --showformat='${Package} ${Version}\n' "$deb"
  done > "$folder/.versions"
  rm -f "$A"/cache/archives/*.deb
  echo "$mode $suite $*" > "$folder/.request"
  echo "suite.sh: $(wc -l < "$folder/.versions") packages, $(du -sm "$folder" | cut -f1) MB, $((SECONDS - started)) s"
}

wrap() { # the loader is named, so that the program never meets the machine's own libc
  local folder=$1 program=$2 name=$3 loader
  # The file itself: in suites before trixie lib64 holds a link to the machine's own loader.
  loader=$(ls "$folder"/{usr/,}lib/"$TRIPLE"/ld-linux-*.so.* 2>/dev/null | head -1 || true)
  [ -n "$loader" ] || fail "$folder holds no loader: was it unpacked with its dependencies?"
  [ -e "$folder/$program" ] || fail "$folder holds no $program: has the package changed?"
  local lib=$folder/usr/lib/$TRIPLE
  local path=$lib:$lib/ceph:$folder/lib/$TRIPLE
  mkdir -p "$folder/bin"
  printf '#!/bin/sh\nexec "%s" --library-path "%s" "%s" "$@"\n' "$loader" "$path" "$folder/$program" > "$folder/bin/$name"
  chmod +x "$folder/bin/$name"
}

case ${1:-} in
  setup) update "${2:?which suite?}" ;;
  unpack | only) unpack "$@" ;;
  wrap) shift; wrap "$@" ;;
  version) awk -v p="${3:?which package?}" '$1==p {print $2; f=1} END {exit !f}' "${2:?which folder?}/.versions" || fail "$2 holds no $3" ;;
  status) for a in "$CACHE"/apt/*/updated; do [ ! -f "$a" ] || echo "$(basename "$(dirname "$a")"): index of $(date -r "$a" '+%F %T')"; done ;;
  down) ;;
  *) sed -n '2,9p' "$0"; exit 2 ;;
esac
