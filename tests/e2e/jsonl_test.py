"""The program writes outcomes as lines: whole ones and all of them, whatever becomes of the file or the pipe."""

import contextlib
import glob
import json
import os
import re
import signal
import subprocess
import unittest

from support import DEADLINE, Case, Daemon, WebServer, wait_until


class JsonlCase(Case):
    def setUp(self):
        super().setUp()
        self.target = WebServer(self)

    def config(self, path="out/samples.jsonl", more="", checks=5):
        os.makedirs(self.path("out"), exist_ok=True)
        text = '[probe]\nlisten = "127.0.0.1:0"\nstate_dir = "state"\n[defaults]\nevery = "1s"\n'
        for number in range(checks):
            text += '[check.c%d]\ntarget = "%s"\n' % (number, self.target.url)
        return self.write("gaikei.toml",
                          text + '[upstream.file]\ntype = "jsonl"\npath = "%s"\n%s\n' % (path, more))

    def account(self, daemon):
        found = {"sent": 0, "spooled": 0}
        for line in daemon.get("/metrics").splitlines():
            if 'upstream="file"' not in line:
                continue
            if line.startswith("gaikei_upstream_samples_total") and 'result="sent"' in line:
                found["sent"] = int(float(line.split()[-1]))
            if line.startswith("gaikei_spool_samples{"):
                found["spooled"] = int(float(line.split()[-1]))
        return found

    def outcomes_in(self, text):
        """Every line parsed; the last one has its line feed."""
        self.assertTrue(text == "" or text.endswith("\n"), text[-200:])
        lines = [json.loads(line) for line in text.splitlines()]
        for line in lines:
            self.assertEqual(line["schema"], "gaikei.outcome/1")
        return lines

    def read(self, name):
        with open(name) as file:
            return self.outcomes_in(file.read())

    def assert_complete(self, outcomes, checks=5):
        """Of each check every slot from the first to the last, in order; what comes twice is the same."""
        for number in range(checks):
            slots = [o["scheduled_at"] for o in outcomes if o["check"] == "c%d" % number]
            self.assertTrue(slots)
            seen = list(dict.fromkeys(slots))
            self.assertEqual(seen, sorted(seen))
        byslot = {}
        for outcome in outcomes:
            key = (outcome["check"], outcome["region"], outcome["scheduled_at"])
            self.assertEqual(byslot.setdefault(key, outcome), outcome)
        return byslot


class FileTest(JsonlCase):
    def test_files_are_put_aside_and_every_sample_is_in_one(self):
        daemon = Daemon(self, self.config(more='max_size = "64KiB"\nmax_files = 100', checks=20))
        wait_until(lambda: len(glob.glob(self.path("out/*"))) >= 4, "files are put aside")
        self.assertEqual(daemon.stop(), 0)
        names = glob.glob(self.path("out/samples.jsonl*"))
        names.sort(key=lambda name: -int(name.rsplit(".", 1)[1]) if name[-1].isdigit() else 0)
        outcomes = []
        for name in names:
            self.assertLessEqual(os.path.getsize(name), 64 << 10)
            outcomes += self.read(name)
        self.assertEqual(len(self.assert_complete(outcomes, 20)), len(outcomes))
        status = self.gaikei("spool", "status", "-o", "json", "-c", self.path("gaikei.toml"), expect=0).stdout
        self.assertEqual(int(re.search(r'"produced": ?(\d+)', status)[1]), len(outcomes))

    def test_a_file_that_logrotate_renames_goes_on_as_a_new_one(self):
        path = self.path("out/samples.jsonl")
        daemon = Daemon(self, self.config())
        for number in range(3):
            wait_until(lambda: os.path.exists(path) and os.path.getsize(path) > 0, "lines come")
            os.rename(path, path + ".old%d" % number)
        wait_until(lambda: os.path.exists(path) and os.path.getsize(path) > 0, "lines come")
        self.assertEqual(daemon.stop(), 0)
        outcomes = [o for number in range(3) for o in self.read(path + ".old%d" % number)] + self.read(path)
        self.assertEqual(len(self.assert_complete(outcomes)), len(outcomes))

    def test_kill_9_loses_nothing_that_counted_as_sent(self):
        path = self.path("out/samples.jsonl")
        config = self.config()
        for _ in range(3):
            daemon = Daemon(self, config)
            begun = self.account(daemon)["sent"]
            wait_until(lambda: self.account(daemon)["sent"] >= begun + 10, "samples are sent")
            told = self.account(daemon)["sent"]
            daemon.stop(signal.SIGKILL)
            # Another process may leave half a line; ours is cut off when the next one begins.
            with open(path, "a") as file:
                file.write('{"schema":"gaikei.outcome/1","check":"c0","ki')
            with open(path) as file:
                self.assertGreaterEqual(len(file.read().splitlines()) - 1, told)
        daemon = Daemon(self, config)
        begun = self.account(daemon)["sent"]
        wait_until(lambda: self.account(daemon)["sent"] >= begun + 5, "samples are sent")
        self.assertEqual(daemon.stop(), 0)
        self.assert_complete(self.read(path))

    @unittest.skipIf(os.getuid() != 0, "mounts need root")
    def test_a_full_disk_leaves_no_half_line_and_costs_nothing(self):
        mount = 'mount -t tmpfs -o size=100k none "%s" && exec "$0" "$@"' % self.path("out")
        daemon = Daemon(self, self.config(checks=20), prefix=("unshare", "-m", "sh", "-c", mount))
        inside = ["nsenter", "-t", str(daemon.process.pid), "-m"]

        def lines():
            return self.outcomes_in(subprocess.run([*inside, "cat", self.path("out/samples.jsonl")], check=True,
                                                   stdout=subprocess.PIPE, text=True, timeout=DEADLINE).stdout)

        wait_until(lambda: self.account(daemon)["spooled"] >= 40, "samples wait for room")
        self.assertGreater(len(lines()), 0)
        self.assertIn("No space left", daemon.log())
        subprocess.run([*inside, "mount", "-o", "remount,size=50m", self.path("out")], check=True)
        # A pause after a try that failed is a quarter of a minute at most.
        wait_until(lambda: self.account(daemon)["spooled"] < 40, "the backlog is written")
        outcomes = lines()
        self.assertEqual(len(self.assert_complete(outcomes, 20)), len(outcomes))
        self.assertGreaterEqual(len(outcomes), 60)
        self.assertEqual(daemon.stop(), 0)


class StandardOutputTest(JsonlCase):
    def start(self, **options):
        """The daemon with its standard output in a FIFO, and the end of it that reads."""
        fifo = self.path("fifo")
        os.mkfifo(fifo)
        reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        redirect = 'exec "$0" "$@" > "%s"' % fifo
        return Daemon(self, self.config("-", **options), prefix=("sh", "-c", redirect)), reader

    @staticmethod
    def drain(reader):
        text = b""
        with contextlib.suppress(BlockingIOError):
            while piece := os.read(reader, 65536):
                text += piece
        return text

    def test_a_pipe_that_nobody_reads_holds_nothing_up(self):
        daemon, reader = self.start(checks=50)
        wait_until(lambda: self.account(daemon)["spooled"] >= 100, "samples wait for the reader")
        self.assertEqual(daemon.request("/healthz")[0], 200)
        text = bytearray()

        def is_done():
            text.extend(self.drain(reader))
            return self.account(daemon)["spooled"] < 50
        wait_until(is_done, "the backlog is read")
        self.assertIsNone(daemon.process.poll())
        daemon.process.send_signal(signal.SIGTERM)
        wait_until(lambda: text.extend(self.drain(reader)) or daemon.process.poll() is not None, "the daemon ends")
        text.extend(self.drain(reader))
        os.close(reader)
        self.assertEqual(daemon.stop(), 0)
        outcomes = self.outcomes_in(text.decode())
        self.assertEqual(len(self.assert_complete(outcomes, 50)), len(outcomes))

    def test_a_reader_that_goes_away_kills_nobody(self):
        daemon, reader = self.start()
        wait_until(lambda: self.account(daemon)["sent"] >= 5, "samples are sent")
        os.close(reader)
        wait_until(lambda: "standard output: Broken pipe" in daemon.log(), "the log says so")
        wait_until(lambda: self.account(daemon)["spooled"] >= 5, "samples wait")
        self.assertEqual(daemon.request("/healthz")[0], 200)
        self.assertEqual(daemon.stop(), 0)


if __name__ == "__main__":
    unittest.main()
