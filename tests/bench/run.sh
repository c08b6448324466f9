#!/usr/bin/env bash
# The benchmarks: figures, never a verdict. Usage: run.sh BUILD_DIR [NAME...]
#   core [REGEX]          what one sample costs inside the program, piece by piece
#   hog [SECONDS ROUNDS]  healthy checks alone and beside an endless body at full speed
#   upstream [SECONDS RATE CHECKS]  samples through the spool into two upstreams
#   anything else         rows of the table of bench.py, all of them without a name
set -euo pipefail
build=$1
shift
case "${1:-}" in
  core) exec "$build/tests/bench/core_bench" --benchmark_filter="${2:-.}" ;;
  hog | upstream) exec "$build/tests/bench/$1_bench" "${@:2}" ;;
esac
exec python3 -B "$(dirname "${BASH_SOURCE[0]}")/bench.py" "$build" "$@"
