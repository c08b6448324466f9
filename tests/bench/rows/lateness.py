"""How late the slots of 100,000 checks a minute start, on one loop."""

from harness.fleet import COUNT, healthy
from harness.rounds import Series
from harness.table import Line

NAME = "lateness"


def measure(env):
    windows, resident = healthy(env)
    return [
        Line(NAME, "start lateness of 100,000 checks a minute, p99", "ms", Series(one.p99 for one in windows),
             judged="ours", bound=5e-3),
        Line(NAME, "start lateness of 100,000 checks a minute, p99.9", "ms", Series(one.p999 for one in windows),
             judged="ours", bound=20e-3, aim=2e-3),
        Line(NAME, "memory of one of them, which has been made", "KiB", Series([resident / COUNT])),
    ]
