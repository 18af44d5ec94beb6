#!/bin/bash
# All tests: set-up, cluster, build, then the test projects. Ends with the line "N passed, N failed".
# usage: test.sh [PROJECT-NAME...]     only the named test projects (Storage.Tests, EndToEnd.Tests, ...)
# The cluster is left as it was found. A caller's KUBECONFIG is not used: the tests stop and break parts of the cluster.
. "$(dirname "$0")/lib.sh"
. "$DEVC/trx.sh"

results=$CACHE/test-results
durations=() brought_up='' failures_outside=0
declare -A running=() begun_at=() # by pid: the name of the test project that runs, and since when

# One after the other, the quickest first. Each has as much at a time within itself as two cores bear: two of them beside one another had a load of 50 here, and silos that did not
# start within a minute.
ORDER='Repository.Tests Protocol.Tests Grains.Tests Storage.Tests Silo.Tests Sidecar.Tests Operator.Tests EndToEnd.Tests'

part() { # NAME COMMAND...: runs it, remembers how long it took; its exit code is the part's
  local name=$1 begun code=0; shift
  say ''; say "== $name"
  begun=$(now_ms)
  "$@" || code=$?
  took "$name" "$begun" $code
  return $code
}

took() { # NAME BEGUN CODE
  durations+=("$(printf '%-28s %s%s' "$1" "$(seconds $(($(now_ms) - $2)))" "$([ "$3" = 0 ] || echo '   FAILED')")")
}

finish() { # the line that everything ends with, whatever went before
  local code=$?
  trap - EXIT ERR
  if [ ${#running[@]} != 0 ]; then kill "${!running[@]}" 2> /dev/null || true; wait "${!running[@]}" || true; fi
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

begin() { # NAME COMMAND...: beside the others; what it says is kept, and said as a whole at its end
  local name=$1; shift
  say "   $name begins"
  "$@" > "$results/$name.log" 2>&1 < /dev/null &
  running[$!]=$name; begun_at[$!]=$(now_ms)
}

begin_tests() { # PROJECT-FILE
  local name; name=$(basename "$1" .csproj)
  begin "$name" timeout "${TEST_TIMEOUT:-2700}" dotnet test "$1" --no-build --nologo --results-directory "$results" \
    --logger "trx;LogFileName=$name.trx" --logger 'console;verbosity=minimal' --blame-hang-timeout 15m --blame-hang-dump-type none
}

end_one() { # waits for whichever ends next; sets ended and code
  local pid=''
  code=0
  wait -n -p pid "${!running[@]}" || code=$?
  ended=${running[$pid]}
  say ''; say "== $ended"; cat "$results/$ended.log"
  took "$ended" "${begun_at[$pid]}" $code
  unset "running[$pid]" "begun_at[$pid]"
}

end_tests() { end_one; judge "$ended" $code; }

judge() { # NAME CODE: a run that fails without a failed test (a crash, a hang, a time limit) counts as one failure, and so does one that finds no test
  if [ "$2" != 0 ] && [ "$(failed_in "$results/$1.trx")" = 0 ]; then
    failures_outside=$((failures_outside + 1)); say "$1 ended with code $2 and no failed test"
  elif [ "$(counter "$results/$1.trx" total)" = 0 ]; then
    failures_outside=$((failures_outside + 1)); say "$1: no test was found"
  fi
}

need_root test
rm -rf "$results"; mkdir -p "$results"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1
cd "$REPO"

trap finish EXIT
part 'set-up' "$DEVC/setup.sh"
[ -f "$RUN/complete" ] || brought_up=1
begin 'build' dotnet build ControlPlane.sln -v q --nologo -maxcpucount:2 -p:UseSharedCompilation=false
begin 'cluster up' "$DEVC/up.sh"
while [ ${#running[@]} != 0 ]; do end_one; [ $code = 0 ] || exit 1; done

set -a; unset KUBECONFIG
# shellcheck disable=SC1091
. "$RUN/env"
set +a

named=("$@")
asked_for() { [ $# = 1 ] || [[ " ${*:2} " == *" $1 "* ]]; } # PROJECT NAME...

mapfile -t all < <({ tr ' ' '\n' <<< "$ORDER"; find tests -name '*.Tests.csproj' -printf '%f\n' | sed 's/\.csproj$//'; } | awk '!seen[$0]++')
for name in "${all[@]}"; do
  if asked_for "$name" "${named[@]}"; then begin_tests "tests/$name/$name.csproj"; end_tests; fi
done

[ $failures_outside != 0 ] || [ "$(sum_results "$results" | cut -d' ' -f2)" != 0 ] || passed_all=1
