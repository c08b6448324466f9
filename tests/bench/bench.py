#!/usr/bin/env python3
"""Measures gaikei beside its peers and prints one table.

Usage: bench.py BUILD_DIR [NAME...]: the rows whose names contain one of these, or all. BENCH_RUNS (5) says how
often each is measured, BENCH_JSON where the figures go (BUILD_DIR/bench.json).
"""

import importlib
import os
import platform
import resource
import signal
import sys
import tempfile
import time
import traceback

from harness.environment import Environment, tell
from harness.process import TICKS, BenchError, raise_file_limit
from harness.table import Line, as_json, rendered

ROWS = ("http", "https", "tls", "dns", "tcp", "memory", "load", "lateness", "growth", "holes", "truth", "loops",
        "spool", "start")


def main():
    build, names = os.path.abspath(sys.argv[1]), sys.argv[2:]
    chosen = [row for row in ROWS if not names or any(name in row for name in names)]
    if not chosen:
        sys.exit(f"bench: no row is called {' or '.join(names)}; there are: {' '.join(ROWS)} core hog upstream")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    raise_file_limit()
    before, began = cpu_times(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gaikei-bench.") as folder:
        os.environ["TMPDIR"] = folder  # what is ended in the middle of its work leaves nothing elsewhere
        lines = measure(Environment(build, folder, max(1, int(os.environ.get("BENCH_RUNS", "5")))), chosen)
    machine = machine_facts(before, time.monotonic() - began)
    print(rendered(lines))
    print(", ".join(f"{name} {value}" for name, value in machine.items()))
    path = os.environ.get("BENCH_JSON", os.path.join(build, "bench.json"))
    with open(path, "w", encoding="utf-8") as out:
        out.write(as_json(lines, machine))
    print(path)
    sys.exit(1 if any(line.error for line in lines) else 0)


def measure(env, chosen):
    os.sched_setaffinity(0, {env.server_core})
    lines = []
    for name in chosen:
        try:
            found = importlib.import_module(f"rows.{name}").measure(env)
        except BenchError as error:
            found = [Line.failed(name, name, error)]
        except Exception as error:  # the other rows go on
            traceback.print_exc()
            found = [Line.failed(name, name, repr(error))]
        for line in found:
            if line.error:
                tell(f"{name}: error: {line.error}")
        lines += found
    return lines


def cpu_times():
    with open("/proc/stat", encoding="ascii") as stat:
        return [int(field) for field in stat.readline().split()[1:]]


def machine_facts(before, seconds):
    """What a reader of the figures has to know of where they were taken.

    `stolen`: shares of the cores that other guests of the machine had; `others`: that processes had that are not ours.
    """
    user, nice, system, *_, stolen = (after - first for after, first in zip(cpu_times()[:8], before))
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    ours = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    cores = os.cpu_count()
    others = max(0, (user + nice + system) / TICKS - ours)
    model = "?"
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as info:
        for line in info:
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    return {"cpu": model, "cores": cores, "linux": platform.release(),
            "stolen": f"{100 * stolen / TICKS / seconds / cores:.1f} %",
            "others": f"{100 * others / seconds / cores:.1f} %", "took": f"{seconds:.0f} s"}


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
