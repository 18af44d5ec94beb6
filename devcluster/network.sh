# The bridge, the rules that keep it to this machine, and the cgroup above the Pods. Sourced by up.sh and down.sh.
# shellcheck shell=bash

make_bridge() {
  ip link show "$BRIDGE" > /dev/null 2>&1 || ip link add "$BRIDGE" type bridge || die "no bridge device could be made: the kernel's bridge module and CAP_NET_ADMIN are needed"
  ip addr replace "$BRIDGE_IP/24" dev "$BRIDGE"
  ip link set "$BRIDGE" up
  sysctl -qw net.ipv4.ip_forward=1
  # Where bridged packets do not pass iptables, Service addresses need masquerading (a database then sees the bridge as its caller).
  MASQUERADE=--masquerade-all
  if sysctl -qw net.bridge.bridge-nf-call-iptables=1 2> /dev/null; then MASQUERADE=--masquerade-all=false; fi
  # Nothing from outside reaches the address, whatever routes there are.
  if ! iptables -w -C INPUT ! -i "$BRIDGE" -d "$BRIDGE_IP" -j DROP 2> /dev/null; then
    iptables -w -I INPUT ! -i "$BRIDGE" -d "$BRIDGE_IP" -j DROP
    iptables -w -I INPUT -i lo -d "$BRIDGE_IP" -j ACCEPT
  fi
}

remove_bridge() {
  local name
  if ip link show "$BRIDGE" > /dev/null 2>&1; then
    ip -o link show master "$BRIDGE" | { grep -o 'link-netns [^ ]*' || true; } | while read -r _ name; do ip netns del "$name" || true; done
    for name in $(ip -o link show master "$BRIDGE" | awk -F': ' '{print $2}' | cut -d@ -f1); do ip link del "$name" 2> /dev/null || true; done
    ip link del "$BRIDGE"
  fi
  iptables -w -D INPUT ! -i "$BRIDGE" -d "$BRIDGE_IP" -j DROP 2> /dev/null || true
  iptables -w -D INPUT -i lo -d "$BRIDGE_IP" -j ACCEPT 2> /dev/null || true
}

# What kube-proxy's own cleaning and the kubelet leave in the tables.
remove_rules() {
  local table chain hook
  "$BIN/kube-proxy" --cleanup >> "$LOGS/cleanup.log" 2>&1 || true
  for table in filter nat mangle; do
    for chain in KUBE-FIREWALL KUBE-MARK-DROP KUBE-MARK-MASQ KUBE-POSTROUTING KUBE-KUBELET-CANARY KUBE-PROXY-CANARY; do
      iptables -w -t $table -F $chain 2> /dev/null || continue
      for hook in INPUT OUTPUT POSTROUTING; do iptables -w -t $table -D $hook -j $chain 2> /dev/null || true; done
      iptables -w -t $table -X $chain 2> /dev/null || true
    done
  done
}

# The first version of cgroups wants the folder in every hierarchy, and cpuset filled in; the second wants its controllers handed down.
# All Pods together would weigh as much as one shell; on a busy machine a database would then wait behind each single build.
make_cgroup() {
  local g f
  if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
    mkdir -p "/sys/fs/cgroup/$CGROUP"
    for f in $(cat /sys/fs/cgroup/cgroup.controllers); do
      echo "+$f" > /sys/fs/cgroup/cgroup.subtree_control 2> /dev/null || true
      echo "+$f" > "/sys/fs/cgroup/$CGROUP/cgroup.subtree_control" 2> /dev/null || true
    done
    echo 800 > "/sys/fs/cgroup/$CGROUP/cpu.weight" 2> /dev/null || true
    return
  fi
  for g in /sys/fs/cgroup/*/; do mkdir -p "$g$CGROUP" 2> /dev/null || true; done
  for f in cpuset.cpus cpuset.mems; do
    if [ -f "/sys/fs/cgroup/cpuset/$f" ]; then cat "/sys/fs/cgroup/cpuset/$f" > "/sys/fs/cgroup/cpuset/$CGROUP/$f"; fi
  done
  echo 8192 > "/sys/fs/cgroup/cpu/$CGROUP/cpu.shares" 2> /dev/null || true
}

remove_cgroup() {
  local g
  for g in "/sys/fs/cgroup/$CGROUP" /sys/fs/cgroup/*/"$CGROUP"; do
    [ -d "$g" ] && find "$g" -depth -type d -exec rmdir {} \; 2> /dev/null
  done
  return 0
}
