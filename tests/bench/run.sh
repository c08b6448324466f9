#!/usr/bin/env bash
# The benchmarks: figures and ratios, never a verdict. Usage: run.sh BUILD_DIR [REGEX]
# 1. What one sample costs inside the program (core_bench).
# 2. Healthy checks alone and beside an endless body at full speed (hog_bench): `run.sh BUILD_DIR hog`.
# 3. Samples through the spool into two upstreams, 50,000 a second for a minute: `run.sh BUILD_DIR upstream`.
# 4. `gaikei check` against `curl`, start to exit, on one local server, in turn, medians of 15.
set -euo pipefail
build=$1
filter=${2:-.}

"$build/tests/bench/core_bench" --benchmark_filter="$filter"

if [ "$filter" = . ] || [ "$filter" = hog ]; then "$build/tests/bench/hog_bench"; fi

if [ "$filter" = . ] || [ "$filter" = upstream ]; then "$build/tests/bench/upstream_bench"; fi

[ "$filter" = . ] || [ "$filter" = start ] || exit 0
dir=$(mktemp -d)
port_file=$dir/port
python3 - "$port_file" <<'SERVER' &
import http.server, os, sys
class Quiet(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.send_header("Content-Length", "2"); self.end_headers(); self.wfile.write(b"ok")
    def log_message(self, *args): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
with open(sys.argv[1] + ".new", "w") as out: out.write(str(server.server_port))
os.rename(sys.argv[1] + ".new", sys.argv[1])
server.serve_forever()
SERVER
server=$!
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
python3 - "$port_file" "$build/gaikei" <<'COMPARE'
import os, statistics, subprocess, sys, time
while not os.path.exists(sys.argv[1]): time.sleep(0.01)
url = "http://127.0.0.1:%s/" % open(sys.argv[1]).read()
commands = {"gaikei check": [sys.argv[2], "check", url], "curl": ["curl", "-s", "-o", "/dev/null", url]}
times = {name: [] for name in commands}
for turn in range(16):
    for name, command in commands.items():
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        if turn: times[name].append(time.perf_counter() - began)
ours, theirs = (statistics.median(times[name]) * 1e3 for name in commands)
print("start to exit: gaikei check %.1f ms, curl %.1f ms, ratio %.2f, difference %+.1f ms" % (ours, theirs, ours / theirs, ours - theirs))
COMPARE
