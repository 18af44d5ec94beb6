#!/bin/bash
# Ends what up.sh started and only that (by pid and start time), then removes what its Pods left: mounts, network namespaces,
# the bridge, rules, cgroups, logs. Images stay in containerd's store in the cache.
# usage: down.sh [--keep]      --keep: etcd's data and the volumes stay for the next up
. "$(dirname "$0")/lib.sh"
. "$DEVC/network.sh"

keep='' locked=''
for word in "$@"; do
  case $word in --keep) keep=1 ;; --locked) locked=1 ;; *) die "usage: down.sh [--keep]" ;; esac
done

# end_pods: the containers of this containerd; its shims carry the path of its socket on their command line.
end_pods() {
  local pid; local -a ctr=(ctr -a "$RUN/containerd.sock" -n k8s.io)
  if alive containerd; then "${ctr[@]}" tasks ls 2> /dev/null | awk 'NR > 1 && $2 > 1 {print $2}' | xargs -r kill -9 2> /dev/null || true; sleep 0.3; fi
  for pid in $(pgrep -f "^/usr/bin/containerd-shim-runc-v2 .* -address $RUN/containerd.sock" || true); do kill -9 "$pid" 2> /dev/null || true; done
  if alive containerd; then "${ctr[@]}" containers ls -q 2> /dev/null | xargs -r -n 50 "${ctr[@]}" containers rm > /dev/null 2>&1 || true; fi
}

remove_traces() {
  local uid
  awk -v under="$CACHE/" 'index($2, under) == 1 {print $2}' /proc/mounts | sort -r | while read -r m; do umount -l "$m" || true; done
  remove_bridge; remove_rules; remove_cgroup
  if [ -d "$CACHE/kubelet/pods" ]; then
    for uid in "$CACHE"/kubelet/pods/*; do rm -rf /var/log/pods/*_"$(basename "$uid")"; done
    find /var/log/containers -xtype l -delete 2> /dev/null || true
  fi
  rm -rf "$PROC" "$RUN/ipam" "$RUN/containerd" "$CACHE/kubelet" "$RUN/complete" "$RUN/env" "$RUN"/hosts* /var/lib/cni/results/cpdev-*
  if [ -z "$keep" ]; then rm -rf "$CACHE/etcd" "$CACHE/pv" "$LOGS"; fi
}

need_root down
[ -d "$RUN" ] || { say 'not up'; exit 0; }
[ -n "$locked" ] || { exec 8> "$CACHE/up.lock"; flock 8; }
# Each of these ends only what it started itself; what the object store holds is in memory and goes with it. They heal themselves,
# so where only remains are removed before a boot they are left alone.
if [ -z "$locked" ]; then
  for part in members sink postgres crdengine azurite swift s3; do
    [ ! -x "$DEVC/$part.sh" ] || "$DEVC/$part.sh" down 7>&- 8>&- || true
  done
fi
# Without this folder the bridge and all behind it are not ours: a cluster of another cache may run on this machine.
[ -d "$PROC" ] || { say 'not up'; exit 0; }
started=$(now_ms) patience=5
[ -z "$keep" ] || patience=20
mkdir -p "$LOGS"
end_processes $patience tend kubelet kube-proxy kube-scheduler kube-controller-manager dnsmasq
end_pods
end_processes $patience containerd kube-apiserver
mapfile -t rest < <(known_processes)
end_processes $patience "${rest[@]}"
remove_traces
say "down in $(seconds $(($(now_ms) - started)))"
