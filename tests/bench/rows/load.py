"""How long a large configuration takes to load: from the start of the process until /readyz says 200."""

from harness.gaikei import Daemon, check_table, configuration
from harness.rounds import rounds
from harness.table import Line

NAME = "load"
COUNT = 100_000


def ready_after(env):
    checks = [check_table(f"check-{i:06}", "http://127.0.0.1:9/", "365d", "status == 200") for i in range(COUNT)]
    with Daemon(env, configuration(checks, env.fresh_folder("state")), env.test_core) as daemon:
        return daemon.ready_after


def measure(env):
    series = rounds(env, NAME, gaikei=lambda: ready_after(env))
    return [Line(NAME, "loading a file of 100,000 checks, ready to run", "s", series["gaikei"], judged="ours", bound=3,
                 aim=1)]
