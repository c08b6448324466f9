"""`gaikei run` on a machine that takes its means away while it looks: nobody is blamed for that."""

import datetime
import os
import ssl
import threading
import unittest

from load_test import Room
from support import Authority, Child, Daemon, Namespace, WebServer, wait_until

# With room for all that ask at once when a link comes back: a queue that is full would be the target's fault.
SERVER = """
import http.server
http.server.ThreadingHTTPServer.request_queue_size = 1024
http.server.ThreadingHTTPServer(("10.99.0.2", 80), http.server.SimpleHTTPRequestHandler).serve_forever()
"""


class Fitness(Room):
    def reasons(self):
        return {s.get("reason") for s in self.samples()}

    def passes(self):
        return sum(s["status"] == "pass" for s in self.samples())

    def cut_and_mend(self, cut, mend):
        """A daemon in a namespace whose way out is cut for longer than its checks are patient, and mended."""
        namespace = Namespace(self)
        Child(self, [*namespace.inside(namespace.target), "python3", "-c", SERVER])
        checks = [("c%d" % i, "http://10.99.0.2/?%d" % i, "") for i in range(20)]
        # Slots at all times: some attempts are in flight at the cut, others begin while it lasts.
        daemon = Daemon(self, self.config(checks, every="500ms", timeout="1500ms"), prefix=namespace.inside())
        wait_until(lambda: self.passes() >= 60, "all is well")
        namespace.ip("-n", *cut(namespace))
        before = len(self.samples())
        wait_until(lambda: len(self.samples()) >= before + 200, "five seconds without a way out")
        namespace.ip("-n", *mend(namespace))
        passes = self.passes()
        wait_until(lambda: self.passes() >= passes + 60, "all is well again")
        daemon.stop()
        samples = self.samples()
        self.assert_every_slot_once(samples)
        self.assertNotIn("fail", {s["status"] for s in samples},
                         {s["message"] for s in samples if s["status"] == "fail"})
        self.assertIn("prober_network_down", self.reasons())
        return samples

    def test_a_link_that_is_taken_down_blames_nobody(self):
        self.cut_and_mend(lambda n: (n.prober, "link", "set", "va", "down"), lambda n: (n.prober, "link", "set", "va", "up"))

    def test_a_link_that_loses_its_carrier_blames_nobody(self):
        samples = self.cut_and_mend(lambda n: (n.target, "link", "set", "vb", "down"),
                                    lambda n: (n.target, "link", "set", "vb", "up"))
        told = [s for s in samples if s["prober"].get("unfit") == "network"]
        self.assertTrue(told)
        self.assertTrue(any("link va is down" in s["message"] for s in told), {s["message"] for s in told})

    def test_an_address_that_is_taken_away_blames_nobody(self):
        self.cut_and_mend(lambda n: (n.prober, "addr", "del", "10.99.0.1/24", "dev", "va"),
                          lambda n: (n.prober, "addr", "add", "10.99.0.1/24", "dev", "va"))

    def test_a_target_that_dies_while_all_links_are_well_is_blamed(self):
        namespace = Namespace(self)
        server = Child(self, [*namespace.inside(namespace.target), "python3", "-c", SERVER])
        daemon = Daemon(self, self.config([("c", "http://10.99.0.2/", "")], every="500ms", timeout="1s"),
                        prefix=namespace.inside())
        wait_until(lambda: self.passes() >= 3, "all is well")
        namespace.nft("table ip t { chain c { type filter hook input priority 0;\ntcp dport 80 drop\n}\n}\n")
        wait_until(lambda: "connect_timeout" in self.reasons(), "it is blamed")
        daemon.stop()
        server.stop()
        self.assertNotIn("prober_network_down", self.reasons())

    def test_a_quota_that_starves_the_prober_blames_nobody(self):
        group = "/sys/fs/cgroup/cpu/gaikei-%d" % os.getpid()
        os.mkdir(group)
        authority = Authority(self)
        certificate, key = authority.leaf("localhost")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server = WebServer(self, context=context)
        url = "https://127.0.0.1:%d/" % server.port
        checks = [("c%d" % i, url + str(i), 'cacert = "%s"' % authority.file) for i in range(60)]
        daemon = Daemon(self, self.config(checks, every="1s", timeout="1s"))
        self.addCleanup(os.rmdir, group)
        self.addCleanup(daemon.stop)
        wait_until(lambda: self.passes() >= 60, "all is well")
        begins = datetime.datetime.utcnow()
        for name, text in (("cpu.cfs_quota_us", "10000"), ("cgroup.procs", str(daemon.process.pid))):
            with open(os.path.join(group, name), "w") as file:
                file.write(text)
        threading.Event().wait(12)  # what is tested: a time with a tenth of a CPU
        ends = datetime.datetime.utcnow()
        with open(os.path.join(group, "cpu.cfs_quota_us"), "w") as file:
            file.write("-1")
        wait_until(lambda: self.metric(daemon, "gaikei_unfit_seconds_total") > 2, "it was noticed")
        passes = self.passes()
        wait_until(lambda: self.passes() >= passes + 120, "all is well again")
        self.assertEqual(daemon.stop(), 0)
        samples = self.samples()
        self.assert_every_slot_once(samples)
        # What lies within the quota; outside of it a busy machine may well make the server slow.
        second = datetime.timedelta(seconds=1)
        within = [s for s in samples if (begins + second).isoformat() < s["scheduled_at"] < (ends - second).isoformat()]
        starved = [s for s in within if s["status"] == "fail"]
        self.assertEqual([(s["reason"], s["message"]) for s in starved], [])
        self.assertTrue({s.get("reason") for s in within} & {"prober_overload", "prober_skipped"})


if __name__ == "__main__":
    unittest.main()
