#!/usr/bin/env bash
# Runs every fuzz target for a while. Usage: run.sh BUILD_DIR SECONDS [NAME...]
# Seeds are tests/fuzz/seeds/NAME (read only); new findings stay in BUILD_DIR/corpus/NAME.
set -euo pipefail
build=$1
seconds=$2
shift 2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
passed=0
for target in "$build"/tests/fuzz/*_fuzz; do
  name=$(basename "$target" _fuzz)
  if [ $# -gt 0 ] && [[ " $* " != *" $name "* ]]; then continue; fi
  corpus=$build/corpus/$name
  mkdir -p "$corpus"
  seeds=()
  [ -d "$here/seeds/$name" ] && seeds=("$here/seeds/$name")
  echo "fuzz $name: $seconds s"
  log=$build/corpus/$name.log
  if ! "$target" -max_total_time="$seconds" -max_len=8192 -timeout=10 -rss_limit_mb=2048 \
      -artifact_prefix="$build/corpus/$name-" -print_final_stats=1 "$corpus" "${seeds[@]}" >"$log" 2>&1; then
    tail -n 40 "$log"
    echo "fuzz $name: FAILED"
    exit 1
  fi
  grep -E 'stat::number_of_executed_units' "$log" || true
  passed=$((passed + 1))
done
echo "$passed passed, 0 failed"
