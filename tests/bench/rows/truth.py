"""Whether reported times are true: against a server that delays by 1 to 500 ms and knows by how much it did.

The errors are what `processing` and `duration` differ from the time between the request's arrival, as the kernel had
it, and the answer. For `duration` that makes an error of connecting, too, which takes 0.1 ms here: when the server
accepts a connection is no better measure, since a server may be late with that.
"""

import json
import time

from harness import exchanges
from harness.blackbox import Blackbox, Scraper, value
from harness.environment import free_port
from harness.fleet import instant, percentile
from harness.gaikei import Daemon, check_table, configuration, otlp
from harness.nginx import Nginx
from harness.process import BenchError, Process
from harness.rounds import rounds
from harness.table import Line

NAME = "truth"
EVERY = 2
WARM_UP = 2.5
WINDOW = 6
LONGEST = 0.5
LOAD = 0.5  # of the prober's core


def delay(number):
    """Microseconds: every millisecond up to the longest, and some odd ones."""
    return (number % 500 + 1) * 1000 - number % 7


class Errors:
    """p50 and p99 of how far reports were off, and how much of its core the prober used."""

    def __init__(self, pairs, load, rate):
        off = [(abs(processing - (true.answered - true.asked)), abs(duration - (true.answered - true.asked)))
               for processing, duration, true in pairs]
        if len(off) < 0.9 * rate * WINDOW:
            raise BenchError(f"{len(off)} reports in {WINDOW} s, {rate * WINDOW:.0f} were expected")
        self.load, self.rate = load, rate
        for index, name in enumerate(("processing", "duration")):
            for part in (50, 99):
                setattr(self, f"{name}{part}", percentile([one[index] for one in off], part / 100))


class DelayServer(Process):
    def __init__(self, env):
        self.port = free_port()
        super().__init__([env.client("delay_server"), str(self.port)], env.server_core, env.file("delay_server.log"))

    def url(self, number):
        return f"http://127.0.0.1:{self.port}/{number}/{delay(number)}"

    def exchanges(self):
        self.stop()
        return exchanges.of_server(self.said())


def of_gaikei(env, nginx, rate):
    with DelayServer(env) as server:
        checks = [check_table(f"delay-{i}", server.url(i), f"{EVERY}s", "status == 200")
                  for i in range(int(rate * EVERY))]
        text = configuration(checks, env.fresh_folder("state"), otlp(nginx.sink))
        with Daemon(env, text, env.test_core) as daemon:
            time.sleep(WARM_UP)
            since, cpu = time.time(), daemon.cpu()
            time.sleep(WINDOW)
            until, cpu = time.time(), daemon.cpu() - cpu
            time.sleep(2 * LONGEST + 1)
            body = daemon.get(f"/api/v1/outcomes?since={int(since)}&limit=100000")[1]
        true = server.exchanges()
    pairs = []
    for outcome in json.loads(body)["outcomes"]:
        if not since <= instant(outcome["scheduled_at"]) < until:
            continue
        if outcome["status"] != "pass":
            raise BenchError(f"a check did not pass: {outcome.get('message')}")
        began = instant(outcome["started_at"])
        number = int(outcome["check"].rpartition("-")[2])
        pairs.append((outcome["phases"]["processing"], outcome["duration"],
                      exchanges.at(true, number, began, began + outcome["duration"])))
    return Errors(pairs, cpu / WINDOW, rate)


def of_blackbox(env, rate):
    reports, count = [], int(rate * EVERY)
    with DelayServer(env) as server, Blackbox(env) as exporter:
        numbers = {server.url(i): i for i in range(count)}
        scraper = Scraper(exporter.port, [("http", url) for url in numbers], rate, int(rate * LONGEST * 1.5) + 4,
                          lambda *report: reports.append(report))
        with scraper:
            time.sleep(WARM_UP)
            since, cpu = time.time(), exporter.cpu()
            time.sleep(WINDOW)
            until, cpu = time.time(), exporter.cpu() - cpu
        scraper.must_be_well()
        true = server.exchanges()
    pairs = [(value(text, 'probe_http_duration_seconds{phase="processing"}'), value(text, "probe_duration_seconds"),
              exchanges.at(true, numbers[target], began, ended))
             for target, began, ended, text in reports if since <= began < until]
    return Errors(pairs, cpu / WINDOW, rate)


def rate_at_load(measured, rate):
    """The rate that gives the load that is wanted, near enough after two attempts from `rate`."""
    for _ in range(2):
        rate = int(rate * LOAD / measured(rate).load)
    return rate


def measure(env):
    with Nginx(env) as nginx:
        ours_at = rate_at_load(lambda rate: of_gaikei(env, nginx, rate), 1000)
        theirs_at = rate_at_load(lambda rate: of_blackbox(env, rate), 500)
        series = rounds(
            env, NAME,
            gaikei=lambda: of_gaikei(env, nginx, ours_at),
            beside=lambda: of_gaikei(env, nginx, theirs_at),
            blackbox=lambda: of_blackbox(env, theirs_at))

    def part(name, quantity):
        return series[name].map(lambda errors: getattr(errors, quantity))

    lines = []
    for name in ("processing", "duration"):
        lines += [
            Line(NAME, f"error of reported {name} at 50 % CPU ({ours_at}/s), p50", "ms", part("gaikei", f"{name}50"),
                 judged="ours"),
            Line(NAME, f"error of reported {name} at 50 % CPU ({ours_at}/s), p99", "ms", part("gaikei", f"{name}99"),
                 judged="ours", bound=1e-3, aim=0.2e-3),
            Line(NAME, f"error of reported {name} at {theirs_at}/s, p99", "ms", part("beside", f"{name}99"),
                 part("blackbox", f"{name}99"), "blackbox_exporter", "ratio", aim=1),
        ]
    return [
        *lines,
        Line(NAME, f"share of its core that gaikei used at {ours_at}/s", "", part("gaikei", "load")),
        Line(NAME, f"share of the core at {theirs_at}/s", "", part("beside", "load"), part("blackbox", "load"),
             "blackbox_exporter"),
    ]
