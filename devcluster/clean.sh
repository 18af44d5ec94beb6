#!/bin/bash
# Ends the cluster and removes the cache: programs, images, data. The next set-up builds everything again.
. "$(dirname "$0")/lib.sh"

[ ! -d "$CACHE" ] || "$DEVC/down.sh"
rm -rf "$CACHE"
say "removed $CACHE"
