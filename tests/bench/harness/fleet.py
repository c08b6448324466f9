"""One daemon with many checks, looked at in several windows: how late it starts them, what they cost."""

import functools
import json
import time
from datetime import datetime

from harness.environment import tell
from harness.gaikei import Daemon, check_table, configuration, otlp
from harness.nginx import Nginx
from harness.process import BenchError

SETTLE = 2  # until what was due is over and in the history


def percentile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Window:
    """What happened to the slots of `is_counted` checks that were due in some seconds; `rate` of them are a second."""

    def __init__(self, cpu, seconds, outcomes, is_counted, rate):
        self.cpu, self.done = cpu, len(outcomes)
        counted = [outcome for outcome in outcomes if is_counted(outcome["check"])]
        other = [outcome for outcome in counted if outcome["status"] != "pass"]
        if not 0.98 * rate < len(counted) / seconds < 1.02 * rate:
            raise BenchError(f"{len(counted) / seconds:.0f} outcomes a second, {rate:.0f} are planned")
        if other:
            raise BenchError(f"{len(other)} of {len(counted)} checks did not pass: {other[0].get('message')}")
        late = [instant(outcome["started_at"]) - instant(outcome["scheduled_at"]) for outcome in counted]
        self.p99, self.p999 = percentile(late, 0.99), percentile(late, 0.999)


def _outcomes(daemon, since, until):
    """From the history, when all that was due by then is over."""
    limit = 100_000
    body = daemon.get(f"/api/v1/outcomes?since={int(since)}&limit={limit}")[1]
    found = json.loads(body)["outcomes"]
    if len(found) == limit:
        raise BenchError("more outcomes than the API gives")
    return [outcome for outcome in found if since <= instant(outcome["scheduled_at"]) < until]


def watch(env, name, nginx, checks, rate, warm_up, window, runs, send_every, is_counted=lambda _: True):
    """`runs` windows of one daemon, after `warm_up` seconds. Gives them, and the resident set at their begin."""
    windows = []
    text = configuration(checks, env.fresh_folder("state"), otlp(nginx.sink, send_every), max_in_flight=10_000)
    with Daemon(env, text, env.test_core) as daemon:
        time.sleep(warm_up)
        resident = daemon.resident()
        for turn in range(runs):
            tell(f"{name}: window {turn + 1} of {runs}")
            since, cpu = time.time(), daemon.cpu()
            time.sleep(window)
            until, cpu = time.time(), daemon.cpu() - cpu
            time.sleep(SETTLE)
            windows.append(Window(cpu, until - since, _outcomes(daemon, since, until), is_counted, rate))
            time.sleep(SETTLE)
    return windows, resident


COUNT = 100_000
EVERY = 60
WARM_UP = EVERY + 3  # each check has been made once
WINDOW = 15  # as is usual between two deliveries: there is one in each
ADDRESSES = 8


def many_checks(nginx, count, every, hole=None):
    """HTTP checks of several addresses; with a `hole`, one in five looks there."""

    def target(i):
        if hole and i % 5 == 0:
            return f"http://127.0.0.1:{hole.port}/"
        return f"http://{nginx.addresses[i % ADDRESSES]}:{nginx.port}/"

    return [check_table(f"{'hole' if hole and i % 5 == 0 else 'check'}-{i:06}", target(i), every, "status == 200")
            for i in range(count)]


@functools.lru_cache(maxsize=None)
def healthy(env):
    """100,000 checks a minute, all of which are answered: measured once, for all rows that ask."""
    with Nginx(env, addresses=ADDRESSES) as nginx:
        return watch(env, "100,000 checks", nginx, many_checks(nginx, COUNT, f"{EVERY}s"), COUNT / EVERY, WARM_UP,
                     WINDOW, env.runs, f"{WINDOW}s")
