"""The same lateness where one target in five is a black hole: what healthy checks have of it."""

from harness.fleet import COUNT, EVERY, WARM_UP, WINDOW, ADDRESSES, many_checks, healthy, watch
from harness.hold import BlackHole
from harness.nginx import Nginx
from harness.rounds import Series
from harness.table import Line

NAME = "holes"


def measure(env):
    without, _ = healthy(env)
    with Nginx(env, addresses=ADDRESSES) as nginx, BlackHole() as hole:
        beside, _ = watch(env, "100,000 checks, 20 % black holes", nginx, many_checks(nginx, COUNT, f"{EVERY}s", hole),
                          0.8 * COUNT / EVERY, WARM_UP, WINDOW, env.runs, f"{WINDOW}s",
                          lambda name: not name.startswith("hole"))
    return [Line(NAME, "start lateness beside 20 % black holes, p99", "ms", Series(one.p99 for one in beside),
                 Series(one.p99 for one in without), "without them", "ratio", 2, 1)]
