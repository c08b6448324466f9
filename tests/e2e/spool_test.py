"""`gaikei spool`: what waits for the upstreams, as an operator sees it."""

import json
import os
import sqlite3
import unittest

from support import Case, Daemon, WebServer, free_port, wait_until


class Spool(Case):
    def setUp(self):
        super().setUp()
        self.target = WebServer(self)

    def config(self, *upstreams, checks=3, state='state_dir = "state"\n', every="60s"):
        """Upstreams that nobody answers for: (name, further keys)."""
        text = '[probe]\nlisten = "127.0.0.1:0"\n' + state + '[defaults]\nevery = "%s"\n' % every
        for number in range(checks):
            text += '[check.c%d]\ntarget = "%s"\n' % (number, self.target.url)
        for name, more in upstreams:
            text += ('[upstream.%s]\ntype = "otlp"\nprotocol = "http/json"\nendpoint = "http://127.0.0.1:%d"\n'
                     'every = "1s"\n%s\n' % (name, free_port(), more))
        return self.write("gaikei.toml", text)

    def status(self, *args, expect=0):
        return json.loads(self.gaikei("spool", "status", "-o", "json", *args, expect=expect).stdout)

    def account(self, name, *args):
        found = [row for row in self.status(*args)["upstreams"] if row["upstream"] == name]
        self.assertEqual(len(found), 1)
        account = found[0]
        self.assertEqual(account["produced"], account["sent"] + account["spooled"] + account["rejected"] +
                         sum(account["dropped"].values()))
        return account

    def dump(self, *args):
        return [json.loads(line) for line in self.gaikei("spool", "dump", *args, expect=0).stdout.splitlines()]

    def test_says_that_there_is_none(self):
        self.config()
        for action in ("status", "dump", "check"):
            done = self.gaikei("spool", action, expect=2)
            self.assertIn("state/spool.db: there is no spool", done.stderr)
            self.assertEqual(done.stdout, "")
        done = self.gaikei("spool", "check", "--state-dir", "else\x1bwhere", expect=2)
        self.assertIn("else\\x1bwhere/spool.db: there is no spool", done.stderr)
        self.config(state="")
        self.assertIn("lives in memory", self.gaikei("spool", "status", expect=2).stderr)
        self.assertEqual(self.gaikei("spool", expect=2).stdout, "")
        self.assertEqual(self.gaikei("spool", "drop", expect=2).stdout, "")

    def test_tells_what_once_has_left(self):
        self.config(("dead", ""), ("some", 'checks = ["c1"]'))
        outcomes = {(o["check"], o["region"], o["scheduled_at"]): o
                    for o in self.outcomes(self.gaikei("once", "-o", "json", "--deadline", "20s", expect=0))}
        self.assertEqual(len(outcomes), 3)
        account = self.account("dead")
        self.assertEqual((account["spooled"], account["produced"], account["fold_level"]), (3, 3, 0))
        self.assertGreaterEqual(account["oldest_age"], 0)
        self.assertEqual(self.account("some")["spooled"], 1)

        spooled = self.dump("--upstream", "dead")
        self.assertEqual({(s["check"], s["region"], s["scheduled_at"]) for s in spooled}, set(outcomes))
        for sample in spooled:
            outcome = outcomes[(sample["check"], sample["region"], sample["scheduled_at"])]
            for name in ("status", "duration", "target", "address", "port", "started_at"):
                self.assertEqual(sample[name], outcome[name], name)
        self.assertEqual([s["check"] for s in self.dump("--upstream", "some")], ["c1"])
        self.assertEqual(len(self.dump("--upstream", "dead", "--limit", "2")), 2)
        # Without the configuration nobody knows what a filter lets through.
        done = self.gaikei("spool", "dump", "--upstream", "some", "--state-dir", "state", expect=0)
        self.assertEqual(len(done.stdout.splitlines()), 3)
        self.assertIn("some takes some of the checks only", done.stderr)

        table = self.gaikei("spool", "status", expect=0).stdout
        self.assertIn("UPSTREAM", table)
        self.assertRegex(table, r"(?m)^dead +3 .* full +3 +0 +0 +0 +0$")
        self.assertIn("say which with --upstream", self.gaikei("spool", "dump", expect=2).stderr)
        self.assertIn('nothing was ever spooled for "other"',
                      self.gaikei("spool", "dump", "--upstream", "other", expect=2).stderr)

        done = self.gaikei("spool", "check", expect=0)
        self.assertIn("spool.db: sound", done.stdout)
        self.assertEqual(done.stderr, "")

    def test_says_what_is_damaged(self):
        self.config(("dead", ""))
        self.gaikei("once", "--deadline", "20s", expect=0)
        self.gaikei("spool", "check", expect=0)
        with sqlite3.connect(self.path("state/spool.db")) as database:
            database.execute("UPDATE batch SET bytes = zeroblob(length(bytes))")
        database.close()
        done = self.gaikei("spool", "check", expect=1)
        self.assertIn("the checksum of its items is wrong", done.stdout)
        self.assertIn('lane "dead": 3 samples should wait for it, and 0 do', done.stdout)
        self.assertIn("spool.db: damaged", done.stdout)
        done = self.gaikei("spool", "dump", expect=1)
        self.assertEqual(done.stdout, "")
        self.assertIn("damaged", done.stderr)

        with open(self.path("state/spool.db"), "r+b") as file:
            file.seek(4096)
            file.write(os.urandom(8192))
        self.gaikei("spool", "check", expect=1)
        self.gaikei("spool", "status", expect=1)
        with open(self.path("state/spool.db"), "r+b") as file:
            file.write(b"nothing of ours ")
        for action in ("check", "status", "dump"):
            self.assertIn("nothing of it can be read", self.gaikei("spool", action, expect=1).stderr)
        for size in (20000, 100, 0):
            os.truncate(self.path("state/spool.db"), size)
            self.assertIn("nothing of it can be read", self.gaikei("spool", "check", expect=1).stderr)

    def test_says_what_stands_in_its_place(self):
        self.config()
        os.mkdir(self.path("state"))
        os.mkdir(self.path("state/spool.db"))
        self.assertIn("spool.db: is a directory", self.gaikei("spool", "check", expect=2).stderr)
        os.rmdir(self.path("state/spool.db"))
        os.mkfifo(self.path("state/spool.db"))
        for action in ("check", "status", "dump"):
            self.assertIn("spool.db: is a pipe", self.gaikei("spool", action, expect=2).stderr)

    def test_needs_no_secrets(self):
        self.config(("dead", 'checks = ["c1"]'))
        self.gaikei("once", "--deadline", "20s", expect=0)
        self.config(("dead", 'checks = ["c1"]\nheaders = { Authorization = { env = "NOT_THERE" } }'))
        with open(self.path("gaikei.toml"), "a") as more:
            more.write('[check.other]\ntarget = "https://x.example/"\nbody = { file = "nowhere" }\n')
        self.gaikei("validate", expect=2)
        self.gaikei("spool", "check", expect=0)
        self.assertEqual(self.account("dead")["spooled"], 1)
        self.assertEqual([s["check"] for s in self.dump()], ["c1"])

    def test_looks_while_a_daemon_writes(self):
        config = self.config(("dead", ""), every="1s")
        daemon = Daemon(self, config)

        def has_some():
            if not os.path.exists(self.path("state/spool.db")):
                return False
            rows = self.status()["upstreams"]
            return bool(rows) and rows[0]["spooled"] >= 6

        wait_until(has_some, "samples wait")
        # Again and again, beside its commits: never a fault, never a sum that is wrong.
        last = 0
        for _ in range(5):
            account = self.account("dead", "--state-dir", "state")
            self.assertGreaterEqual(account["produced"], last)
            last = account["produced"]
            self.gaikei("spool", "check", expect=0)
            self.assertGreaterEqual(len(self.dump()), last)
        self.assertEqual(daemon.stop(), 0)
        account = self.account("dead")
        self.assertEqual(account["spooled"], len(self.dump()))
        self.gaikei("spool", "check", expect=0)


if __name__ == "__main__":
    unittest.main()
