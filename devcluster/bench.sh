#!/bin/bash
# The benchmarks of bench/, with the object store and the cluster they need.
# usage: bench.sh [ARGUMENTS of bench/run.sh]
. "$(dirname "$0")/lib.sh"

[ -x "$REPO/bench/run.sh" ] || die 'bench/run.sh is not there'
"$DEVC/setup.sh"
brought_up=''
[ -f "$RUN/complete" ] || brought_up=1
"$DEVC/up.sh"
set -a; unset KUBECONFIG
# shellcheck disable=SC1091
. "$RUN/env"
set +a
code=0
"$REPO/bench/run.sh" "$@" || code=$?
[ -z "$brought_up" ] || "$DEVC/down.sh"
exit $code
