"""What becomes of samples while upstreams fail in every way: seen by a collector that counts exactly."""

import contextlib
import itertools
import os
import re
import ssl
import time
import unittest

from collector import Collector, Point
from support import Authority, Case, Daemon, WebServer, wait_until


def metrics(text):
    """Samples of an exposition as {name: {labels: value}}."""
    found = {}
    for line in text.splitlines():
        match = re.fullmatch(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)", line)
        if match:
            labels = tuple(sorted(re.findall(r'(\w+)="([^"]*)"', match[2] or "")))
            found.setdefault(match[1], {})[labels] = float(match[3])
    return found


def account(text, upstream):
    """The account of one upstream, as /metrics tells it."""
    found = metrics(text)

    def value(name, **labels):
        wanted = {"upstream": upstream, **labels}
        return sum(v for k, v in found.get(name, {}).items() if all(dict(k).get(a) == b for a, b in wanted.items()))

    return {"produced": value("gaikei_upstream_produced_total"),
            "sent": value("gaikei_upstream_samples_total", result="sent"),
            "rejected": value("gaikei_upstream_samples_total", result="rejected"),
            "dropped": value("gaikei_upstream_samples_total", result="dropped"),
            "spooled": value("gaikei_spool_samples")}


class UpstreamCase(Case):
    def setUp(self):
        super().setUp()
        self.target = WebServer(self)

    def config(self, upstreams, state=True, every="1s", checks=1, name="gaikei.toml", more=""):
        text = "[probe]\nlisten = \"127.0.0.1:0\"\n"
        if state:
            text += "state_dir = \"%s\"\n" % self.path("state")
        text += more + "[defaults]\nevery = \"%s\"\n" % every
        for number in range(checks):
            text += "[check.c%d]\ntarget = \"%s\"\n" % (number, self.target.url)
        return self.write(name, text + upstreams)

    @staticmethod
    def otlp(collector, name="otel", more=""):
        return ("[upstream.%s]\ntype = \"otlp\"\nprotocol = \"http/json\"\nendpoint = \"%s\"\nevery = \"1s\"\n%s\n" %
                (name, collector.url, more))

    def assert_equation(self, daemon, upstream="otel"):
        told = account(daemon.get("/metrics"), upstream)
        self.assertEqual(told["produced"], told["sent"] + told["rejected"] + told["dropped"] + told["spooled"], told)
        return told

    def assert_order(self, collector):
        """Of every series times grow and counters do not fall; what is sent once more is the same as before."""
        for series, points in collector.series().items():
            first_of = {(point.start, point.time): point.value for point in reversed(points)}
            for point in points:
                self.assertEqual(first_of[point.start, point.time], point.value, series)
            for before, after in itertools.pairwise(dict.fromkeys(point[2:] for point in points)):
                before, after = Point(None, None, *before), Point(None, None, *after)
                self.assertLess(before.time, after.time, series)
                if before.start == after.start:
                    self.assertLessEqual(before.value, after.value, series)


class OutageTest(UpstreamCase):
    def test_an_outage_costs_nothing_and_the_equation_always_holds(self):
        collector = Collector(self)
        down = lambda number: (503, {}, "")
        collector.answer = down
        daemon = Daemon(self, self.config(self.otlp(collector), checks=3))
        wait_until(lambda: self.assert_equation(daemon)["spooled"] >= 12, "samples wait")
        self.assertEqual(self.assert_equation(daemon)["sent"], 0)
        collector.answer = lambda number: None
        wait_until(lambda: self.assert_equation(daemon)["sent"] >= 15, "the backlog is worked off")
        self.assertEqual(daemon.stop(), 0)
        self.assert_order(collector)
        listed = self.gaikei("spool", "status", "-o", "json", "-c", self.path("gaikei.toml"), expect=0)
        self.assertIn('"otel"', listed.stdout)
        self.assertEqual(len({(p.attributes["gaikei.check"]) for p in collector.points()}), 3)

    def test_counters_go_on_after_a_restart(self):
        collector = Collector(self)
        config = self.config(self.otlp(collector))
        for _ in range(3):
            before = collector.total()
            daemon = Daemon(self, config)
            wait_until(lambda: collector.total() >= before + 2, "samples come")
            self.assertEqual(daemon.stop(), 0)
        self.assert_order(collector)
        self.assertEqual(len({point.start for point in collector.points()}), 1)

    def test_one_dead_upstream_of_three_delays_nobody(self):
        collector, dead = Collector(self), Collector(self)
        dead.answer = lambda number: "silence"
        daemon = Daemon(
            self,
            self.config(
                self.otlp(collector) + self.otlp(dead, "dead", "timeout = \"2s\"") +
                "[upstream.file]\ntype = \"jsonl\"\npath = \"%s\"\n" % self.path("samples.jsonl")))
        wait_until(lambda: collector.total() >= 8, "the living upstream gets samples")
        wait_until(lambda: self.assert_equation(daemon, "file")["sent"] >= 8, "the file gets lines")
        self.assertEqual(self.assert_equation(daemon, "dead")["sent"], 0)
        self.assertGreaterEqual(self.assert_equation(daemon, "dead")["spooled"], 8)
        # One request in flight at a time.
        self.assertLessEqual(dead.count(), 8)
        daemon.stop()

    def test_an_answer_lost_after_the_commit_is_sent_again_as_it_was(self):
        collector = Collector(self)
        collector.answer = lambda number: "close" if number == 0 else None
        daemon = Daemon(self, self.config(self.otlp(collector)))
        wait_until(lambda: collector.count() >= 3, "it is sent again")
        daemon.stop()
        points = collector.points()
        again = [point for point in points[1:] if point.time == points[0].time]
        self.assertEqual(again[0], points[0])
        self.assert_order(collector)

    def test_a_server_that_drips_is_given_up(self):
        collector = Collector(self)
        collector.answer = lambda number: "drip" if number == 0 else None
        daemon = Daemon(self, self.config(self.otlp(collector, more="timeout = \"1s\"")))
        wait_until(lambda: collector.total() >= 3, "the next try is taken")
        self.assertIn("upstream otel", daemon.log())
        daemon.stop()

    def test_refused_credentials_keep_everything_until_a_reload_brings_the_right_ones(self):
        collector = Collector(self)
        right = "Bearer right-token-canary"
        collector.answer = lambda number: None

        def handle(request, plain=collector.handle):
            if request.headers.get("Authorization") != right:
                request.rfile.read(int(request.headers["Content-Length"]))
                request.send_response(401)
                request.send_header("Content-Length", "0")
                request.end_headers()
                return
            plain(request)

        guarded = WebServer(self, handle)
        collector.url = guarded.url.rstrip("/")
        token = self.write("token", "wrong-token-canary")
        os.chmod(token, 0o600)
        daemon = Daemon(
            self, self.config(self.otlp(collector, more="auth = { bearer = { file = \"%s\" } }" % token)))
        wait_until(lambda: self.assert_equation(daemon)["spooled"] >= 5, "samples are kept")
        self.assertEqual(self.assert_equation(daemon)["dropped"], 0)
        self.write("token", "right-token-canary")
        self.assertEqual(daemon.request("/-/reload", "POST")[0], 200)
        wait_until(lambda: self.assert_equation(daemon)["sent"] >= 5, "they are delivered")
        # What is counted since the start goes on over a reload.
        self.assertRegex(daemon.get("/metrics"),
                         r'(?m)^gaikei_upstream_deliveries_total\{[^}]*result="forbidden"[^}]*\} [1-9]')
        daemon.stop()
        self.assertIn("401", daemon.log())
        self.assertNotIn("canary", daemon.log())

    def test_statuses_that_are_for_good_are_counted_as_rejected(self):
        collector = Collector(self)
        collector.answer = lambda number: (400, {}, '{"code":3,"message":"no \\u001b[31mgood"}')
        daemon = Daemon(self, self.config(self.otlp(collector)))
        wait_until(lambda: self.assert_equation(daemon)["rejected"] >= 2, "samples are given up")
        daemon.stop()
        self.assertIn("check c0, region local", daemon.log())
        self.assertNotIn("\x1b", daemon.log())

    def test_a_partial_success_is_not_sent_again(self):
        collector = Collector(self)
        partial = '{"partialSuccess":{"rejectedDataPoints":"1","errorMessage":"one too many"}}'
        collector.answer = lambda number: (200, {}, partial)
        daemon = Daemon(self, self.config(self.otlp(collector)))
        wait_until(lambda: self.assert_equation(daemon)["rejected"] >= 2, "rejected ones are counted")
        times = [point.time for point in collector.points(every=True) if point.attributes["gaikei.status"] == "pass"]
        self.assertEqual(len(times), len(set(times)))
        daemon.stop()
        self.assertIn("one too many", daemon.log())

    def test_it_waits_as_long_as_it_is_asked_to(self):
        collector = Collector(self)
        seen = []

        def answer(number):
            seen.append(time.monotonic())
            return (429, {"Retry-After": "3"}, "") if number == 0 else None

        collector.answer = answer
        daemon = Daemon(self, self.config(self.otlp(collector)))
        wait_until(lambda: len(seen) >= 2, "it comes again")
        self.assertGreaterEqual(seen[1] - seen[0], 3)
        daemon.stop()

    def test_a_certificate_that_expired_keeps_the_samples_and_is_named(self):
        authority = Authority(self)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*authority.leaf("old", end="20240101000000Z"))
        collector = Collector(self, context=context)
        daemon = Daemon(self, self.config(self.otlp(collector, more="cacert = \"%s\"" % authority.file)))
        wait_until(lambda: "expired" in daemon.log(), "the reason is logged")
        self.assertGreater(self.assert_equation(daemon)["spooled"], 0)
        self.assertEqual(self.assert_equation(daemon)["dropped"], 0)
        daemon.stop()

    def test_a_server_that_speaks_no_http_2_is_named_and_held_up(self):
        authority = Authority(self)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*authority.leaf("good"))
        context.set_alpn_protocols(["http/1.1"])
        plain, secure = Collector(self), Collector(self, context=context)
        more = "protocol = \"grpc\"\n"
        text = "".join(
            "[upstream.%s]\ntype = \"otlp\"\nendpoint = \"%s\"\nevery = \"1s\"\n%s" % row for row in (
                ("plain", plain.url, more), ("secure", secure.url, more + "cacert = \"%s\"\n" % authority.file)))
        daemon = Daemon(self, self.config(text))
        forbidden = re.compile(
            r'^gaikei_upstream_deliveries_total\{[^}]*result="forbidden"[^}]*\} ([1-9])', re.M)
        wait_until(lambda: len(forbidden.findall(daemon.get("/metrics"))) == 2, "both are held up")
        for name in ("plain", "secure"):
            self.assertEqual(self.assert_equation(daemon, name)["dropped"], 0)
            wait_until(lambda: self.assert_equation(daemon, name)["spooled"] >= 3, "samples are kept")
        daemon.stop()
        log = daemon.log()
        self.assertIn("upstream secure: the server does not speak HTTP/2: by ALPN it chose http/1.1", log)
        self.assertIn("upstream plain: the server does not speak HTTP/2 without TLS: it answered", log)
        self.assertEqual((plain.total(), secure.total()), (0, 0))

    def test_a_name_that_is_gone_keeps_the_samples(self):
        collector = Collector(self)
        collector.url = "http://gone.invalid:4318"
        daemon = Daemon(self, self.config(self.otlp(collector)))
        wait_until(lambda: "gone.invalid" in daemon.log(), "the reason is logged")
        self.assertEqual(self.assert_equation(daemon)["dropped"], 0)
        daemon.stop()


class OnceTest(UpstreamCase):
    def test_what_is_not_delivered_waits_for_the_next_run(self):
        collector = Collector(self)
        config = self.config(self.otlp(collector), checks=2)
        collector.answer = lambda number: (503, {}, "")
        for _ in range(3):
            done = self.gaikei("once", "-c", config, expect=0)
            self.assertIn("kept for the next run", done.stderr)
        collector.answer = lambda number: None
        self.gaikei("once", "-c", config, expect=0)
        self.assertEqual(collector.total(), 8)
        self.assert_order(collector)

    def test_counters_add_up_over_runs(self):
        collector = Collector(self)
        config = self.config(self.otlp(collector))
        for run in range(1, 5):
            self.gaikei("once", "-c", config, expect=0)
            self.assertEqual(collector.total(), run)
        self.assertEqual(len({point.start for point in collector.points()}), 1)

    def test_without_a_disk_it_says_what_is_lost(self):
        collector = Collector(self)
        config = self.config(self.otlp(collector), state=False)
        done = self.gaikei("once", "-c", config, expect=0)
        self.assertIn("counters begin at zero in every run", done.stderr)
        collector.answer = lambda number: (503, {}, "")
        done = self.gaikei("once", "-c", config, "--deadline", "3s", expect=4)
        self.assertIn("1 sample could be neither delivered nor kept", done.stderr)

    def test_the_deadline_holds_whatever_the_upstream_does(self):
        collector = Collector(self)
        collector.answer = lambda number: "silence"
        for state, status in ((True, 0), (False, 4)):
            config = self.config(self.otlp(collector), state=state)
            began = time.monotonic()
            self.gaikei("once", "-c", config, "--deadline", "4s", expect=status)
            self.assertLess(time.monotonic() - began, 6)

    def test_a_failing_check_counts_more_than_an_upstream_that_is_down(self):
        collector = Collector(self)
        collector.answer = lambda number: (503, {}, "")
        self.target.close()
        config = self.config(self.otlp(collector))
        self.gaikei("once", "-c", config, expect=1)


class DiskTest(UpstreamCase):
    """A state directory on a file system that fills up. Its own mount namespace, hence root."""

    def test_a_full_disk_stops_nothing_and_is_recovered_from(self):
        collector = Collector(self)
        collector.answer = lambda number: (503, {}, "")
        state = self.path("state")
        os.mkdir(state)
        config = self.config(self.otlp(collector))
        script = "mount -t tmpfs -o size=1m tmpfs %s && exec \"$@\"" % state
        daemon = Daemon(self, config, prefix=["unshare", "-m", "sh", "-c", script, "sh"])
        wait_until(lambda: self.assert_equation(daemon)["spooled"] >= 2, "samples wait")
        inside = "/proc/%d/root%s/ballast" % (daemon.process.pid, state)
        with contextlib.suppress(OSError), open(inside, "wb", buffering=0) as ballast:
            while True:
                ballast.write(b"x" * 1024)
        wait_until(lambda: "spool" in daemon.log(), "the full disk is noticed")
        before = self.assert_equation(daemon)["produced"]
        wait_until(lambda: self.assert_equation(daemon)["produced"] >= before + 3, "probing goes on")
        collector.answer = lambda number: None
        wait_until(lambda: self.assert_equation(daemon)["sent"] >= before, "samples leave all the same")
        os.unlink(inside)
        collector.answer = lambda number: (503, {}, "")
        wait_until(lambda: self.assert_equation(daemon)["spooled"] >= 3, "samples wait again")
        self.assertEqual(daemon.stop(), 0)
        self.assert_order(collector)


if __name__ == "__main__":
    unittest.main()
