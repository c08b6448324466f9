"""`gaikei demo`: targets that misbehave on cue come out as announced."""

import json
import os
import unittest
import urllib.request

from support import Case, Child, GAIKEI, accepts, free_port, wait_until


class Demo(Case):
    def test_every_case_comes_out_as_announced(self):
        done = self.gaikei("demo", "--once", expect=0)
        self.assertIn("12 of 12 as announced", done.stdout)
        for reason in ("tls_cert_expired", "dns_nxdomain", "transfer_timeout"):
            self.assertEqual(done.stdout.count(reason), 2, done.stdout)

    def test_it_goes_on_until_it_is_ended_and_leaves_nothing_behind(self):
        private = self.path("tmp")
        os.mkdir(private)
        port = free_port()
        child = Child(self, [GAIKEI, "demo", "--listen", "127.0.0.1:%d" % port],
                      env={**os.environ, "TMPDIR": private})
        wait_until(lambda: accepts(port), "the endpoints listen")

        def seen():
            with urllib.request.urlopen("http://127.0.0.1:%d/api/v1/outcomes" % port) as answer:
                return {o["check"]: o["status"] for o in json.load(answer)["outcomes"]}

        wait_until(lambda: seen().get("healthy") == "pass" and seen().get("expired") == "fail",
                   "healthy passes and expired fails")
        self.assertEqual(child.stop(), 0, child.log())
        self.assertEqual(os.listdir(private), [])


if __name__ == "__main__":
    unittest.main()
