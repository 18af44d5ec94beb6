# Reads the counters of test result files. Sourced by test.sh.
# shellcheck shell=bash

counter() { # FILE NAME...: the sum of these counters
  local file=$1 line name sum=0 value; shift
  line=$(grep -o '<Counters [^>]*>' "$file" 2> /dev/null | tail -n 1) || true
  for name in "$@"; do
    value=$(sed -nE "s/.* $name=\"([0-9]+)\".*/\1/p" <<< "$line")
    sum=$((sum + ${value:-0}))
  done
  echo "$sum"
}

failed_in() { counter "$1" failed error timeout aborted; }

sum_results() { # FOLDER: passed, failed and not executed over all files
  local file passed=0 failed=0 total=0 skipped
  for file in "$1"/*.trx; do
    [ -f "$file" ] || continue
    passed=$((passed + $(counter "$file" passed)))
    failed=$((failed + $(failed_in "$file")))
    total=$((total + $(counter "$file" total)))
  done
  skipped=$((total - passed - failed))
  echo "$passed $failed $skipped"
}
