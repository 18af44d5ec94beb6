#!/bin/bash
# Restores under fire, on the development cluster: everything dies once at every step of a restore in place (RestoreUnderFireTests, 45 minutes); and 2 GiB come back under write load,
# in place and from the bucket alone, in the clear and sealed, with the time from kubectl apply to the database answering (LargeRestoreTests, 15 minutes).
# usage: fire.sh [PATTERN...]     only methods of these names, with * for what may be anything: './dev fire *TwoGibibytes*' prints the figure of docs/performance.md
. "$(dirname "$0")/lib.sh"

need_root fire
"$DEVC/setup.sh"
cd "$REPO"
dotnet build tests/EndToEnd.Tests -v q --nologo -maxcpucount:2 -p:UseSharedCompilation=false
brought_up=''
[ -f "$RUN/complete" ] || brought_up=1
"$DEVC/up.sh"
set -a; unset KUBECONFIG
# shellcheck disable=SC1091
. "$RUN/env"
set +a
chosen=()
for pattern in "$@"; do chosen+=(-method "$pattern"); done
[ ${#chosen[@]} != 0 ] || for class in RestoreUnderFireTests RestoreWishTests BudgetedDrillTests LargeRestoreTests; do chosen+=(-class "ControlPlane.EndToEnd.Tests.$class"); done
say "$(nproc) cores of $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(awk '/MemTotal/ {printf "%d", $2 / 1048576}' /proc/meminfo) GiB, load $(cut -d' ' -f1 /proc/loadavg)"
code=0
dotnet tests/EndToEnd.Tests/bin/Debug/net10.0/ControlPlane.EndToEnd.Tests.dll "${chosen[@]}" -explicit only -showliveoutput || code=$?
[ -z "$brought_up" ] || "$DEVC/down.sh"
exit $code
