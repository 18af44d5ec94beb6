#!/bin/bash
# Two releases side by side: silos of an older commit are replaced one by one by those of this checkout, and then it is undone, while
# backups run and schedules fall due. Processes and a PostgreSQL of the test's own; no cluster is needed.
# usage: upgrade.sh [COMMIT]     HEAD^ when not said
. "$(dirname "$0")/lib.sh"

commit=$(git -C "$REPO" rev-parse --verify "${1:-HEAD^}^{commit}")
older=$CACHE/older/$commit
program=$older/tests/Silo.Tests/bin/Debug/net10.0/ControlPlane.Silo.Tests.dll

build_older() {
  git -C "$REPO" cat-file -e "$commit:tests/Silo.Tests/Fixtures/SiloProcess.cs" || { echo "commit $commit is from before silos could share a database"; return 1; }
  rm -rf "$older"; mkdir -p "$older"
  git -C "$REPO" archive "$commit" | tar -x -C "$older"
  # What a newer compiler or analyzer would say of it is nobody's concern any more.
  dotnet build "$older/tests/Silo.Tests" -v q --nologo -maxcpucount:2 -p:UseSharedCompilation=false -p:TreatWarningsAsErrors=false -p:EnforceCodeStyleInBuild=false
}

mkdir -p "$CACHE/log" "$STAMPS"
[ -f "$program" ] || rm -f "$STAMPS/older-$commit"
step "older-$commit" "$(recipe_hash "$(declare -f build_older)")" '90 s' build_older
cd "$REPO"
dotnet build tests/Silo.Tests -v q --nologo -maxcpucount:2 -p:UseSharedCompilation=false
say "from $(git log -1 --format='%h, %s' "$commit")"
CONTROLPLANE_OLDER_SILO=$program dotnet tests/Silo.Tests/bin/Debug/net10.0/ControlPlane.Silo.Tests.dll -class ControlPlane.Silo.Tests.Many.UpgradeTests -explicit only -showliveoutput
