"""TLS on every address, STARTTLS, TCP dialogues and ICMP, from outside."""

import os
import shutil
import subprocess
import time
import unittest

from name_servers import SBIN, Unbound
from support import Authority, Case, Child, Namespace, Nginx, accepts, free_port, wait_until


class Edges(Child):
    """One nginx on several loopback addresses and one port, each with a certificate of its own."""

    def __init__(self, case, certificates):
        self.port = free_port()
        root = case.path("edges")
        os.mkdir(root)
        servers = "".join("server { listen %s:%d ssl; ssl_certificate %s; ssl_certificate_key %s; return 200; }\n"
                          % (address, self.port, *files) for address, files in certificates.items())
        config = os.path.join(root, "nginx.conf")
        with open(config, "w") as out:
            out.write("daemon off; pid %(r)s/pid; error_log stderr; %(u)s events {}\nhttp { access_log off;\n"
                      "client_body_temp_path %(r)s/b; proxy_temp_path %(r)s/p; fastcgi_temp_path %(r)s/f;\n"
                      "uwsgi_temp_path %(r)s/u; scgi_temp_path %(r)s/s;\n%(s)s}"
                      % {"r": root, "s": servers, "u": "user root;" if os.getuid() == 0 else ""})
        super().__init__(case, [shutil.which("nginx", path=SBIN), "-p", root, "-c", config])
        wait_until(lambda: all(accepts(self.port, address) for address in certificates)
                   or self.process.poll() is not None, "nginx accepts")
        if self.process.poll() is not None:
            raise AssertionError("nginx ended: " + self.log())


class EveryAddress(Case):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self)
        good = self.authority.leaf("good", san="DNS:shop.example")
        stale = self.authority.leaf("stale", san="DNS:shop.example", end="20210101000000Z")
        self.edges = Edges(self, {"127.0.0.2": good, "127.0.0.3": good, "127.0.0.4": stale})
        self.dns = Unbound(self, ["shop.example. A 127.0.0.%d" % n for n in (2, 3, 4)])

    def look(self, scheme, *more, expect):
        return self.outcome(self.gaikei("check", "%s://shop.example:%d" % (scheme, self.edges.port), "-4", "--cacert",
                                        self.authority.file, "--resolve-via", self.dns.text, *more, expect=expect))

    def test_the_stale_certificate_on_one_of_many_edges_is_found(self):
        for scheme in ("tls", "https"):
            with self.subTest(scheme):
                seen = self.look(scheme, "--all-addresses", expect=1)
                self.assertEqual((seen["status"], seen["reason"], seen["address"]),
                                 ("fail", "tls_cert_expired", "127.0.0.4"))
                by_address = {one["address"]: one for one in seen["addresses"]}
                self.assertEqual(sorted(by_address), ["127.0.0.2", "127.0.0.3", "127.0.0.4"])
                self.assertEqual(by_address["127.0.0.4"]["reason"], "tls_cert_expired")
                self.assertTrue(by_address["127.0.0.2"]["tls"]["verified"])
                self.assert_phases_add_up(seen)

    def test_the_policy_is_the_operators(self):
        config = self.write("gaikei.toml", "".join("""
            [check.%s]
            target = "tls://shop.example:%d"
            family = "ipv4"
            cacert = "%s"
            addresses = "%s"
            """ % (policy, self.edges.port, self.authority.file, policy) for policy in ("any", "all", "quorum")) + """
            [region.local]
            resolver = ["%s"]
            """ % self.dns.text)
        seen = self.outcomes(self.gaikei("once", "-c", config, "-o", "json", expect=1))
        self.assertEqual({one["check"]: one["status"] for one in seen}, {"any": "pass", "all": "fail", "quorum": "pass"})


class TlsCheck(Case):
    def test_a_handshake_shows_what_was_presented_and_what_was_verified(self):
        authority = Authority(self)
        nginx = Nginx(self, *authority.leaf("good"))
        target = "tls://localhost:%d" % nginx.https
        seen = self.outcome(self.gaikei("check", target, "--cacert", authority.file, "--alpn", "h2", expect=0))
        tls = seen["tls"]
        self.assertEqual((seen["kind"], seen["status"], tls["verified"], tls["alpn"]), ("tls", "pass", True, "h2"))
        self.assertEqual([c["subject"] for c in tls["verified_chain"]], ["CN=good", "CN=Test Root"])
        self.assertEqual([c["subject"] for c in tls["chain"]], ["CN=good"])
        self.assertNotEqual(tls["verified_expires_at"], tls["expires_at"])
        self.assertEqual(tls["matched_name"], "localhost")
        self.assertIn("group", tls)
        self.assertIn("rtt", seen["tcp"])
        self.assertNotIn("processing", seen["phases"])
        self.assert_phases_add_up(seen)
        text = self.gaikei("check", target, "--cacert", authority.file, "-o", "text", expect=0).stdout
        self.assertIn("CN=Test Root", text)
        self.assertIn("trusted, not sent", text)

    def test_a_lint_warns_and_can_be_ignored(self):
        authority = Authority(self)
        soon = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + 5 * 86400))
        nginx = Nginx(self, *authority.leaf("soon", end=soon))
        target = "tls://localhost:%d" % nginx.https
        seen = self.outcome(self.gaikei("check", target, "--cacert", authority.file, expect=0))
        self.assertEqual((seen["status"], seen["reason"], seen["tls"]["lints"]),
                         ("warn", "expect_certificate", ["expires_soon"]))
        config = self.write("gaikei.toml", '[check.a]\ntarget = "%s"\ncacert = "%s"\nignore_lints = ["expires_soon"]\n'
                            % (target, authority.file))
        self.assertEqual(self.outcome(self.gaikei("once", "-c", config, "-o", "json", expect=0))["status"], "pass")


class TcpCheck(Case):
    def test_a_dialogue_from_the_configuration(self):
        nginx = Nginx(self)
        config = self.write("gaikei.toml", r"""
            [check.web]
            target   = "tcp://127.0.0.1:%d"
            dialogue = [{ send = "GET / HTTP/1.0\r\n\r\n" }, { expect = '^HTTP/1\.1 (\d+)' }]
            expect   = ["response contains '200'"]
            [check.wrong]
            target   = "tcp://127.0.0.1:%d"
            dialogue = [{ send = "GET / HTTP/1.0\r\n\r\n" }, { expect = '^SSH-' }]
            """ % (nginx.http, nginx.http))
        seen = {one["check"]: one for one in self.outcomes(self.gaikei("once", "-c", config, "-o", "json", expect=1))}
        self.assertEqual(seen["web"]["status"], "pass", seen["web"])
        self.assertEqual(seen["wrong"]["reason"], "expect_response")

    def test_a_closed_port_is_refused(self):
        self.assertEqual(self.outcome(self.gaikei("check", "tcp://127.0.0.1:%d" % free_port(), expect=1))["reason"],
                         "connect_refused")


class IcmpCheck(Case):
    def test_loopback_answers(self):
        seen = self.outcome(self.gaikei("check", "icmp://127.0.0.1", expect=0))
        self.assertEqual((seen["icmp"]["loss"], seen["icmp"]["received"]), (0, seen["icmp"]["sent"]))
        self.assertGreater(seen["icmp"]["rtt_mean"], 0)
        self.assertIn("probe_icmp_duration_seconds{", self.gaikei("check", "icmp://127.0.0.1", "-o", "prometheus").stdout)

    def test_one_in_five_lost(self):
        network = Namespace(self)
        network.nft("table inet t { chain c { type filter hook input priority 0; "
                    "icmp type echo-request numgen inc mod 5 < 1 drop; }; }")
        config = self.write("gaikei.toml", """
            [defaults]
            timeout = "3s"
            [check.lossy]
            target = "icmp://10.99.0.2"
            count = 20
            interval = "10ms"
            warn = ["packet_loss < 5%"]
            [check.strict]
            target = "icmp://10.99.0.2"
            count = 20
            interval = "10ms"
            expect = ["packet_loss <= 10%"]
            [check.gone]
            target = "icmp://10.99.0.77"
            """)
        seen = {one["check"]: one for one in
                self.outcomes(self.gaikei("once", "-c", config, "-o", "json", prefix=network.inside(), expect=1))}
        self.assertAlmostEqual(seen["lossy"]["icmp"]["loss"] + seen["strict"]["icmp"]["loss"], 0.4, delta=0.0501)
        self.assertEqual((seen["lossy"]["status"], seen["lossy"]["reason"]), ("warn", "expect_packet_loss"))
        self.assertEqual((seen["strict"]["status"], seen["strict"]["reason"]), ("fail", "expect_packet_loss"))
        self.assertEqual(seen["gone"]["status"], "fail")

    def test_without_any_right_the_error_names_both_remedies(self):
        done = self.gaikei("check", "icmp://127.0.0.1", prefix=("setpriv", "--reuid=65534", "--regid=65534",
                                                                 "--clear-groups", "--bounding-set=-net_raw",
                                                                 "--inh-caps=-all"))
        self.assertNotIn(done.returncode, (0, 1))
        self.assertIn("ping_group_range", done.stdout + done.stderr)
        self.assertIn("CAP_NET_RAW", done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
