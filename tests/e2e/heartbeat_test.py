"""Heartbeats: jobs report to `gaikei run`, silence is a failure, restarts invent nothing."""

import datetime
import json
import os
import signal
import subprocess
import time
import unittest

from support import Case, Daemon, WebServer, wait_until

CANARY = "canary-9f3a7c51"


class Heartbeats(Case):
    def setUp(self):
        super().setUp()
        self.write("token", CANARY + "\n")
        os.chmod(self.path("token"), 0o600)

    def config(self, checks, extra=""):
        return self.write("gaikei.toml", '[probe]\nlisten = "127.0.0.1:0"\nstate_dir = "state"\nregion = "tokyo"\n'
                          '[upstream.file]\ntype = "jsonl"\npath = "samples.jsonl"\n' + extra + checks)

    def heartbeat(self, name, every="24h", keys=""):
        return '[check.%s]\ntarget = "heartbeat:%s"\nevery = "%s"\n%s\n' % (name, name, every, keys)

    def guarded(self, name, every="24h", keys=""):
        return self.heartbeat(name, every, 'token = { file = "token" }\n' + keys)

    def samples(self, check=None):
        if not os.path.exists(self.path("samples.jsonl")):
            return []
        with open(self.path("samples.jsonl")) as lines:
            samples = [json.loads(line) for line in lines if line.endswith("\n")]
        return [s for s in samples if check in (None, s["check"])]

    def curl(self, daemon, path, *args, token=CANARY):
        """As a crontab would do it: (status, body)."""
        done = subprocess.run(["curl", "-sS", "-o", "-", "-w", "\n%{http_code}", "-X", "POST",
                               *(["-H", "Authorization: Bearer " + token] if token else []), *args,
                               "http://%s/heartbeat/%s" % (daemon.address, path)],
                              stdout=subprocess.PIPE, text=True, check=True, timeout=60)
        body, status = done.stdout.rsplit("\n", 1)
        return int(status), body

    def checks(self, daemon):
        return {c["check"]: c for c in daemon.json("/api/v1/checks")["checks"]}

    def assert_same_time(self, one, other):
        one, other = (datetime.datetime.fromisoformat(text.replace("Z", "+00:00")) for text in (one, other))
        self.assertLess(abs((one - other).total_seconds()), 0.01)

    def assert_no_canary(self, daemon):
        seen = daemon.log()
        for path in ("/metrics", "/api/v1/checks", "/api/v1/outcomes"):
            seen += daemon.get(path)
        for folder, _, names in os.walk(self.dir):
            for name in names:
                if name != "token":
                    with open(os.path.join(folder, name), errors="replace") as file:
                        seen += file.read()
        self.assertNotIn(CANARY, seen)

    def test_a_job_reports_what_became_of_it(self):
        daemon = Daemon(self, self.config(self.guarded("nightly", keys='expect = ["duration < 1m"]\n'
                                                       'labels = { team = "data" }\n')))
        self.assertEqual(self.curl(daemon, "nightly?duration=12.5s"), (200, '{"ok":true}\n'))
        self.assertEqual(self.curl(daemon, "nightly?status=fail&duration=3&message=disk%20full%0A")[0], 200)
        self.assertEqual(self.curl(daemon, "nightly", "-d", '{"status":"ok","duration":"2m","message":"slow"}')[0], 200)
        self.assertEqual(self.curl(daemon, "nightly", "--data-urlencode", "message=no duration")[0], 200)
        wait_until(lambda: len(self.samples()) == 4, "four outcomes")
        passed, failed, slow, silent = self.samples()
        self.assertEqual((passed["status"], passed["duration"]), ("pass", 12.5))
        self.assertEqual((passed["kind"], passed["target"], passed["region"]),
                         ("heartbeat", "heartbeat:nightly", "tokyo"))
        # It is over when the report comes, and not later.
        reported, started = (datetime.datetime.strptime(passed[key], "%Y-%m-%dT%H:%M:%S.%fZ")
                             for key in ("scheduled_at", "started_at"))
        self.assertEqual((reported - started).total_seconds(), 12.5)
        self.assertEqual(passed["heartbeat"]["status"], "ok")
        self.assertEqual(passed["heartbeat"]["every"], 86400)
        self.assertEqual(passed["heartbeat"]["grace"], 8640)
        self.assert_phases_add_up(passed)
        self.assertEqual((failed["status"], failed["reason"], failed["blame"]),
                         ("fail", "heartbeat_reported_failure", "target"))
        self.assertIn("disk full\\x0a", failed["message"].lower())
        self.assertEqual((slow["status"], slow["reason"]), ("fail", "expect_duration"))
        self.assertEqual(slow["heartbeat"]["message"], "slow")
        self.assertEqual((silent["status"], silent["reason"]), ("fail", "expect_duration"))
        metrics = daemon.get("/metrics")
        self.assertIn('probe_success{check="nightly",region="tokyo",kind="heartbeat"', metrics)
        self.assertIn('gaikei_outcomes_total{check="nightly",region="tokyo",kind="heartbeat",status="fail",'
                      'reason="heartbeat_reported_failure"} 1', metrics)
        last = [line for line in metrics.splitlines()
                if line.startswith('gaikei_heartbeat_last_timestamp_seconds{check="nightly",region="tokyo"}')]
        self.assertLess(abs(float(last[0].split()[-1]) - time.time()), 3600)
        listed = self.checks(daemon)["nightly"]
        self.assertEqual((listed["every"], listed["grace"], listed["labels"]), (86400, 8640, {"team": "data"}))
        self.assertEqual(listed["last_at"], silent["scheduled_at"])
        wait_until(lambda: len(daemon.json("/api/v1/outcomes?check=nightly&status=fail")["outcomes"]) == 3,
                   "the history has them")
        self.assert_no_canary(daemon)
        self.assertEqual(daemon.stop(), 0)

    def test_who_does_not_know_the_token_learns_nothing_and_changes_nothing(self):
        daemon = Daemon(self, self.config(self.guarded("nightly") + self.heartbeat("open")))
        wrong = self.curl(daemon, "nightly", token="wrong")
        self.assertEqual(wrong[0], 401)
        for path, token in (("nightly", None), ("nightly", CANARY + "x"), ("nightly", CANARY[:-1]), ("none", "wrong"),
                            ("none", CANARY), ("none", None)):
            self.assertEqual(self.curl(daemon, path, token=token), wrong, (path, token))
        # A token in the query would stand in the logs of everybody on the way.
        self.assertEqual(self.curl(daemon, "nightly?token=" + CANARY, token=None)[0], 400)
        self.assertEqual(self.curl(daemon, "open", token=None)[0], 200)
        status, headers, _ = daemon.request("/heartbeat/nightly", "POST")
        self.assertEqual((status, headers["WWW-Authenticate"]), (401, "Bearer"))
        for method in ("GET", "HEAD", "PUT", "DELETE"):
            status, headers, _ = daemon.request("/heartbeat/nightly", method,
                                                {"Authorization": "Bearer " + CANARY})
            self.assertEqual((status, headers["Allow"]), (405, "POST"), method)
        for path in ("nightly?status=maybe", "none?status=maybe", "nightly?duration=-1", "nightly?x=1"):
            self.assertEqual(self.curl(daemon, path)[0], 400, path)
        self.assertEqual(self.curl(daemon, "nightly", "-d", "x" * 70000)[0], 413)
        self.assertEqual(self.curl(daemon, "a/b")[0], 404)
        self.assertEqual(daemon.request("/heartbeat/open", "POST", {"Host": "evil.example"})[0], 421)
        wait_until(lambda: self.samples("open"), "the outcome of the only report")
        self.assertEqual(self.samples("nightly"), [])
        self.assertNotIn("last_at", self.checks(daemon)["nightly"])
        self.assert_no_canary(daemon)
        self.assertEqual(daemon.stop(), 0)

    def test_unknown_names_are_unknown_where_nothing_is_secret(self):
        daemon = Daemon(self, self.config(self.heartbeat("open")))
        self.assertEqual(self.curl(daemon, "none", token=None)[0], 404)

    def test_silence_is_a_failure_each_time_a_report_was_expected(self):
        daemon = Daemon(self, self.config(self.heartbeat("quick", "1s", 'grace = "0s"\n')))
        wait_until(lambda: len(self.samples()) >= 3, "three misses")
        self.assertEqual({s["reason"] for s in self.samples()}, {"heartbeat_missed"})
        self.assertIn("no report was ever heard; expected every 1s, grace 0", self.samples()[0]["message"])
        self.assertEqual(self.curl(daemon, "quick", token=None)[0], 200)
        wait_until(lambda: self.samples()[-1]["status"] == "fail" and any(s["status"] == "pass" for s in self.samples()),
                   "it is missed again")
        samples = self.samples()
        passed = [i for i, s in enumerate(samples) if s["status"] == "pass"]
        self.assertEqual(len(passed), 1)
        late = samples[passed[0] + 1]
        self.assertAlmostEqual(late["heartbeat"]["age"], 1, delta=0.001)
        self.assertEqual(late["heartbeat"]["last_at"], samples[passed[0]]["scheduled_at"])
        self.assertEqual(daemon.stop(), 0)

    def test_a_killed_prober_remembers_and_invents_no_miss(self):
        config = self.config(self.heartbeat("slow", "1h") + self.heartbeat("quick", "3s", 'grace = "2s"\n'))
        first = Daemon(self, config)
        self.assertEqual(self.curl(first, "slow?duration=7", token=None)[0], 200)
        self.assertEqual(self.curl(first, "quick", token=None)[0], 200)
        # Written before the answer: a kill at this moment loses nothing of it.
        first.stop(signal.SIGKILL)
        before = self.reported(config)
        killed = time.monotonic()
        wait_until(lambda: time.monotonic() - killed > 5.5, "the quick one is late while nobody listens")
        second = Daemon(self, config)
        after = self.checks(second)
        self.assertEqual(after["slow"]["last_at"], before["slow"]["last_at"])
        self.assert_same_time(after["slow"]["late_at"], before["slow"]["late_at"])
        self.assertEqual(self.curl(second, "quick", token=None)[0], 200)
        wait_until(lambda: len(self.samples("quick")) >= 2, "a miss after silence of its own")
        kinds = [s.get("reason", "") for s in self.samples("quick")]
        self.assertEqual(kinds[:2], ["", "heartbeat_missed"])
        self.assertAlmostEqual(self.samples("quick")[1]["heartbeat"]["age"], 5, delta=0.01)
        self.assertEqual(second.stop(), 0)

    def reported(self, config):
        """What a prober that is started for it says of the heartbeats; its samples are thrown away."""
        other = Daemon(self, config)
        checks = self.checks(other)
        other.stop(signal.SIGKILL)
        open(self.path("samples.jsonl"), "w").close()
        return checks

    def test_a_reload_keeps_what_is_known(self):
        daemon = Daemon(self, self.config(self.guarded("stays") + self.heartbeat("goes") + self.heartbeat("changes")))
        for name in ("stays", "goes", "changes"):
            self.assertEqual(self.curl(daemon, name)[0], 200)
        before = self.checks(daemon)
        self.config(self.guarded("stays") + self.heartbeat("comes") + self.heartbeat("changes", "12h"))
        self.assertEqual(daemon.request("/-/reload", "POST")[0], 200)
        after = self.checks(daemon)
        self.assertEqual(set(after), {"stays", "comes", "changes"})
        self.assert_same_time(after["stays"].pop("late_at"), before["stays"].pop("late_at"))
        self.assertEqual(after["stays"], before["stays"])
        self.assertEqual(after["changes"]["last_at"], before["changes"]["last_at"])
        self.assertNotEqual(after["changes"]["late_at"], before["changes"]["late_at"])
        self.assertNotIn("last_at", after["comes"])
        self.assertEqual(self.curl(daemon, "goes")[0], 401)
        self.assertEqual(self.curl(daemon, "comes")[0], 200)
        self.assertNotIn('check="goes"', daemon.get("/metrics"))
        self.assertEqual(daemon.stop(), 0)

    def test_only_the_daemon_hears(self):
        server = WebServer(self)
        config = self.config(self.heartbeat("nightly") + '[check.home]\ntarget = "%s"\n' % server.url)
        done = self.gaikei("once", "-c", config, "-o", "json", expect=0)
        self.assertEqual(self.outcome(done)["check"], "home")
        self.assertEqual(done.stderr.count("1 heartbeat left out"), 1)
        done = self.gaikei("validate", "-c", config, expect=0)
        self.assertIn("1 heartbeat", done.stdout)
        done = self.gaikei("check", "heartbeat:nightly", expect=2)
        self.assertIn("a heartbeat cannot be looked at", done.stderr)
        self.assertEqual(done.stdout, "")


if __name__ == "__main__":
    unittest.main()
