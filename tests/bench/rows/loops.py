"""Checks a second that two loops can do on two cores, beside one loop on one core.

The target costs nothing: a port that nobody listens on, so that the kernel refuses within connect(). The daemon runs
at half of what its core or cores can do, where every slot must be judged; what it could do is that rate over the share
of CPU that it took. There is no upstream and no state directory, whose threads would have the second core to themselves
beside one loop.
"""

import time

from harness.cost import WARM_UP, window
from harness.environment import free_port
from harness.gaikei import Daemon, check_table, configuration
from harness.process import BenchError
from harness.rounds import rounds
from harness.table import Line

NAME = "loops"
LOAD = 0.5
EVERY = 0.2  # few checks, so that reading the metrics is soon done


def possible(env, loops, rate):
    """Checks a second with so many loops on as many cores, seen at `rate`."""
    target = f"tcp://127.0.0.1:{free_port()}"
    checks = [check_table(f"check-{i:05}", target, f"{EVERY * 1000:.0f}ms") for i in range(int(rate * EVERY))]
    cores = sorted(env.cores)[-loops:]
    with Daemon(env, configuration(checks, threads=loops), cores) as daemon:
        time.sleep(WARM_UP)
        done, cpu, outcomes = window(daemon)
    if set(outcomes.reasons) != {"connect_refused"}:
        raise BenchError(f"not every check was refused (is the machine busy?): {outcomes.reasons}")
    if done < 0.95 * rate:
        raise BenchError(f"{done:.0f} checks a second were done, {rate} are planned")
    return loops / cpu


def measure(env):
    rate = int(LOAD * possible(env, 1, 5000))
    series = rounds(env, NAME, two=lambda: possible(env, 2, 2 * rate), one=lambda: possible(env, 1, rate))
    return [Line(NAME, "checks a second of two loops on two cores", "/s", series["two"], series["one"], "one loop",
                 "ratio", 1.8, 1.95, least=True)]
