"""`gaikei selftest`: what it measures is measured, hangs together, and gets worse with a prober that is held up."""

import json
import os
import signal
import subprocess
import time
import unittest

from support import Case, DEADLINE, GAIKEI, wait_until

STALL = 0.3  # seconds for which a prober is stopped again and again
DELAYS = [0.001, 0.005, 0.02, 0.1, 0.5]
FIGURES = [("http", "resolve"), ("http", "connect"), ("http", "processing"), ("http", "transfer"),
           ("http", "duration"), ("tcp", "connect"), ("tcp", "processing"), ("tcp", "duration"),
           ("dns", "processing"), ("dns", "duration")]


def errors(report):
    return {(row["kind"], row["figure"]): row for row in report["errors"]}


def children(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as listed:
        return [int(word) for word in listed.read().split()]


def is_running(pid):
    try:
        with open("/proc/%d/stat" % pid) as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def threads(pid):
    return len(os.listdir("/proc/%d/task" % pid))


class Selftest(Case):
    def report(self, stalls=0.0):
        """A self-test of 2 s, during which the prober stands still most of the time where `stalls` is not 0."""
        child = subprocess.Popen([GAIKEI, "selftest", "--duration", "2s", "-o", "json"], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True)
        if stalls:
            while child.poll() is None:
                # The fault that is injected; the server is another process and goes on.
                child.send_signal(signal.SIGSTOP)
                time.sleep(stalls)
                child.send_signal(signal.SIGCONT)
                time.sleep(stalls / 2)
        out, err = child.communicate(timeout=DEADLINE)
        self.assertEqual((child.returncode, err), (0, ""))
        self.assertEqual(out.count("\n"), 1)
        return json.loads(out)

    def assert_is_in_order(self, found):
        self.assertEqual(sorted(found[name] for name in ("min", "p50", "p90", "p99", "max")),
                         [found[name] for name in ("min", "p50", "p90", "p99", "max")])

    def test_its_figures_hang_together(self):
        report = self.report()
        self.assertEqual(report["schema"], "gaikei.selftest/1")
        self.assertEqual(report["delays"], DELAYS)
        self.assertEqual(report["checks"], report["measured"] + sum(report["unmeasured"].values()))
        self.assertGreater(report["measured"], report["checks"] / 2)
        self.assertGreater(report["in_flight"], 1)
        # The last check to begin is asked to wait for up to half a second.
        self.assertGreater(report["took"], 1)

        found = errors(report)
        self.assertEqual([(row["kind"], row["figure"]) for row in report["errors"]], FIGURES)
        for row in report["errors"]:
            self.assert_is_in_order(row)
            largest = max(abs(row["min"]), abs(row["max"]))
            self.assertLessEqual(row["within"], largest)
            # One check of a hundred at most is left out.
            if row["count"] < 100:
                self.assertEqual(row["within"], largest)
        for kind, figures in (("http", ("resolve", "connect", "processing", "transfer")),
                              ("tcp", ("connect", "processing")), ("dns", ("processing",))):
            for figure in figures:
                self.assertEqual(found[kind, figure]["count"], found[kind, "duration"]["count"])
        self.assertEqual(sum(found[kind, "duration"]["count"] for kind in ("http", "tcp", "dns")), report["measured"])

        # Nothing but our own time is taken for a handshake or left in a duration: it takes some.
        for kind, figure in (("http", "connect"), ("tcp", "connect"), ("http", "duration")):
            self.assertGreater(found[kind, figure]["min"], 0)
        # The server answers no sooner than it is asked to.
        self.assertGreaterEqual(report["server_lateness"]["min"], 0)
        for name in ("loop_lag", "start_lateness", "server_lateness", "server_doubt", "timer_lateness"):
            self.assertGreater(report[name]["count"], 0)
            self.assert_is_in_order(report[name])

        worst = max(report["errors"], key=lambda row: row["within"])
        self.assertEqual(report["decided_by"], {"kind": worst["kind"], "figure": worst["figure"]})
        exact = max(worst["within"], report["clock_step"])
        self.assertGreaterEqual(report["smallest_difference"], exact - 1e-12)
        self.assertLessEqual(report["smallest_difference"], exact * 1.1 + 1e-9)

    def test_a_prober_that_is_held_up_can_tell_less(self):
        calm = self.report()
        stalled = self.report(stalls=STALL)
        self.assertGreater(stalled["smallest_difference"], calm["smallest_difference"])
        self.assertGreater(stalled["smallest_difference"], STALL / 2)
        self.assertGreater(stalled["loop_lag"]["max"], STALL / 2)
        self.assertGreater(stalled["loop_lag"]["max"], calm["loop_lag"]["max"])
        self.assertGreater(errors(stalled)["http", "duration"]["max"], STALL / 2)
        # What the kernel has seen stays true.
        for kind, figure in (("http", "resolve"), ("http", "connect"), ("dns", "processing")):
            self.assertLess(errors(stalled)[kind, figure]["p90"], STALL / 2, (kind, figure))

    def test_it_tells_people_what_it_found(self):
        done = self.gaikei("selftest", "--duration", "1s", expect=0)
        self.assertEqual(done.stderr, "")
        for kind, figure in FIGURES:
            self.assertRegex(done.stdout, r"\n  %s +%s +\d+ +-?\d" % (kind, figure))
        self.assertRegex(done.stdout, r"\nThe smallest difference in latency that this prober can honestly report "
                                      r"here: \d[\d.]*(us|ms|s)\n\(99 of 100 figures are true to that; of \w+ \w+, "
                                      r"the worst\)\n$")

    def test_it_is_not_run_for_spans_that_it_cannot_take(self):
        for span in ("0s", "900ms", "5m1s", "-1s", "soon", ""):
            done = self.gaikei("selftest", "--duration=" + span, expect=2)
            self.assertEqual(done.stdout, "")
            self.assertIn("--duration", done.stderr)
        self.gaikei("selftest", "-o", "nagios", expect=2)

    def begin(self):
        """A self-test of a minute whose server runs, and the server."""
        child = subprocess.Popen([GAIKEI, "selftest", "--duration", "1m", "-o", "json"], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True)
        self.addCleanup(child.kill)
        wait_until(lambda: children(child.pid), "the server runs")
        return child, children(child.pid)[0]

    def test_it_ends_when_it_is_told_to(self):
        child, server = self.begin()
        # One thread waits for signals, another one looks.
        wait_until(lambda: threads(child.pid) == 2, "it looks")
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=DEADLINE)
        self.assertEqual((child.returncode, err), (130, ""))
        report = json.loads(out)
        self.assertGreater(report["unmeasured"]["not_begun"], 0)
        self.assertEqual(report["checks"], report["measured"] + sum(report["unmeasured"].values()))
        self.assertFalse(is_running(server))

    def test_its_server_does_not_outlive_it(self):
        child, server = self.begin()
        child.kill()
        child.communicate(timeout=DEADLINE)
        wait_until(lambda: not is_running(server), "the server has ended")


if __name__ == "__main__":
    unittest.main()
