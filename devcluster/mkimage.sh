#!/bin/bash
# Writes a container image in `docker save` form, which `ctr images import` and every engine's `load` read.
# usage: mkimage.sh OUT.tar NAME:TAG CONFIG-JSON LAYER.tar...
set -euo pipefail
out=$1 ref=$2 config=$3; shift 3
work=$(mktemp -d "$(dirname "$out")/.mkimage.XXXXXX"); trap 'rm -rf "$work"' EXIT
n=0 ids='' names=''
for layer in "$@"; do
  n=$((n + 1))
  ln "$layer" "$work/$n.tar" 2> /dev/null || cp "$layer" "$work/$n.tar"
  # A layer's sum is kept beside it: summing hundreds of megabytes again is most of the work.
  if [ ! "$layer.sha256" -nt "$layer" ]; then sha256sum < "$layer" | cut -d' ' -f1 > "$layer.sha256"; fi
  ids="$ids,\"sha256:$(cat "$layer.sha256")\""
  names="$names,\"$n.tar\""
done
printf '{"architecture":"amd64","os":"linux","config":%s,"rootfs":{"type":"layers","diff_ids":[%s]}}' "$config" "${ids#,}" > "$work/config.json"
printf '[{"Config":"config.json","RepoTags":["%s"],"Layers":[%s]}]' "$ref" "${names#,}" > "$work/manifest.json"
mapfile -t layers < <(seq -f %g.tar 1 "$n")
tar -C "$work" -cf "$out.new" config.json manifest.json "${layers[@]}"
mv "$out.new" "$out"
