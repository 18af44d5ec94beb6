#!/bin/bash
# What runs, in which version, and where a person or a test finds it. Exit code 1 when the cluster is not up.
. "$(dirname "$0")/lib.sh"

[ -f "$RUN/complete" ] || { say "not up; ./dev up starts it (cache: $CACHE)"; exit 1; }

say 'processes'
"$DEVC/process.sh" list | sed 's/^/  /'
say 'versions'
printf '  %-12s %s\n' Kubernetes "$(kc version --short 2> /dev/null | sed -n 's/^Server Version: //p')" \
  etcd "$(etcd --version | sed -n 's/^etcd Version: //p')" \
  containerd "$(containerd --version | awk '{print $3}')" \
  runc "$(runc --version | awk 'NR == 1 {print $3}')" \
  MariaDB "$(cat "$IMG/mariadb.version")"
if [ -x "$DEVC/s3.sh" ]; then printf '  %-12s %s\n' S3 "$("$DEVC/s3.sh" version)"; fi
say 'nodes'
kc get nodes -o wide --no-headers | sed 's/^/  /'
say 'images'
ctr -a "$RUN/containerd.sock" -n k8s.io images ls -q | grep '^localhost/' | sed 's/^/  /'
if [ -x "$DEVC/s3.sh" ]; then say 'object store'; "$DEVC/s3.sh" status | sed 's/^/  /'; fi
if [ -x "$DEVC/swift.sh" ]; then say 'second object store'; "$DEVC/swift.sh" status | sed 's/^/  /'; fi
if [ -x "$DEVC/azurite.sh" ]; then say 'Blob service'; "$DEVC/azurite.sh" status | sed 's/^/  /'; fi
say 'for people and tests'
printf '  %s\n' "KUBECONFIG=$KUBECONFIG_FILE" "kubectl: $BIN/kubectl (1.20; use this one)" "environment of the tests: $RUN/env" \
  "S3 endpoint: $(sed -n 's/^S3_ENDPOINT=//p' "$RUN/env")" "logs: $LOGS"
