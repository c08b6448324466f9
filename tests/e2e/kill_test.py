"""SIGKILL at the n-th system call that changes a file, for every n: nothing that was acknowledged is missing.

What the spool holds durably after the kill is read with `gaikei spool dump`; all of it has to arrive later, and the
counters have to come to exactly what was ever spooled.
"""

import itertools
import json
import os
import shutil
import subprocess
import unittest

from collector import Collector
from support import DEADLINE, GAIKEI, Case, WebServer

CALLS = "write,pwrite64,fsync,fdatasync,rename,renameat2,unlink,unlinkat,ftruncate"


class KillTest(Case):
    def setUp(self):
        super().setUp()
        self.target = WebServer(self)

    def config(self, collector):
        return self.write("gaikei.toml", """
            [probe]
            listen = ""
            state_dir = "%s"
            threads = 1
            [check.one]
            target = "%s"
            every = "1s"
            [check.two]
            target = "%s"
            every = "1s"
            [upstream.otel]
            type = "otlp"
            protocol = "http/json"
            endpoint = "%s"
            signals = ["metrics", "logs"]
            every = "1s"
            """ % (self.path("state"), self.target.url, self.target.url, collector.url))

    def killed_at(self, n, *args, paths=()):
        """Runs the program under a tracer that kills it where one of its threads makes its n-th call (of those to
        `paths`, where any are given); True when it came to that."""
        # A leak check needs the tracer's place.
        env = {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
        only = [word for path in paths for word in ("-P", path)]
        done = subprocess.run(["strace", "-f", "-o", self.path("trace"), *only, "-e", "trace=" + CALLS, "-e",
                               "inject=%s:signal=KILL:when=%d" % (CALLS, n), GAIKEI, *args],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              cwd=self.dir, timeout=DEADLINE, env=env)
        return done.returncode < 0 or done.returncode == 137

    def spooled(self, config, lane):
        """Identities of what waits in the spool."""
        done = self.gaikei("spool", "dump", "--upstream", lane, "-c", config)
        if done.returncode == 2:
            return set()  # it was killed before there was a spool, or a lane in it
        self.assertEqual(done.returncode, 0, done.stderr)
        return {(item["check"], item["region"], item["scheduled_at"]) for item in self.outcomes(done)}

    def accounts(self, config):
        done = self.gaikei("spool", "status", "-o", "json", "-c", config, expect=0)
        return {lane["upstream"]: lane for lane in json.loads(done.stdout)["upstreams"]}

    def check(self, n, collector, config):
        """After a kill and before the next run; gives how much was acknowledged."""
        acknowledged = self.spooled(config, "otel.logs")
        sound = self.gaikei("spool", "check", "-c", config)
        self.assertIn(sound.returncode, (0, 2), sound.stdout + sound.stderr)
        self.gaikei("once", "-c", config, expect=0)
        arrived = {(event.check, event.region, event.scheduled_at) for event in collector.events()}
        self.assertLessEqual(acknowledged, arrived, "n = %d" % n)
        lanes = self.accounts(config)
        for lane in lanes.values():
            self.assertEqual((lane["spooled"], lane["rejected"], lane["dropped"]), (0, 0, {}), "n = %d" % n)
        self.assertEqual(collector.total(), lanes["otel"]["produced"], "n = %d" % n)
        self.assertEqual(len(arrived), lanes["otel.logs"]["produced"], "n = %d" % n)
        for series, points in collector.series().items():
            # What was taken and not written down as such comes again, the same.
            values = [value for _, _, value in dict.fromkeys(point[2:] for point in points)]
            self.assertEqual(values, sorted(values), "n = %d: %s" % (n, series))
            self.assertEqual(len({point.time for point in points}), len(values), "n = %d: %s" % (n, series))
        return len(acknowledged)

    def sweep(self, command, is_down=False, is_prepared=False, numbers=itertools.count(1)):
        """Kills at every n, each time beginning anew, until the program comes to its end; gives the last n.

        `is_prepared`: the state directory is one that was used before, and only calls to the spool count, so that it is
        the thread of the upstreams that is killed.
        """
        acknowledged = 0
        for n in numbers:
            shutil.rmtree(self.path("state"), ignore_errors=True)
            collector = Collector(self)
            config = self.config(collector)
            paths = ()
            if is_prepared:
                self.gaikei("once", "-c", config, expect=0)
                paths = [self.path("state/spool.db"), self.path("state/spool.db-wal")]
            if is_down:
                collector.answer = lambda number: (503, {}, "")
            killed = self.killed_at(n, command, "-c", config, paths=paths)
            collector.answer = lambda number: None
            if not killed:
                break
            acknowledged += self.check(n, collector, config)
            collector.server.close()
        return n, acknowledged

    def test_calls_of_a_first_run(self):
        last, _ = self.sweep("once")
        self.assertGreater(last, 20)

    def test_calls_of_the_spool(self):
        last, acknowledged = self.sweep("once", is_prepared=True)
        self.assertGreater(last, 5)
        self.assertGreater(acknowledged, 0)

    def test_calls_of_the_spool_while_the_upstream_is_down(self):
        last, acknowledged = self.sweep("once", is_down=True, is_prepared=True)
        self.assertGreater(last, 5)
        self.assertGreater(acknowledged, 0)

    def test_calls_of_the_spool_of_a_daemon(self):
        _, acknowledged = self.sweep("run", is_prepared=True, numbers=range(1, 40, 3))
        self.assertGreater(acknowledged, 0)


if __name__ == "__main__":
    unittest.main()
