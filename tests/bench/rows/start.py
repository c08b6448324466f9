"""`gaikei check` from start to exit, beside curl that does the same."""

import statistics

from harness.environment import program
from harness.nginx import Nginx
from harness.process import run
from harness.rounds import rounds
from harness.table import Line

NAME = "start"
TIMES = 15


def start_to_exit(env, command):
    """Of several starts the median."""
    return statistics.median(run(command, env.test_core).seconds for _ in range(TIMES))


def measure(env):
    with Nginx(env) as nginx:
        series = rounds(
            env, NAME,
            gaikei=lambda: start_to_exit(env, [env.gaikei, "check", nginx.http]),
            curl=lambda: start_to_exit(env, [program("curl"), "-s", "-o", "/dev/null", nginx.http]))
    return [Line(NAME, "gaikei check http://..., start to exit", "ms", series["gaikei"], series["curl"], "curl",
                 "difference", 5e-3, 2e-3)]
