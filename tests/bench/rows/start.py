"""`gaikei check` from start to exit, beside curl that does the same."""

import statistics
import subprocess
import time

from harness.environment import program
from harness.nginx import Nginx
from harness.process import BenchError
from harness.rounds import rounds
from harness.table import Line

NAME = "start"
TIMES = 15


def start_to_exit(env, command):
    """Of several starts the median."""

    def once():
        began = time.perf_counter()
        done = subprocess.run(["taskset", "-c", str(env.test_core), *command], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=60, check=False)
        if done.returncode:
            raise BenchError(f"{command[0]} ended with {done.returncode}")
        return time.perf_counter() - began

    return statistics.median(once() for _ in range(TIMES))


def measure(env):
    with Nginx(env) as nginx:
        series = rounds(
            env, NAME,
            gaikei=lambda: start_to_exit(env, [env.gaikei, "check", nginx.http]),
            curl=lambda: start_to_exit(env, [program("curl"), "-s", "-o", "/dev/null", nginx.http]))
    return [Line(NAME, "gaikei check http://..., start to exit", "ms", series["gaikei"], series["curl"], "curl",
                 "difference", 5e-3, 2e-3)]
