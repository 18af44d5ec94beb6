# Shared by every script of the development cluster: where things lie, the network's numbers, and how a step is run once.
# Sourced, never run.
# shellcheck shell=bash disable=SC2034
set -Eeuo pipefail
# Nothing ends without a word.
trap 'printf "dev: %s line %s: \"%s\" failed\n" "${BASH_SOURCE[0]##*/}" "$LINENO" "$BASH_COMMAND" >&2' ERR

DEVC=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
REPO=$(dirname "$DEVC")
CACHE=${CONTROLPLANE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/controlplane-dev}
BIN=$CACHE/bin IMG=$CACHE/img RUN=$CACHE/run PKI=$CACHE/run/pki LOGS=$CACHE/run/log STAMPS=$CACHE/stamps
KUBECONFIG_FILE=$CACHE/kubeconfig

# One bridge, one address that the host and the Pods both use; nothing of ours listens anywhere else but on loopback.
BRIDGE=cpdev0 PODNET=10.36.0 SVCNET=10.37.0
BRIDGE_IP=$PODNET.1 API_PORT=36443 ETCD_PORT=32379 NODE=devnode CGROUP=cpdev
API_URL=https://$BRIDGE_IP:$API_PORT

KUBERNETES_VERSION=1.20.2

now_ms() { date +%s%3N; }
seconds() { printf '%d.%d s' $(($1 / 1000)) $(($1 % 1000 / 100)); }
say() { printf '%s\n' "$*"; }
die() { printf 'dev: %s\n' "$*" >&2; exit 1; }

# need_root WHY: everything here makes bridges, cgroups and mounts.
need_root() { [ "$(id -u)" = 0 ] || die "$1 needs root (it makes a bridge, cgroups and mounts); run it as root or with sudo -E"; }

# recipe_hash TEXT...: the identity of a step; a changed recipe runs again.
recipe_hash() { printf '%s\0' "$@" | sha256sum | cut -c1-16; }

# is_done NAME HASH: whether the step's stamp is there and of this recipe.
is_done() { [ -f "$STAMPS/$1" ] && [ "$(cut -d' ' -f1 "$STAMPS/$1")" = "$2" ]; }

# step NAME HASH EXPECTED FUNCTION [ARGS]: runs the function once per recipe, its output in a log; says what it does and how long it took.
step() {
  local name=$1 hash=$2 expected=$3 start; shift 3
  if is_done "$name" "$hash"; then
    [ -n "${QUIET_DONE:-}" ] || printf '  %-12s done before\n' "$name"
    return 0
  fi
  rm -f "$STAMPS/$name"
  printf '  %-12s running, expect %s ...' "$name" "$expected"
  start=$(now_ms)
  local log=$CACHE/log/$name.log
  # In the background, because a shell ignores `set -e` in all that runs as a condition.
  ( set -euo pipefail; "$@" ) > "$log" 2>&1 < /dev/null 7>&- 8>&- &
  if ! wait $!; then
    printf ' FAILED\n'
    tail -n 20 "$log" | sed 's/^/    | /'
    die "step $name failed; its whole log: $log"
  fi
  printf ' %s\n' "$(seconds $(($(now_ms) - start)))"
  printf '%s %s\n' "$hash" "$(($(now_ms) - start))" > "$STAMPS/$name"
}

# kc ARGS: the kubectl of this cluster (an other version on the machine may behave otherwise).
# A cluster that the caller named is talked to with the caller's kubectl, where there is one.
kc() {
  local kubectl=$BIN/kubectl
  if [ -n "${KUBECONFIG:-}" ] && [ "$KUBECONFIG" != "$KUBECONFIG_FILE" ]; then kubectl=$(command -v kubectl || echo "$kubectl"); fi
  "$kubectl" --kubeconfig "${KUBECONFIG:-$KUBECONFIG_FILE}" "$@"
}

# --- processes: each has its command in run/proc/NAME and "pid starttime" in run/proc/NAME.pid -------------------------------------

PROC=$RUN/proc

# The start time tells a process from a later one with the same number; a zombie does not count as running.
start_time() { sed 's/.*) //' "/proc/$1/stat" 2> /dev/null | awk '$1 != "Z" {print $20}'; }

pid_of() { # NAME: the pid, when the process that was started is still that process
  local pid start
  [ -f "$PROC/$1.pid" ] && read -r pid start < "$PROC/$1.pid" && [ "$(start_time "$pid")" = "$start" ] && echo "$pid"
}
alive() { pid_of "$1" > /dev/null; }

# launch NAME COMMAND...: remembers the command and starts it; start_again NAME starts a remembered one.
launch() {
  local name=$1; shift
  mkdir -p "$PROC" "$LOGS"
  { printf 'exec'; printf ' %q' "$@"; echo; } > "$PROC/$name"
  start_again "$name"
}
start_again() {
  # A session of its own, so that an interrupt of the terminal does not reach it; no descriptor of ours, so that no lock is held by it.
  setsid bash "$PROC/$1" >> "$LOGS/$1.log" 2>&1 < /dev/null 7>&- 8>&- 9>&- &
  echo "$! $(start_time $!)" > "$PROC/$1.pid"
  # A kubelet that waits behind a build is late with everything. Where sessions share the processor, it is the session's weight that counts.
  echo -5 > "/proc/$!/autogroup" 2> /dev/null || true
}

known_processes() { local f; for f in "$PROC"/*.pid; do [ -f "$f" ] && basename "$f" .pid; done; return 0; }

# end_processes PATIENCE NAME...: TERM to all, after PATIENCE tenths of a second KILL; forgets them.
end_processes() {
  local patience=$1 i name pid left; shift
  for ((i = 0; i < patience + 50; i++)); do
    left=
    for name in "$@"; do
      pid=$(pid_of "$name") || continue
      left=1
      if [ "$i" = 0 ]; then kill "$pid" 2> /dev/null || true; fi
      if [ "$i" = "$patience" ]; then kill -9 "$pid" 2> /dev/null || true; fi
    done
    [ -n "$left" ] || break
    sleep 0.1
  done
  for name in "$@"; do rm -f "$PROC/$name.pid"; done
}

# wait_for SECONDS WHAT COMMAND...: until the command succeeds; says what it waited for when it gives up.
wait_for() {
  local limit=$1 what=$2 deadline; shift 2
  deadline=$((SECONDS + limit))
  until "$@" > /dev/null 2>&1; do
    [ $SECONDS -lt $deadline ] || die "waited $limit s for $what in vain; logs are in $LOGS"
    sleep 0.1
  done
}

api() { # PATH [CURL-ARGS]: the API as administrator, without starting a kubectl
  local path=$1; shift
  curl -sf --max-time 10 --cacert "$PKI/ca.crt" --cert "$PKI/admin.crt" --key "$PKI/admin.key" "$API_URL$path" "$@"
}
