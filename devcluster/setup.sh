#!/bin/bash
# Installs what is missing and builds what Debian does not ship: Kubernetes' programs, the root images, the S3 server.
# Idempotent: every step leaves a stamp with the hash of its recipe; a second run takes about a second.
# usage: setup.sh [kubernetes]     (the word: only packages and programs, no images)
. "$(dirname "$0")/lib.sh"
. "$DEVC/packages.sh"
. "$DEVC/kubernetes.sh"

step_of_its_own() { # PART
  local begun; begun=$(now_ms)
  "$DEVC/$1.sh" setup 7>&- 8>&- || die "$1.sh setup failed"
  if [ $(($(now_ms) - begun)) -lt 1000 ]; then printf '  %-12s done before\n' "$1"; else printf '  %-12s %s\n' "$1" "$(seconds $(($(now_ms) - begun)))"; fi
}

need_root setup
mkdir -p "$CACHE/log" "$STAMPS" "$BIN" "$IMG"
exec 8> "$CACHE/setup.lock"
flock -n 8 || { say 'an other set-up is running; waiting for it'; flock 8; }

started=$(now_ms)
say "set-up, cached in $CACHE"
check_machine
setup_packages
setup_kubernetes
if [ "${1:-}" != kubernetes ]; then
  . "$DEVC/images.sh"
  setup_root_images
  # The object stores and the newer CRD engine bring scripts of their own, which keep their own stamps.
  for part in s3 swift azurite crdengine; do
    [ ! -x "$DEVC/$part.sh" ] || step_of_its_own "$part"
  done
fi
say "set-up complete in $(seconds $(($(now_ms) - started)))"
