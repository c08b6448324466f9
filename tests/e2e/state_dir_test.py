"""A state directory that is full, read-only, cut, taken away or somebody else's: what `run` and `once` make of it.

What waits in the spool is looked at with `gaikei spool`, what upstreams were told by a collector.
"""

import contextlib
import json
import os
import shutil
import signal
import unittest

from collector import Collector
from support import Case, Child, Daemon, WebServer, wait_until

PAGE = 4096
DOWN = (503, {}, "")


def size_of(path):
    """0 where there is no such file yet."""
    return os.path.getsize(path) if os.path.exists(path) else 0


class StateCase(Case):
    def setUp(self):
        super().setUp()
        self.target = WebServer(self)
        self.collector = Collector(self)
        self.state = self.path("state")
        self.spool = self.path("state/spool.db")

    def config(self, checks=3, every="1s", more=""):
        text = '[probe]\nlisten = "127.0.0.1:0"\nstate_dir = "%s"\n[defaults]\nevery = "%s"\n' % (self.state, every)
        for number in range(checks):
            text += '[check.c%d]\ntarget = "%s"\n' % (number, self.target.url)
        return self.write("gaikei.toml", text + ('[upstream.otel]\ntype = "otlp"\nprotocol = "http/json"\n'
                                                 'endpoint = "%s"\nevery = "1s"\n%s\n' % (self.collector.url, more)))

    def once(self, **options):
        return self.gaikei("once", "-o", "json", "--deadline", "8s", **options)

    def account(self):
        """What `gaikei spool status` says of the upstream; the equation holds."""
        status = json.loads(self.gaikei("spool", "status", "-o", "json", expect=0).stdout)
        found = [row for row in status["upstreams"] if row["upstream"] == "otel"]
        self.assertEqual(len(found), 1)
        account = found[0]
        self.assertEqual(account["produced"], account["sent"] + account["spooled"] + account["rejected"] +
                         sum(account["dropped"].values()))
        return account

    def kill(self, daemon):
        daemon.process.send_signal(signal.SIGKILL)
        daemon.process.wait()

    def waiting_daemon(self, config, samples=6):
        """A daemon whose upstream takes nothing, with so many samples in its spool."""
        self.collector.answer = lambda number: DOWN
        daemon = Daemon(self, config)

        def has_some():
            with contextlib.suppress(AssertionError):
                return self.account()["spooled"] >= samples
            return False

        wait_until(has_some, "samples wait")
        return daemon

    def assert_counters_never_go_back(self):
        """Of every series and start, in the order of arrival."""
        seen = {}
        for point in self.collector.points():
            if point.value is None:
                continue
            key = (tuple(sorted(point.attributes.items())), point.start)
            self.assertGreaterEqual(point.value, seen.get(key, 0), key)
            seen[key] = point.value


@unittest.skipIf(os.getuid() != 0, "mounts need root")
class DiskThatTakesNothing(StateCase):
    def prefix(self, script, size="256k"):
        """Words before a command that give it a small disk as state directory, made as the script says."""
        os.makedirs(self.state, exist_ok=True)
        return ["unshare", "-m", "sh", "-c", 'mount -t tmpfs -o size=%s none "%s" && cd "%s" && { %s; cd "%s"; '
                'exec "$0" "$@"; }' % (size, self.state, self.state, script, self.dir)]

    FULL = "dd if=/dev/zero of=fill bs=4k 2>/dev/null"
    NO_INODES = "i=0; while mkdir $i 2>/dev/null; do i=$((i+1)); done"
    READ_ONLY = 'mount -o remount,ro "$PWD"'

    def scripts(self):
        return {"full": self.FULL, "without inodes": self.NO_INODES, "read-only": self.READ_ONLY}

    def test_once_goes_on_and_says_that_nothing_is_kept(self):
        self.config()
        for name, script in self.scripts().items():
            with self.subTest(name):
                size = "1m,nr_inodes=20" if name == "without inodes" else "256k"
                self.collector.answer = lambda number: None
                before = len(self.collector.requests)
                done = self.once(expect=0, prefix=self.prefix(script, size))
                self.assertEqual(len(self.outcomes(done)), 3)
                self.assertGreater(len(self.collector.requests), before)
                self.assertRegex(done.stderr, r"(?m)^gaikei: nothing of this run is kept in .*state: the disk")
                self.collector.answer = lambda number: DOWN
                done = self.once(expect=4, prefix=self.prefix(script, size))
                self.assertIn("3 samples could be neither delivered nor kept", done.stderr)

    def test_a_spool_on_a_disk_that_has_become_read_only_is_read(self):
        self.config()
        self.collector.answer = lambda number: DOWN
        self.once(expect=0)
        shutil.copytree(self.state, self.path("copy"))
        self.collector.answer = lambda number: None
        script = 'cp "%s"/* . && %s' % (self.path("copy"), self.READ_ONLY)
        shown = self.gaikei("spool", "status", "-o", "json", expect=0, prefix=self.prefix(script, "8m"))
        self.assertEqual([row["spooled"] for row in json.loads(shown.stdout)["upstreams"]], [3])
        self.gaikei("spool", "check", expect=0, prefix=self.prefix(script, "8m"))
        self.once(expect=0, prefix=self.prefix(script, "8m"))
        self.assertEqual(self.collector.total(), 6)

    def test_a_daemon_goes_on_and_keeps_what_comes_when_there_is_room(self):
        config = self.config()
        self.collector.answer = lambda number: DOWN
        for name, script in (("full", self.FULL), ("read-only", self.READ_ONLY)):
            with self.subTest(name):
                daemon = Daemon(self, config, prefix=self.prefix(script, "4m"))
                inside = "/proc/%d/root%s" % (daemon.process.pid, self.state)
                wait_until(lambda: len(daemon.json("/api/v1/outcomes")["outcomes"]) >= 3, "it probes")
                self.assertFalse(os.path.exists(inside + "/gaikei.db") and
                                 os.path.getsize(inside + "/gaikei.db") > 0)
                if name == "full":
                    os.unlink(inside + "/fill")
                else:
                    mounted = ["nsenter", "-t", str(daemon.process.pid), "-m", "mount", "-o", "remount,rw", self.state]
                    self.assertEqual(Child(self, mounted).process.wait(), 0)

                wait_until(lambda: "gaikei.db: is kept again" in daemon.log(), "the history is kept")
                wait_until(lambda: size_of(inside + "/gaikei.db-wal") > PAGE, "it is on the disk")
                wait_until(lambda: size_of(inside + "/spool.db-wal") > PAGE, "the spool is kept")
                self.assertEqual(daemon.stop(), 0)
                self.assertIn("kept for the next start", daemon.log())

    def test_what_somebody_has_to_mend_stays_an_error(self):
        self.config()
        self.write("state", "a file")
        self.assertIn("state", self.once(expect=2).stderr)
        os.unlink(self.state)
        os.mkdir(self.state)
        for name in ("spool.db", "gaikei.db", "spool.db-wal"):
            os.mkfifo(self.path("state/" + name))
            self.assertIn("is a pipe", self.once(expect=2).stderr)
            os.unlink(self.path("state/" + name))
            os.mkdir(self.path("state/" + name))
            self.assertIn("is a directory", self.once(expect=2).stderr)
            shutil.rmtree(self.state)
            os.mkdir(self.state)


class CutSpool(StateCase):
    def cuts(self, size):
        return [0, 1, PAGE - 1, PAGE, size // 2, size - PAGE] + list(range(2 * PAGE, size, 3 * PAGE))

    def test_what_is_cut_off_is_counted(self):
        self.config()
        self.collector.answer = lambda number: DOWN
        self.once(expect=0)
        whole = self.path("whole")
        shutil.copytree(self.state, whole)
        size = os.path.getsize(self.spool)
        for cut in self.cuts(size):
            with self.subTest(cut=cut, of=size):
                shutil.rmtree(self.state)
                shutil.copytree(whole, self.state)
                os.truncate(self.spool, cut)
                self.assertEqual(self.gaikei("spool", "check").returncode, 1)
                done = self.once()
                account = self.account()
                # What is found lost at the start is as lost as what is found later.
                self.assertEqual(done.returncode, 4 if account["dropped"] else 0, done.stderr)
                self.assertEqual(account["produced"], 6)
                self.assertEqual(account["spooled"] + account["dropped"].get("corrupt", 0), 6)
                if account["dropped"]:
                    lost = account["dropped"]["corrupt"]
                    self.assertIn("samples are lost, and count as dropped: %d of otel" % lost, done.stderr)
                self.gaikei("spool", "check", expect=0)

    def test_a_log_that_is_taken_away_or_cut_is_noticed(self):
        config = self.config()
        daemon = self.waiting_daemon(config)
        self.kill(daemon)
        whole = self.path("whole")
        shutil.copytree(self.state, whole)
        size = os.path.getsize(self.spool + "-wal")
        self.assertGreater(size, 0)
        produced = self.account()["produced"]
        for cut in (None, 0, size // 2, size - 1):
            with self.subTest(cut=cut, of=size):
                shutil.rmtree(self.state)
                shutil.copytree(whole, self.state)
                # What its reader left is not of the log.
                if cut is None:
                    os.unlink(self.spool + "-wal")
                else:
                    os.truncate(self.spool + "-wal", cut)
                done = self.once()
                self.assertIn("what was committed last is not in it", done.stderr)
                account = self.account()
                self.assertEqual(done.returncode, 4 if account["dropped"] else 0, done.stderr)
                self.assertEqual(account["produced"], produced + 3)
                self.assertEqual(account["sent"], 0)
                self.gaikei("spool", "check", expect=0)

    def test_counters_begin_anew_where_they_may_have_gone_back(self):
        config = self.config()
        daemon = Daemon(self, config)
        wait_until(lambda: self.collector.total() >= 3, "some are sent")
        wait_until(lambda: os.path.exists(self.spool + "-wal"), "there is a log")
        early = self.path("early")
        # A copy while it is written may be torn; what matters is that it is older.
        shutil.copytree(self.state, early)
        seen = self.collector.total()
        wait_until(lambda: self.collector.total() >= seen + 9, "more are sent")
        self.kill(daemon)
        os.unlink(self.spool)
        os.unlink(self.spool + "-wal")
        for name in ("spool.db", "spool.db-wal"):
            shutil.copy(os.path.join(early, name), self.state)
        for _ in range(3):
            self.assertIn(self.once().returncode, (0, 4))  # 4: some were lost with the log
        self.assert_counters_never_go_back()
        self.assertEqual(self.account()["spooled"], 0)
        self.gaikei("spool", "check", expect=0)

    def test_a_file_that_is_cut_off_under_a_daemon_is_noticed(self):
        config = self.config()
        for share in (0, 2):
            with self.subTest(share=share):
                shutil.rmtree(self.state, ignore_errors=True)
                daemon = self.waiting_daemon(config, samples=12)
                size = os.path.getsize(self.spool)
                os.truncate(self.spool, 0 if share == 0 else size // share // PAGE * PAGE)
                wait_until(lambda: "it was cut off" in daemon.log(), "it is noticed")
                wait_until(lambda: "put aside as" in daemon.log(), "it is put aside")
                produced = self.account()["produced"]
                self.collector.answer = lambda number: None

                def is_delivered():
                    account = self.account()
                    return account["sent"] > 0 and account["produced"] > produced + 3

                wait_until(is_delivered, "what is left is delivered")
                self.assertEqual(daemon.stop(), 0)
                self.account()
                self.gaikei("spool", "check", expect=0)
                self.assert_counters_never_go_back()

    def test_a_log_that_is_taken_away_under_a_daemon_is_written_anew(self):
        daemon = self.waiting_daemon(self.config())
        os.unlink(self.spool + "-wal")
        wait_until(lambda: "the log beside it was taken away" in daemon.log(), "it is noticed")
        produced = self.account()["produced"]
        wait_until(lambda: self.account()["produced"] > produced, "it goes on")
        self.kill(daemon)
        account = self.account()
        self.assertEqual(account["spooled"], account["produced"])
        self.gaikei("spool", "check", expect=0)


class DirectoryThatIsTakenAway(StateCase):
    def test_it_is_made_anew_and_stays_ours(self):
        daemon = self.waiting_daemon(self.config())
        spooled = self.account()["spooled"]
        shutil.rmtree(self.state)
        wait_until(lambda: "made and taken anew" in daemon.log(), "it is noticed")
        wait_until(lambda: os.path.exists(self.spool) and self.account()["spooled"] > spooled, "all of it is kept")
        done = self.once(expect=2)
        self.assertIn("is in use by process %d" % daemon.process.pid, done.stderr)
        wait_until(lambda: os.path.exists(self.path("state/gaikei.db")), "the history is begun anew")
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(daemon.log().count("made and taken anew"), 1)
        account = self.account()
        self.assertEqual(account["spooled"], account["produced"])
        self.gaikei("spool", "check", expect=0)

    def test_another_process_that_was_quicker_has_it(self):
        config = self.config()
        daemon = self.waiting_daemon(config)
        # While it stands still, it is gone and somebody else's.
        daemon.process.send_signal(signal.SIGSTOP)
        os.rename(self.state, self.path("gone"))
        other = Daemon(self, config)
        daemon.process.send_signal(signal.SIGCONT)
        wait_until(lambda: "is in use by process %d" % other.process.pid in daemon.log(), "it is noticed")
        self.collector.answer = lambda number: None
        wait_until(lambda: self.collector.total() >= 6, "what waits is delivered from memory")
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(other.stop(), 0)
        self.account()
        self.gaikei("spool", "check", expect=0)


class Signals(StateCase):
    def waiting_once(self):
        """A run that is delivering to an upstream that does not answer."""
        self.config()
        self.collector.answer = lambda number: "silence"
        from support import GAIKEI
        run = Child(self, [GAIKEI, "once", "-o", "json", "-c", "gaikei.toml"])
        wait_until(lambda: self.collector.count() > 0, "it delivers")
        return run

    def test_once_keeps_what_it_was_delivering(self):
        for sent in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(sent=sent):
                shutil.rmtree(self.state, ignore_errors=True)
                self.collector.requests.clear()
                run = self.waiting_once()
                self.assertEqual(run.stop(sent), 128 + sent)
                self.assertIn("3 samples kept for the next run", run.log())
                self.assertEqual(self.account()["spooled"], 3)

    def test_a_second_signal_ends_it_at_once(self):
        run = self.waiting_once()
        run.process.send_signal(signal.SIGTERM)

        def is_ended():
            if run.process.poll() is None:
                run.process.send_signal(signal.SIGTERM)
            return run.process.poll() is not None

        wait_until(is_ended, "it ends")
        self.assertIn(run.process.returncode, (-signal.SIGTERM, 128 + signal.SIGTERM))

    def test_a_reload_does_not_end_a_daemon_that_stops(self):
        self.collector.answer = lambda number: "silence"
        daemon = Daemon(self, self.config())
        wait_until(lambda: self.collector.count() > 0, "it delivers")
        daemon.process.send_signal(signal.SIGTERM)
        wait_until(lambda: "stopping" in daemon.log(), "it stops")
        daemon.process.send_signal(signal.SIGHUP)
        self.assertEqual(daemon.process.wait(), 0)
        self.assertIn("kept for the next start", daemon.log())


if __name__ == "__main__":
    unittest.main()
