"""Whether a check costs more among many: the same number of checks a second, of few checks and of many."""

from harness.fleet import ADDRESSES, COUNT, EVERY, many_checks, healthy, watch
from harness.nginx import Nginx
from harness.process import BenchError
from harness.rounds import Series, rounds
from harness.table import Line

NAME = "growth"
FEW, SOME = 1000, 10_000


def cost(window):
    return window.cpu / window.done


def of(env, nginx, count):
    every = EVERY * count / COUNT
    tables = many_checks(nginx, count, f"{every * 1000:.0f}ms")
    # Samples share as few points as those of the many do.
    windows, _ = watch(env, f"{count} checks", nginx, tables, COUNT / EVERY, every + 3, 8, runs=1, send_every="1s")
    return cost(windows[0])


def measure(env):
    with Nginx(env, addresses=ADDRESSES) as nginx:
        series = rounds(env, NAME, few=lambda: of(env, nginx, FEW), some=lambda: of(env, nginx, SOME))
    try:
        many = Series(cost(window) for window in healthy(env)[0])
    except BenchError as error:
        many = Series(error=str(error))
    few = series["few"]
    return [
        Line(NAME, "CPU of a check among 10,000, same rate", "us", series["some"], few, "among 1,000", "ratio", 1.3, 1),
        Line(NAME, "CPU of a check among 100,000, same rate", "us", many, few, "among 1,000", "ratio", 1.3, 1),
    ]
