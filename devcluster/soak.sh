#!/bin/bash
# What takes longer than a change should wait for: a schedule of every minute while silos are killed, and years of simulation.
# usage: soak.sh [MINUTES] [SEEDS]     (15 minutes, and 12 until what retention lets go is gone; 5000 seeds)
# CONTROLPLANE_SILOS=many: the silos are three, on a PostgreSQL (many.sh).
. "$(dirname "$0")/lib.sh"

need_root soak
"$DEVC/setup.sh"
cd "$REPO"
dotnet build ControlPlane.sln -v q --nologo -maxcpucount:2 -p:UseSharedCompilation=false
CONTROLPLANE_SIMULATION_SEEDS=${2:-5000} dotnet tests/Grains.Tests/bin/Debug/net10.0/ControlPlane.Grains.Tests.dll -namespace ControlPlane.Grains.Tests.Simulation
brought_up=''
[ -f "$RUN/complete" ] || brought_up=1
"$DEVC/up.sh"
set -a; unset KUBECONFIG
# shellcheck disable=SC1091
. "$RUN/env"
set +a
code=0
CONTROLPLANE_SOAK_MINUTES=${1:-15} dotnet tests/EndToEnd.Tests/bin/Debug/net10.0/ControlPlane.EndToEnd.Tests.dll -class ControlPlane.EndToEnd.Tests.SoakTests -explicit only -showliveoutput || code=$?
[ -z "$brought_up" ] || "$DEVC/down.sh"
exit $code
