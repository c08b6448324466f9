"""`gaikei run` when there is not room for everything: fairness, limits, and a prober short of something."""

import collections
import json
import os
import resource
import signal
import socket
import subprocess
import threading
import time
import unittest

from support import Case, Daemon, Namespace, WebServer, wait_until


class Crowd:
    """A web server that counts how many requests it holds at once; each is answered after `hold` seconds."""

    def __init__(self, case, hold):
        self.lock = threading.Lock()
        self.now = self.most = self.served = 0
        self.starts = []

        def answer(request):
            with self.lock:
                self.now += 1
                self.most = max(self.most, self.now)
                self.starts.append(time.monotonic())
            threading.Event().wait(hold)  # what is tested: requests that overlap
            with self.lock:
                self.now -= 1
                self.served += 1
            request.send_response(200)
            request.send_header("Content-Length", "0")
            request.end_headers()

        self.server = WebServer(case, answer)
        self.url = self.server.url


class Room(Case):
    """What tests of a prober without room share."""

    def config(self, checks, probe="", every="1s", timeout="10s"):
        text = '[probe]\nlisten = "127.0.0.1:0"\n%s\n[defaults]\nevery = "%s"\ntimeout = "%s"\n' % (probe, every, timeout)
        text += "".join('[check.%s]\ntarget = "%s"\n%s\n' % check for check in checks)
        text += '[upstream.file]\ntype = "jsonl"\npath = "samples.jsonl"\n'
        return self.write("gaikei.toml", text)

    def samples(self):
        if not os.path.exists(self.path("samples.jsonl")):
            return []
        with open(self.path("samples.jsonl")) as lines:
            return [json.loads(line) for line in lines if line.endswith("\n")]

    def metric(self, daemon, name):
        values = [float(line.rsplit(" ", 1)[1]) for line in daemon.get("/metrics").splitlines()
                  if line.startswith(name + " ") or line.startswith(name + "{")]
        return sum(values)

    def assert_every_slot_once(self, samples):
        seen = collections.Counter((s["check"], s["scheduled_at"]) for s in samples)
        self.assertEqual([slot for slot, count in seen.items() if count != 1], [])


class Load(Room):
    def test_a_host_is_asked_by_no_more_than_it_may_over_all_loops(self):
        crowd = Crowd(self, 0.05)
        config = self.config([("c%d" % i, crowd.url + str(i), "") for i in range(40)],
                             'threads = 4\nmax_in_flight_per_host = 3')
        daemon = Daemon(self, config)
        wait_until(lambda: crowd.served >= 120, "three rounds")
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(crowd.most, 3)
        self.assert_every_slot_once(self.samples())
        self.assertEqual({s["status"] for s in self.samples() if s.get("reason") != "prober_skipped"}, {"pass"})

    def test_a_host_is_asked_no_more_often_than_it_may(self):
        crowd = Crowd(self, 0)
        config = self.config([("c%d" % i, crowd.url + str(i), "") for i in range(30)],
                             'threads = 2\nmax_rate_per_host = 20')
        daemon = Daemon(self, config)
        wait_until(lambda: len(crowd.starts) >= 61, "three seconds' worth")
        daemon.stop()
        # Sixty distances of 50 ms; a loaded machine lets some requests arrive late, none early.
        self.assertGreater(crowd.starts[60] - crowd.starts[0], 2.8)
        skipped = [s for s in self.samples() if s["status"] == "unknown"]
        self.assertTrue(skipped)
        for sample in skipped:
            if "stopping" not in sample["message"]:
                self.assertIn("max_rate_per_host", sample["message"])

    def test_once_keeps_to_the_limit_of_a_kind(self):
        crowd = Crowd(self, 0.05)
        self.config([("c%d" % i, crowd.url + str(i), "") for i in range(12)], "max_in_flight_per_kind = { http = 2 }")
        self.gaikei("once", expect=0)
        self.assertEqual((crowd.most, crowd.served), (2, 12))

    def test_targets_that_never_answer_do_not_hold_up_those_that_do(self):
        with socket.socket() as hole:
            hole.bind(("127.0.0.1", 0))
            hole.listen(1024)  # connections are made, and nobody ever speaks
            server = WebServer(self)
            url = "http://127.0.0.1:%d/" % hole.getsockname()[1]
            checks = [("hole%d" % i, url, 'timeout = "3s"') for i in range(60)]
            checks += [("good%d" % i, server.url, 'every = "500ms"') for i in range(4)]
            daemon = Daemon(self, self.config(checks, "threads = 1\nmax_in_flight = 40"))
            wait_until(lambda: sum(s["check"] == "good0" for s in self.samples()) >= 30, "15 s of healthy checks")
            self.assertGreater(self.metric(daemon, "gaikei_slots_waiting"), 0)
            daemon.stop()
        samples = self.samples()
        self.assert_every_slot_once(samples)
        good = [s for s in samples if s["check"].startswith("good")]
        # The first attempts know nothing of each other yet; from then on there is a place at once.
        settled = [s for s in good if s["scheduled_at"] > sorted(g["scheduled_at"] for g in good)[len(good) // 3]]
        self.assertEqual({s["status"] for s in settled if "stopping" not in s.get("message", "")}, {"pass"})
        holes = [s for s in samples if s["check"].startswith("hole")]
        self.assertEqual({s.get("reason") for s in holes} - {"prober_overload"}, {"response_timeout", "prober_skipped"})

    def test_descriptors_that_are_taken_away_are_the_probers_trouble(self):
        crowd = Crowd(self, 0.3)
        config = self.config([("c%d" % i, crowd.url + str(i), "") for i in range(120)], every="1s")
        daemon = Daemon(self, config)
        wait_until(lambda: crowd.served >= 200, "all is well")
        self.assertEqual({s["status"] for s in self.samples()}, {"pass"})
        subprocess.run(["prlimit", "--nofile=64:20000", "--pid", str(daemon.process.pid)], check=True)
        wait_until(lambda: "RLIMIT_NOFILE is 64" in daemon.log(), "it is noticed")
        wait_until(lambda: any(s.get("reason") == "prober_fd_limit" for s in self.samples()), "slots find no place")
        self.assertLess(self.metric(daemon, "gaikei_in_flight_limit"), 32)
        served = crowd.served
        subprocess.run(["prlimit", "--nofile=20000:20000", "--pid", str(daemon.process.pid)], check=True)
        wait_until(lambda: self.metric(daemon, "gaikei_in_flight_limit") == 2000, "it is taken back")
        crowd.most = 0
        wait_until(lambda: crowd.served >= served + 300, "all is well again")
        self.assertLessEqual(crowd.most, 240)  # no burst: of each at most the slot that waited and the one that is due
        self.assertEqual(daemon.stop(), 0)
        samples = self.samples()
        self.assert_every_slot_once(samples)
        self.assertNotIn("fail", {s["status"] for s in samples})
        self.assertLessEqual({s.get("reason") for s in samples},
                             {None, "prober_fd_limit", "prober_skipped", "prober_overload"})

    def test_few_descriptors_from_the_start_are_kept_to_and_told(self):
        crowd = Crowd(self, 0.02)
        self.config([("c%d" % i, crowd.url + str(i), "") for i in range(60)])
        done = self.gaikei("once", expect=0, preexec=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (80, 80)))
        self.assertEqual(crowd.served, 60)
        self.assertLess(crowd.most, 24)
        self.assertIn("RLIMIT_NOFILE is 80", done.stderr)

    def test_few_ports_are_shared_out(self):
        namespace = Namespace(self)
        subprocess.run([*namespace.inside(), "sysctl", "-qw", "net.ipv4.ip_local_port_range=40000 40049"], check=True)
        namespace.nft("table ip t { chain c { type filter hook input priority 0;\ntcp dport 80 drop\n}\n}\n")
        checks = [("c%d" % i, "http://10.99.0.2/%d" % i, "") for i in range(100)]
        daemon = Daemon(self, self.config(checks, every="3s", timeout="1s"), prefix=namespace.inside())
        wait_until(lambda: len(self.samples()) >= 300, "three rounds")
        daemon.stop()
        samples = [s for s in self.samples() if "stopping" not in s.get("message", "")]
        self.assert_every_slot_once(samples)
        reasons = collections.Counter(s["reason"] for s in samples)
        self.assertGreater(reasons["connect_timeout"], 60)
        # What found no place in time is told as that: nobody came too late for a port.
        self.assertLessEqual(set(reasons), {"connect_timeout", "prober_skipped", "prober_overload"})

    def test_a_prober_that_stood_still_blames_nobody_and_does_not_burst(self):
        crowd = Crowd(self, 0)
        config = self.config([("c%d" % i, crowd.url + str(i), "") for i in range(50)], every="1s", timeout="2s")
        daemon = Daemon(self, config)
        wait_until(lambda: crowd.served >= 100, "all is well")
        daemon.process.send_signal(signal.SIGSTOP)
        threading.Event().wait(6)  # what is tested: time that passes for everybody else
        crowd.most = 0
        stopped_at = crowd.served
        daemon.process.send_signal(signal.SIGCONT)
        wait_until(lambda: crowd.served >= stopped_at + 150, "it goes on")
        self.assertEqual(daemon.stop(), 0)
        samples = self.samples()
        self.assert_every_slot_once(samples)
        self.assertNotIn("fail", {s["status"] for s in samples})
        missed = [s for s in samples if s.get("reason") == "prober_skipped" and "stopping" not in s["message"]]
        self.assertGreaterEqual(len(missed), 150)
        slots = collections.defaultdict(list)
        for sample in samples:
            slots[sample["check"]].append(sample["scheduled_at"])
        for times in slots.values():
            self.assertGreaterEqual(len(times), 10)


if __name__ == "__main__":
    unittest.main()
