#!/bin/bash
# All tests: set-up, cluster, build, then each test project by itself. Ends with the line "N passed, N failed".
# usage: test.sh [PROJECT-NAME...]     only the named test projects (Storage.Tests, EndToEnd.Tests, ...)
# The cluster is left as it was found. A caller's KUBECONFIG is not used: the tests stop and break parts of the cluster.
. "$(dirname "$0")/lib.sh"
. "$DEVC/trx.sh"

results=$CACHE/test-results
durations=() brought_up='' failures_outside=0

part() { # NAME COMMAND...: runs it, remembers how long it took; its exit code is the part's
  local name=$1 begun code=0; shift
  say ''; say "== $name"
  begun=$(now_ms)
  "$@" || code=$?
  durations+=("$(printf '%-28s %s%s' "$name" "$(seconds $(($(now_ms) - begun)))" "$([ $code = 0 ] || echo '   FAILED')")")
  return $code
}

finish() { # the line that everything ends with, whatever went before
  local code=$?
  trap - EXIT ERR
  if [ -n "$brought_up" ]; then
    if [ "${passed_all:-}" != 1 ] && [ -d "$LOGS" ]; then rm -rf "$CACHE/last-failed-logs"; cp -r "$LOGS" "$CACHE/last-failed-logs"; say "logs of the cluster: $CACHE/last-failed-logs"; fi
    part 'cluster down' "$DEVC/down.sh" || failures_outside=$((failures_outside + 1))
  fi
  say ''; say 'durations'; printf '  %s\n' "${durations[@]}"
  local passed failed skipped
  read -r passed failed skipped <<< "$(sum_results "$results")"
  failed=$((failed + failures_outside))
  if [ "$((passed + failed))" = 0 ]; then say 'no test ran'; failed=1; fi
  [ "$skipped" = 0 ] || say "$skipped not executed"
  [ $code = 0 ] || [ $failed != 0 ] || failed=1
  say "$passed passed, $failed failed"
  [ $failed = 0 ] || exit 1
}

test_project() { # PROJECT-FILE
  local name; name=$(basename "$1" .csproj)
  timeout --foreground "${TEST_TIMEOUT:-2700}" dotnet test "$1" --no-build --nologo --results-directory "$results" \
    --logger "trx;LogFileName=$name.trx" --logger 'console;verbosity=minimal' --blame-hang-timeout 15m --blame-hang-dump-type none
}

need_root test
rm -rf "$results"; mkdir -p "$results"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1
cd "$REPO"

trap finish EXIT
part 'set-up' "$DEVC/setup.sh"
[ -f "$RUN/complete" ] || brought_up=1
part 'build' dotnet build ControlPlane.sln -v q --nologo -maxcpucount:2 -p:UseSharedCompilation=false
part 'cluster up' "$DEVC/up.sh"

set -a; unset KUBECONFIG
# shellcheck disable=SC1091
. "$RUN/env"
set +a

# The quick ones first; what needs the whole road comes last.
mapfile -t projects < <(find tests -name '*.Tests.csproj' ! -name 'EndToEnd.Tests.csproj' | sort; find tests -name 'EndToEnd.Tests.csproj')
for project in "${projects[@]}"; do
  name=$(basename "$project" .csproj)
  if [ $# != 0 ] && [[ " $* " != *" $name "* ]]; then continue; fi
  # A run that fails without a failed test (a crash, a hang, a time limit) counts as one failure, and so does one that finds no test.
  code=0; part "$name" test_project "$project" || code=$?
  if [ $code != 0 ] && [ "$(failed_in "$results/$name.trx")" = 0 ]; then
    failures_outside=$((failures_outside + 1)); say "$name ended with code $code and no failed test"
  elif [ "$(counter "$results/$name.trx" total)" = 0 ]; then
    failures_outside=$((failures_outside + 1)); say "$name: no test was found"
  fi
done
[ $failures_outside != 0 ] || [ "$(sum_results "$results" | cut -d' ' -f2)" != 0 ] || passed_all=1
