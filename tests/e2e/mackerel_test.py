"""Mackerel gets the numbers of every minute, reports on a host of its own and annotations, and has nothing to object."""

import collections
import datetime
import glob
import json
import os
import random
import signal
import time
import unittest

from mackerel_server import KEY, MackerelServer
from support import DEADLINE, Case, Daemon, WebServer, free_port, wait_until


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def percentile(values, percent):
    """Nearest rank."""
    return sorted(values)[-(-len(values) * percent // 100) - 1]


def numbers(outcomes):
    """What Mackerel should have been told of them: {(name, time): value}, without the numbers over an hour."""
    cells = collections.defaultdict(list)
    for outcome in outcomes:
        over = instant(outcome["started_at"]) + outcome["duration"] if outcome.get("started_at") else \
            instant(outcome["scheduled_at"])
        cells[outcome["check"], outcome["region"], int(over // 60) * 60].append(outcome)
    points = {}
    for (check, region, minute), looks in cells.items():
        def add(name, value, stem="gaikei.%s.%s." % (check, region), minute=minute):
            points[stem + name, minute] = value

        kinds = collections.Counter("good" if o["status"] in ("pass", "warn") else
                                    "bad" if o["status"] == "fail" else "missing" for o in looks)
        for kind in ("good", "bad", "missing"):
            add("slots." + kind, kinds[kind])
        if kinds["good"] + kinds["bad"]:
            add("availability.minute", kinds["good"] / (kinds["good"] + kinds["bad"]))
        durations = [o["duration"] for o in looks if o["status"] != "unknown"]
        if durations:
            for percent in (50, 95, 99):
                add("duration.p%d" % percent, percentile(durations, percent))
            add("duration.max", max(durations))
            add("duration.mean", sum(durations) / len(durations))
    return points


class MackerelCase(Case):
    def config(self, mackerel, checks, more=""):
        return self.write("gaikei.toml", '[probe]\nlisten = "127.0.0.1:0"\nstate_dir = "state"\nregion = "tokyo"\n'
                          '[upstream.m]\ntype = "mackerel"\nendpoint = "%s"\napi_key = { env = "MACKEREL_API_KEY" }\n'
                          'service = "shop"\ncheck_reports = true\nannotations = true\n%s'
                          '[defaults]\nevery = "1s"\n%s' % (mackerel.url, more, checks))

    def assert_numbers(self, mackerel, outcomes):
        expected = numbers(outcomes)
        told = {key: value for key, value in mackerel.points.items() if not key[0].endswith("hour")}
        self.assertEqual(sorted(expected), sorted(told))
        for key, value in expected.items():
            # Outcomes are written with microseconds.
            self.assertAlmostEqual(told[key], value, delta=2e-6, msg=key)

    def assert_content(self, mackerel):
        self.assertEqual(mackerel.complaints, [])
        self.assertEqual((mackerel.ignored, mackerel.over_quota), (0, 0))

    def assert_no_key(self, *texts):
        for folder, _, names in os.walk(self.dir):
            for name in names:
                with open(os.path.join(folder, name), errors="replace") as file:
                    texts += (file.read(),)
        for text in texts:
            self.assertNotIn(KEY, text)


class Once(MackerelCase):
    def once(self, *args, expect=0):
        return self.gaikei("once", "-c", self.path("gaikei.toml"), *args, expect=expect,
                           env={"MACKEREL_API_KEY": KEY})

    def test_runs_add_up(self):
        mackerel = MackerelServer(self)
        target = WebServer(self)
        self.config(mackerel, '[check.home]\ntarget = "%s"\n[check.closed]\ntarget = "tcp://127.0.0.1:%d"\n' %
                    (target.url, free_port()))
        outcomes = []
        for _ in range(3):
            done = self.once(expect=1)
            outcomes += self.outcomes(done)
            self.assert_no_key(done.stdout, done.stderr)
        self.assert_numbers(mackerel, outcomes)
        self.assertEqual([host["name"] for host in mackerel.hosts.values()], ["gaikei-tokyo"])
        self.assertEqual([check["name"] for host in mackerel.hosts.values() for check in host["checks"]],
                         ["closed", "home"])
        statuses = {name: {r.status for r in mackerel.reports if r.name == name} for name in ("home", "closed")}
        self.assertEqual(statuses, {"home": {"OK"}, "closed": {"CRITICAL"}})
        self.assertIn("connect_refused", next(r.message for r in mackerel.reports if r.name == "closed"))
        self.assertEqual(mackerel.complaints, [])

    def test_what_is_kept_while_mackerel_is_down_arrives_later(self):
        mackerel = MackerelServer(self)
        target = WebServer(self)
        self.config(mackerel, '[check.home]\ntarget = "%s"\n' % target.url)
        mackerel.answer = lambda method, path: (503, "maintenance")
        outcomes = self.outcomes(self.once())
        self.assertEqual(mackerel.points, {})
        mackerel.answer = lambda method, path: None
        outcomes += self.outcomes(self.once())
        self.assert_numbers(mackerel, outcomes)
        self.assertEqual(mackerel.complaints, [])

    def test_a_missing_service_is_named(self):
        mackerel = MackerelServer(self, services=("other",))
        target = WebServer(self)
        self.config(mackerel, '[check.home]\ntarget = "%s"\n' % target.url)
        done = self.once()
        self.assertIn("there is no service 'shop' in that organization", done.stderr)
        self.assert_no_key(done.stdout, done.stderr)


class Run(MackerelCase):
    def setUp(self):
        super().setUp()
        # The clock of the program is ahead, so that a minute is soon over; the server's is, too.
        self.ahead = round(35 - time.time() % 60, 3) % 60
        self.mackerel = MackerelServer(self, ahead=self.ahead)
        self.is_down = False

        def answer(request):
            request.send_response(500 if self.is_down else 200)
            request.send_header("Content-Length", "0")
            request.end_headers()

        self.target = WebServer(self, answer)
        self.file = self.config(self.mackerel, '[check.home]\ntarget = "%s"\n'
                                '[check.closed]\ntarget = "tcp://127.0.0.1:%d"\n' % (self.target.url, free_port()),
                                '[upstream.file]\ntype = "jsonl"\npath = "samples.jsonl"\n')

    def daemon(self):
        # In place of the faketime command, which would stand between us and the daemon's signals.
        faketime, = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
        sanitizer = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        return Daemon(self, self.file, env={**os.environ, "MACKEREL_API_KEY": KEY, "ASAN_OPTIONS": sanitizer,
                                            "LD_PRELOAD": faketime, "FAKETIME": "+%.3fs" % self.ahead,
                                            "FAKETIME_DONT_FAKE_MONOTONIC": "1"})

    def wait_for_report(self, status):
        """Another one, from now on."""
        seen = len(self.mackerel.reports)
        wait_until(lambda: any(r.name == "home" and r.status == status for r in self.mackerel.reports[seen:]),
                   "home is reported " + status)

    def samples(self):
        """What was spooled, each once: a process that was killed may have written some twice."""
        with open(self.path("samples.jsonl")) as lines:
            outcomes = [json.loads(line) for line in lines]
        return list({(o["check"], o["scheduled_at"]): o for o in outcomes}.values())

    def test_a_daemon_posts_whole_minutes_and_nothing_that_mackerel_would_object_to(self):
        daemon = self.daemon()
        self.wait_for_report("OK")
        self.is_down = True
        self.wait_for_report("CRITICAL")
        self.is_down = False
        # When its minute is over: this one, or on a slow machine the next.
        wait_until(lambda: self.mackerel.annotations, "the outage is annotated", deadline=3 * DEADLINE)
        self.assertEqual(daemon.stop(), 0)
        self.assert_numbers(self.mackerel, self.samples())
        # One minute at least was posted when it was over, once.
        first = min(minute for _, minute in self.mackerel.points)
        self.assertEqual([len(values) for (name, minute), values in self.mackerel.writes.items()
                          if minute == first and ".slots." in name], [1] * 6)
        self.assertEqual([a["title"] for a in self.mackerel.annotations],
                         ["home failed from tokyo: expect_status"])
        self.assert_content(self.mackerel)
        self.assert_no_key(daemon.log())

    def test_a_daemon_that_was_killed_goes_on_in_its_minute(self):
        """While Mackerel is away every now and then, too."""
        chance = random.Random(5)
        self.mackerel.answer = lambda method, path: (503, "maintenance") if chance.random() < 0.2 else None
        for status in ("OK", "CRITICAL", "OK"):
            self.is_down = status == "CRITICAL"
            daemon = self.daemon()
            self.wait_for_report(status)
            daemon.stop(signal.SIGKILL)
        # What Mackerel was not there for is still in the spool.
        self.mackerel.answer = lambda method, path: None
        daemon = self.daemon()
        self.wait_for_report("OK")
        self.assertEqual(daemon.stop(), 0)
        self.assert_numbers(self.mackerel, self.samples())
        self.assertEqual(self.mackerel.complaints, [])
        self.assertEqual((len(self.mackerel.annotations), len(self.mackerel.hosts)), (1, 1))
        self.assert_no_key(daemon.log())


if __name__ == "__main__":
    unittest.main()
