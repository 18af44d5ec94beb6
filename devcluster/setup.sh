#!/bin/bash
# Installs what is missing and builds what Debian does not ship: Kubernetes' programs, the root images, the S3 server.
# Idempotent: every step leaves a stamp with the hash of its recipe; a second run takes about a second.
# usage: setup.sh [kubernetes]     (the word: only packages and programs, no images)
. "$(dirname "$0")/lib.sh"
. "$DEVC/packages.sh"
. "$DEVC/kubernetes.sh"

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
fi
say "set-up complete in $(seconds $(($(now_ms) - started)))"
