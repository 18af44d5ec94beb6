# What the machine must have: kernel features that cannot be installed, and Debian packages that can. Sourced by setup.sh.
# The last two lines of them are what tests restore backups with by hand, what they run many silos on, and what they look at pages with.
# shellcheck shell=bash

PACKAGES="golang-1.19-go golang-github-modern-go-reflect2-dev dpkg-dev gcc libc6-dev etcd-server containerd runc
  containernetworking-plugins iptables conntrack iproute2 procps openssl ca-certificates curl jq mmdebstrap dnsmasq-base
  mariadb-server-core mariadb-client-core mariadb-backup zstd lz4 python3-cryptography
  postgresql-15 libfaketime chromium-headless-shell"

# Each line names what is missing and what it is for; all are told at once.
check_machine() {
  local -a missing=()
  [ "$(uname -m)" = x86_64 ] || missing+=("an x86_64 machine (this is $(uname -m)); the images and programs are built for it")
  [ -r /etc/os-release ] && grep -q 'VERSION_CODENAME=bookworm' /etc/os-release || missing+=('Debian 12 (bookworm): its source package of Kubernetes is built')
  command -v apt-get > /dev/null || missing+=('apt-get')
  command -v dotnet > /dev/null || missing+=('the .NET SDK (dotnet), see global.json for the version')
  [ -d /sys/fs/cgroup ] && [ -w /sys/fs/cgroup ] || missing+=('writable cgroups at /sys/fs/cgroup: the kubelet keeps its Pods there')
  grep -qw overlay /proc/filesystems || modprobe overlay 2> /dev/null || missing+=('the overlay file system in the kernel: containerd unpacks images on it')
  if command -v ip > /dev/null; then
    if ip link add cpdevprobe0 type bridge 2> /dev/null; then ip link del cpdevprobe0; else missing+=('bridge devices in the kernel, or the right to make them (CAP_NET_ADMIN)'); fi
  fi
  local free; free=$(df -Pm "$CACHE" | awk 'NR==2 {print $4}')
  [ "$free" -ge 8000 ] || missing+=("8 GB free under $CACHE (there are $free MB)")
  [ ${#missing[@]} = 0 ] || { printf 'dev: this machine cannot carry the development cluster; it lacks:\n' >&2; printf '  - %s\n' "${missing[@]}" >&2; exit 1; }
}

missing_packages() {
  local p; local -a want; read -ra want <<< "$(tr '\n' ' ' <<< "$PACKAGES")"
  for p in "${want[@]}"; do
    grep -qx "$p install ok installed" <<< "$INSTALLED" || printf '%s ' "$p"
  done
}

install_packages() {
  [ -n "$1" ] || { echo 'nothing is missing'; return; }
  # The tests start a server of their own; the package's must not run beside it.
  if ! [ -e /etc/postgresql-common/createcluster.conf ]; then
    mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf
  fi
  # An other source of the machine that does not answer is no reason to stop; a missing package is, below.
  apt-get update || true
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $1
}

setup_packages() {
  INSTALLED=$(dpkg-query -W -f='${Package} ${Status}\n')
  local missing; missing=$(missing_packages)
  [ -z "$missing" ] || rm -f "$STAMPS/packages"
  step packages "$(recipe_hash "$PACKAGES")" '30 s' install_packages "$missing"
}
