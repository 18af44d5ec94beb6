#!/bin/bash
# One plane of three silos over three members, on this machine: 300 backups at once under budgets while a silo dies (BudgetTests, 15 minutes), and how many API
# requests a scheduled backup costs (RequestTests, 6 minutes; docs/performance.md). Set-up and cluster included.
# usage: fleet.sh [PATTERN...]     only methods of these names, with * for what may be anything: './dev fleet *Requests*'
#        fleet.sh apart            BudgetTests where no kubelet runs: API servers, PostgreSQL and silos as processes (apart.sh), beside a development cluster or without one
. "$(dirname "$0")/lib.sh"

need_root fleet
"$DEVC/setup.sh"
cd "$REPO"
dotnet build tests/EndToEnd.Tests -v q --nologo -maxcpucount:2 -p:UseSharedCompilation=false
if [ "${1:-}" = apart ]; then
  mkdir -p "$CACHE/apart"; ln -sfn "$BIN" "$CACHE/apart/bin"
  "$DEVC/images.sh" silo "$CACHE/silo"
  silo=$CACHE/silo/app/ControlPlane.Silo
  export CONTROLPLANE_CACHE=$CACHE/apart CONTROLPLANE_SILOS=apart
  unset KUBECONFIG
  trap '"$DEVC/apart.sh" down' EXIT
  "$DEVC/apart.sh" up "$silo"
  dotnet tests/EndToEnd.Tests/bin/Debug/net10.0/ControlPlane.EndToEnd.Tests.dll -class ControlPlane.EndToEnd.Tests.BudgetTests -explicit only -showliveoutput
  exit
fi
brought_up=''
[ -f "$RUN/complete" ] || brought_up=1
"$DEVC/up.sh"
"$DEVC/members.sh" up
unset KUBECONFIG
chosen=()
for pattern in "$@"; do chosen+=(-method "$pattern"); done
[ ${#chosen[@]} != 0 ] || for class in BudgetTests RequestTests; do chosen+=(-class "ControlPlane.EndToEnd.Tests.$class"); done
say "$(nproc) cores of $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(awk '/MemTotal/ {printf "%d", $2 / 1048576}' /proc/meminfo) GiB, load $(cut -d' ' -f1 /proc/loadavg)"
code=0
CONTROLPLANE_SILOS=many dotnet tests/EndToEnd.Tests/bin/Debug/net10.0/ControlPlane.EndToEnd.Tests.dll "${chosen[@]}" -explicit only -showliveoutput || code=$?
"$DEVC/members.sh" down
[ -z "$brought_up" ] || "$DEVC/down.sh"
exit $code
