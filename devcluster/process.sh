#!/bin/bash
# Stops and starts single processes of the running cluster; tests use it to make faults.
# usage: process.sh stop|kill|pause|resume|start|pid NAME      (process.sh list names them)
# stop: TERM, after 2 s KILL.  kill: KILL.  pause and resume: STOP and CONT.  start: the same command again.
. "$(dirname "$0")/lib.sh"

verb=${1:-list} name=${2:-}
if [ "$verb" = list ]; then
  for name in $(known_processes); do printf '%-28s %s\n' "$name" "$(pid_of "$name" || echo dead)"; done
  exit 0
fi
[ -f "$PROC/$name" ] || die "no process named '$name'; there are: $(known_processes | paste -sd' ')"

running() { pid=$(pid_of "$name") || die "$name is not running"; }
gone() { ! alive "$name"; }
case $verb in
  stop) running; kill "$pid"; for _ in $(seq 20); do gone && exit 0; sleep 0.1; done; kill -9 "$pid" 2> /dev/null || true; wait_for 10 "the end of $name" gone ;;
  kill) running; kill -9 "$pid"; wait_for 10 "the end of $name" gone ;;
  pause) running; kill -STOP "$pid" ;;
  resume) running; kill -CONT "$pid" ;;
  start) alive "$name" && die "$name runs already"; start_again "$name" ;;
  pid) running; echo "$pid" ;;
  *) die 'usage: process.sh stop|kill|pause|resume|start|pid NAME' ;;
esac
