"""`gaikei run`: slots, restarts, reloads, signals."""

import collections
import datetime
import json
import os
import re
import signal
import threading
import unittest

from support import Case, Daemon, WebServer, wait_until


def seconds(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(
        tzinfo=datetime.timezone.utc).timestamp()


class Running(Case):
    def config(self, checks, every="1s", extra=""):
        text = '[probe]\nlisten = "127.0.0.1:0"\nstate_dir = "state"\n[defaults]\nevery = "%s"\n%s' % (every, extra)
        text += "".join('[check.%s]\ntarget = "%s"\n' % check for check in checks)
        return self.write("gaikei.toml", text)

    def samples(self):
        if not os.path.exists(self.path("samples.jsonl")):
            return []  # it is made for the first line
        with open(self.path("samples.jsonl")) as lines:
            return [json.loads(line) for line in lines if line.endswith("\n")]

    def assert_no_slot_is_missing_or_double(self, samples, every=1.0):
        slots = collections.defaultdict(list)
        for sample in samples:
            slots[sample["check"], sample["region"]].append(seconds(sample["scheduled_at"]))
        for key, times in slots.items():
            times.sort()
            for before, after in zip(times, times[1:]):
                self.assertAlmostEqual(after - before, every, delta=0.001, msg=str(key))
        return slots

    def test_every_slot_of_many_checks_has_its_outcome(self):
        server = WebServer(self)
        config = self.config([("c%d" % i, server.url) for i in range(100)],
                             extra='[upstream.file]\ntype = "jsonl"\npath = "samples.jsonl"\n')
        daemon = Daemon(self, config)
        wait_until(lambda: os.path.exists(self.path("samples.jsonl")) and len(self.samples()) >= 600,
                   "six slots of each check")
        self.assertEqual(daemon.stop(), 0)
        slots = self.assert_no_slot_is_missing_or_double(self.samples())
        self.assertEqual(len(slots), 100)

    def test_history_and_counters_survive_a_kill(self):
        server = WebServer(self)
        config = self.config([("home", server.url)], every="200ms")

        def total(daemon):
            return sum(float(line.rsplit(" ", 1)[1]) for line in daemon.get("/metrics").splitlines()
                       if line.startswith("gaikei_outcomes_total{"))

        first = Daemon(self, config)
        wait_until(lambda: total(first) >= 10, "ten outcomes")
        # What is committed is what a restart must find: at least what the API shows twice half a second apart.
        oldest = first.json("/api/v1/outcomes?limit=1000")["outcomes"][-1]["scheduled_at"]
        wait_until(lambda: total(first) >= 15, "a commit later")
        first.stop(signal.SIGKILL)
        second = Daemon(self, config)
        wait_until(lambda: total(second) > 0, "an outcome after the restart")
        self.assertGreaterEqual(total(second), 10)
        kept = second.json("/api/v1/outcomes?limit=1000")["outcomes"]
        self.assertEqual(kept[-1]["scheduled_at"], oldest)
        self.assertEqual(second.stop(), 0)

    def test_a_second_process_on_the_same_state_is_refused(self):
        server = WebServer(self)
        config = self.config([("home", server.url)])
        daemon = Daemon(self, config)
        done = self.gaikei("run", "-c", config, expect=2)
        self.assertIn(str(daemon.process.pid), done.stderr)

    def test_a_broken_file_changes_nothing_and_is_reported(self):
        server = WebServer(self)
        config = self.config([("home", server.url)])
        daemon = Daemon(self, config)
        before = daemon.json("/api/v1/checks")["checks"]
        self.assertIn("gaikei_config_last_reload_successful 1", daemon.get("/metrics"))
        self.write("gaikei.toml", "[check.home]\ntarget = 5\n")
        daemon.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "gaikei_config_last_reload_successful 0" in daemon.get("/metrics"), "the reload fails")
        self.assertIn("gaikei.toml:2:", daemon.log())
        status, _, body = daemon.request("/-/reload", "POST")
        self.assertEqual(status, 500)
        self.assertIn("gaikei.toml:2:", body)
        after = daemon.json("/api/v1/checks")["checks"]
        self.assertEqual([c["phase"] for c in after], [c["phase"] for c in before])

    def test_a_reload_adds_and_removes_and_leaves_the_rest_alone(self):
        server = WebServer(self)
        upstream = '[upstream.file]\ntype = "jsonl"\npath = "samples.jsonl"\n'
        config = self.config([("stays", server.url), ("goes", server.url)], every="250ms", extra=upstream)
        daemon = Daemon(self, config)
        wait_until(lambda: len(self.samples()) >= 8, "some samples")
        self.config([("stays", server.url), ("comes", server.url)], every="250ms", extra=upstream)
        status, _, body = daemon.request("/-/reload", "POST")
        self.assertEqual((status, body), (200, "reloaded\n"))
        wait_until(lambda: sum(s["check"] == "comes" for s in self.samples()) >= 4, "samples of the new check")
        self.assertEqual({c["check"] for c in daemon.json("/api/v1/checks")["checks"]}, {"stays", "comes"})
        self.assertEqual(daemon.stop(), 0)
        self.assert_no_slot_is_missing_or_double(self.samples(), 0.25)

    def test_an_attempt_in_flight_does_not_bring_a_removed_check_back(self):
        asked, released = threading.Event(), threading.Event()
        self.addCleanup(released.set)

        def handle(request):
            asked.set()
            released.wait(60)
            request.send_response(200)
            request.send_header("Content-Length", "0")
            request.end_headers()

        server, slow = WebServer(self), WebServer(self, handle)
        upstream = 'timeout = "60s"\n[upstream.file]\ntype = "jsonl"\npath = "samples.jsonl"\n'
        config = self.config([("stays", server.url), ("gone", slow.url)], every="250ms", extra=upstream)
        daemon = Daemon(self, config)
        self.assertTrue(asked.wait(60))
        self.config([("stays", server.url)], every="250ms", extra=upstream)
        self.assertEqual(daemon.request("/-/reload", "POST")[0], 200)
        released.set()
        # What the file has, the metrics have seen.
        wait_until(lambda: any(s["check"] == "gone" for s in self.samples()), "its outcome has come")
        text = daemon.get("/metrics")
        self.assertIn('check="stays"', text)
        self.assertNotIn('check="gone"', text)
        # It counts on where it comes back.
        late = sum(s["check"] == "gone" for s in self.samples())
        self.config([("stays", server.url), ("gone", slow.url)], every="250ms", extra=upstream)
        self.assertEqual(daemon.request("/-/reload", "POST")[0], 200)
        counted = re.compile(r'^gaikei_outcomes_total\{.*check="gone".*status="pass".*\} (\d+)', re.M)
        wait_until(lambda: counted.search(daemon.get("/metrics")), "it is there again")
        self.assertGreater(int(counted.search(daemon.get("/metrics"))[1]), late)
        self.assertEqual(daemon.stop(), 0)

    def test_sigterm_finishes_what_is_in_flight(self):
        release = threading.Event()

        def handle(request):
            release.wait(30)
            request.send_response(200)
            request.send_header("Content-Length", "0")
            request.end_headers()

        server = WebServer(self, handle)
        config = self.config([("slow", server.url)], every="300ms",
                             extra='[upstream.file]\ntype = "jsonl"\npath = "samples.jsonl"\n')
        daemon = Daemon(self, config)
        wait_until(lambda: "gaikei_in_flight 0" not in daemon.get("/metrics"), "an attempt is in flight")
        daemon.process.send_signal(signal.SIGTERM)
        wait_until(lambda: "stopping" in daemon.log(), "it is stopping")
        release.set()
        self.assertEqual(daemon.process.wait(60), 0)
        self.assertIn("pass", {s["status"] for s in self.samples()})
        self.assert_no_slot_is_missing_or_double(self.samples(), 0.3)

    def test_the_api_filters_and_refuses(self):
        server = WebServer(self)
        config = self.config([("home", server.url), ("bad", server.url + "?")], every="200ms",
                             extra='[check.missing]\ntarget = "%s"\nexpect = ["status == 404"]\n' % server.url)
        daemon = Daemon(self, config)
        wait_until(lambda: daemon.json("/api/v1/outcomes?check=missing&status=fail")["outcomes"], "a failure")
        failures = daemon.json("/api/v1/outcomes?status=fail&limit=5")["outcomes"]
        self.assertEqual({o["check"] for o in failures}, {"missing"})
        self.assertEqual({o["reason"] for o in failures}, {"expect_status"})
        self.assertEqual(daemon.json("/api/v1/outcomes?since=2100-01-01T00:00:00Z")["outcomes"], [])
        self.assertEqual(daemon.get("/healthz"), "ok\n")
        self.assertEqual(daemon.get("/readyz"), "ready\n")
        for path, method, status in (("/nothing", "GET", 404), ("/-/reload", "GET", 405), ("/metrics", "POST", 405),
                                     ("/api/v1/outcomes?limit=x", "GET", 400),
                                     ("/api/v1/outcomes?status=bad", "GET", 400)):
            self.assertEqual(daemon.request(path, method)[0], status, path)
        self.assertEqual(daemon.request("/metrics", headers={"Host": "evil.example"})[0], 421)


if __name__ == "__main__":
    unittest.main()
