"""DNS checks against real knot and unbound: what is wrong, and whose."""

import socket
import unittest

from name_servers import Knot, Unbound, zone_file
from support import Authority, Case, Namespace, WebServer, free_port

ZONE = "shop.example."
RECORDS = "@ NS ns1\nns1 A 192.0.2.1\nwww A 192.0.2.80\nwww A 192.0.2.81\n@ MX 10 mail\n"


class OneServer(Case):
    def setUp(self):
        super().setUp()
        self.knot = Knot(self, {ZONE: zone_file(ZONE, RECORDS)})

    def look(self, name, *more, expect):
        return self.outcome(self.gaikei("check", "dns://%s/%s" % (self.knot.text, name), *more, expect=expect))

    def test_an_answer_with_its_sections_flags_and_phases(self):
        seen = self.look("www.shop.example?type=A", "--expect", "answer.count == 2", "--expect", "ttl >= 300",
                         "--expect", "flags contains aa", "--expect", "answer contains '192.0.2.81'", expect=0)
        self.assertEqual((seen["kind"], seen["status"], seen["dns"]["rcode"]), ("dns", "pass", "NOERROR"))
        self.assertEqual(sorted(r["data"] for r in seen["dns"]["answer"]), ["192.0.2.80", "192.0.2.81"])
        self.assertEqual({"type": "A", "name": "www.shop.example.", "ttl": 300},
                         {key: seen["dns"]["answer"][0][key] for key in ("type", "name", "ttl")})
        self.assertEqual(seen["dns"]["transport"], "udp")
        self.assertIn("processing", seen["phases"])
        self.assertNotIn("connect", seen["phases"])
        self.assert_phases_add_up(seen)

    def test_what_is_not_there(self):
        seen = self.look("nope.shop.example", expect=1)
        self.assertEqual((seen["reason"], seen["blame"]), ("dns_nxdomain", "target"))
        self.assertEqual(self.look("www.shop.example?type=AAAA", expect=1)["reason"], "dns_nodata")
        self.assertEqual(self.look("other.example", expect=1)["reason"], "dns_refused")
        self.look("nope.shop.example", "--expect", "rcode == NXDOMAIN", expect=0)
        self.assertEqual(self.look("www.shop.example", "--expect", "rcode == NXDOMAIN", expect=1)["reason"],
                         "expect_rcode")

    def test_tcp_is_asked_for(self):
        seen = self.look("shop.example?type=SOA", "--transport", "tcp", "--expect", "serial == 42", expect=0)
        self.assertEqual(seen["dns"]["transport"], "tcp")
        self.assertIn("connect", seen["phases"])
        self.assertIn("rtt", seen["tcp"])

    def test_text_reads_like_an_answer(self):
        done = self.gaikei("check", "dns://%s/shop.example?type=MX" % self.knot.text, "-o", "text", expect=0)
        for part in ("PASS", "question", "shop.example. IN MX", "NOERROR", "10 mail.shop.example.", "UDP"):
            self.assertIn(part, done.stdout)

    def test_metrics_have_blackbox_names(self):
        done = self.gaikei("check", "dns://%s/shop.example?type=SOA" % self.knot.text, "-o", "prometheus", expect=0)
        for part in ('probe_dns_duration_seconds{', 'phase="request"', "probe_dns_answer_rrs{", "probe_dns_serial{"):
            self.assertIn(part, done.stdout)


class EncryptedServer(Case):
    """Unbound speaks DNS over TLS and over HTTPS, too."""

    def setUp(self):
        super().setUp()
        self.authority = Authority(self)
        certificate, key = self.authority.leaf("dns")
        self.dot, self.doh = free_port(), free_port()
        Unbound(self, ["www.shop.example. A 192.0.2.80"], more=(
            " interface: 127.0.0.1@%d\n interface: 127.0.0.1@%d\n tls-port: %d\n https-port: %d\n"
            ' tls-service-pem: "%s"\n tls-service-key: "%s"\n'
            % (self.dot, self.doh, self.dot, self.doh, certificate, key)))

    def test_both_are_asked_and_the_server_is_verified(self):
        for transport, port in (("dot", self.dot), ("doh", self.doh)):
            with self.subTest(transport):
                arguments = ("check", "dns://localhost:%d/www.shop.example" % port, "-4", "--transport", transport)
                seen = self.outcome(self.gaikei(*arguments, "--cacert", self.authority.file, "--expect",
                                                "answer contains '192.0.2.80'", expect=0))
                self.assertEqual(seen["dns"]["transport"], transport)
                self.assertTrue(seen["tls"]["verified"])
                self.assertLessEqual({"resolve", "connect", "tls", "processing"}, set(seen["phases"]))
                self.assert_phases_add_up(seen)
                untrusted = self.outcome(self.gaikei(*arguments, expect=1))
                self.assertEqual((untrusted["reason"], untrusted["phase"], untrusted["blame"]),
                                 ("tls_cert_untrusted", "tls", "target"))
                self.assertEqual(untrusted["tls"]["chain"][0]["subject"], "CN=dns")


class ThreeServers(Case):
    def test_the_one_with_an_old_serial_is_named(self):
        knots = [Knot(self, {ZONE: zone_file(ZONE, RECORDS, serial)}) for serial in (42, 41, 42)]
        config = self.write("gaikei.toml", """
            [check.zone]
            target  = "dns:shop.example?type=SOA"
            servers = [%s]
            expect  = ["serial.spread <= 0"]
            """ % ", ".join('"%s"' % knot.text for knot in knots))
        seen = self.outcome(self.gaikei("once", "-c", config, "-o", "json", expect=1))
        self.assertEqual((seen["status"], seen["reason"]), ("fail", "expect_serial"))
        self.assertIn(knots[1].text, seen["message"])
        self.assertEqual(seen["dns"]["differing"], [knots[1].text])
        self.assertEqual(seen["dns"]["serial_spread"], 1)
        self.assertEqual(sorted(server["serial"] for server in seen["dns"]["servers"]), [41, 42, 42])

    def test_those_that_agree_agree(self):
        knots = [Knot(self, {ZONE: zone_file(ZONE, RECORDS)}) for _ in range(2)]
        arguments = [word for knot in knots for word in ("--servers", knot.text)]
        seen = self.outcome(self.gaikei("check", "dns:www.shop.example", *arguments, "--expect", "agree", expect=0))
        self.assertIs(seen["dns"]["agree"], True)

    def test_a_dead_one_fails_the_check(self):
        knot = Knot(self, {ZONE: zone_file(ZONE, RECORDS)})
        dead = Knot(self, {ZONE: zone_file(ZONE, RECORDS)})
        dead.stop()
        seen = self.outcome(self.gaikei("check", "dns:www.shop.example", "--servers", knot.text, "--servers", dead.text,
                                        "--timeout", "2s", expect=1))
        self.assertEqual(seen["reason"], "connect_refused")
        self.assertIn(dead.text, seen["message"])


class Authoritative(Case):
    """A root, a top-level domain and a zone on three servers, in a network of their own."""

    def test_the_servers_are_found_from_the_parent_and_the_odd_one_is_named(self):
        network = Namespace(self)
        for last in range(3, 7):
            network.ip("-n", network.target, "addr", "add", "10.99.0.%d/24" % last, "dev", "vb")
        inside = network.inside(network.target)
        glue = "".join("ns%d.shop.example. A 10.99.0.%d\n" % (n, n + 3) for n in (1, 2, 3))
        names = "".join("shop.example. NS ns%d.shop.example.\n" % n for n in (1, 2, 3))
        Knot(self, {".": zone_file(".", "@ NS a.root.\na.root. A 10.99.0.2\nexample. NS a.root.\n"),
                    "example.": zone_file("example.", "@ NS a.root.\n" + names + glue)},
             "10.99.0.2", 53, prefix=inside)
        for n, serial in ((1, 42), (2, 42), (3, 41)):
            Knot(self, {ZONE: zone_file(ZONE, names + glue, serial)}, "10.99.0.%d" % (n + 3), 53, prefix=inside)
        hints = self.write("hints", ". 3600 NS a.root.\na.root. 3600 A 10.99.0.2\n")
        Unbound(self, more=' root-hints: "%s"\n' % hints, address="10.99.0.3", port=53, ask="shop.example.",
                prefix=inside)
        seen = self.outcome(self.gaikei("check", "dns:shop.example?type=SOA", "--servers", "authoritative",
                                        "--resolve-via", "10.99.0.3", "--expect", "serial.spread <= 0",
                                        prefix=network.inside(), expect=1))
        self.assertEqual((seen["status"], seen["reason"]), ("fail", "expect_serial"))
        self.assertEqual([server["server_name"] for server in seen["dns"]["servers"]],
                         ["ns%d.shop.example." % n for n in (1, 2, 3)])
        self.assertEqual(seen["dns"]["differing"], ["10.99.0.6:53"])
        self.assertIn("ns3.shop.example.", seen["message"])
        self.assertIn("41", seen["message"])


class Dnssec(Case):
    """A parent and a child signed by knot, the parent's key as trust anchor."""

    def look(self, child_signed, with_ds):
        child = Knot(self, {ZONE: zone_file(ZONE, RECORDS)}, signed=(ZONE,) if child_signed else ())
        ds = child.ds(ZONE) if with_ds else ""
        parent = Knot(self, {"example.": zone_file("example.", "@ NS ns1\nns1 A 192.0.2.1\nshop NS ns1.shop\n"
                                                               "ns1.shop A 192.0.2.1\n" + ds)}, signed=("example.",))
        unbound = Unbound(self, ask="shop.example.", more="".join(
            'stub-zone:\n name: "%s"\n stub-addr: %s\n' % (zone, server.text.replace(":", "@"))
            for zone, server in (("example.", parent), (ZONE, child))))
        anchor = self.write("anchor", parent.ds("example."))
        return self.gaikei("check", "dns://%s/www.shop.example" % unbound.text, "--dnssec", "validate",
                           "--trust-anchor", anchor)

    def test_a_signed_chain_is_secure(self):
        done = self.look(child_signed=True, with_ds=True)
        seen = self.outcome(done)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(seen["dns"]["dnssec"]["status"], "secure")
        self.assertTrue(any("shop.example." in link for link in seen["dns"]["dnssec"]["chain"]))

    def test_a_missing_ds_is_told(self):
        seen = self.outcome(self.look(child_signed=True, with_ds=False))
        self.assertEqual((seen["status"], seen["reason"]), ("fail", "expect_dnssec"))
        self.assertEqual((seen["dns"]["dnssec"]["status"], seen["dns"]["dnssec"]["failure"]),
                         ("insecure", "ds_missing"))
        self.assertEqual(seen["dns"]["dnssec"]["zone"], ZONE)


class ResolvingForOthers(Case):
    def silent(self):
        """A name server that takes questions and says nothing."""
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(("127.0.0.1", 0))
        self.addCleanup(server.close)
        return "127.0.0.1:%d" % server.getsockname()[1]

    def test_a_dead_first_resolver_and_a_live_second_pass_with_the_time_shown(self):
        web = WebServer(self)
        live = Unbound(self, ["shop.example. A 127.0.0.1"])
        dead = self.silent()
        seen = self.outcome(self.gaikei("check", "http://shop.example:%d/" % web.port, "-4", "--resolve-via", dead,
                                        "--resolve-via", live.text, expect=0))
        self.assertGreater(seen["phases"]["resolve"], 0.2)
        self.assertEqual(seen["resolve"]["server"], live.text)
        self.assertTrue(any(dead in note for note in seen["resolve"]["notes"]), seen["resolve"])

    def once(self, resolver, reference, expect):
        config = self.write("gaikei.toml", """
            [check.shop]
            target  = "http://shop.example/"
            timeout = "3s"
            [region.local]
            resolver  = ["%s"]
            reference = ["dns:%s"]
            """ % (resolver, reference))
        return self.outcome(self.gaikei("once", "-c", config, "-o", "json", expect=expect))

    def test_all_resolvers_dead_is_the_probers_own_trouble(self):
        seen = self.once(self.silent(), "known.example", expect=3)
        self.assertEqual((seen["status"], seen["reason"], seen["blame"]),
                         ("unknown", "prober_resolver_down", "prober"))

    def test_one_name_that_fails_while_others_resolve_is_its_own_dns(self):
        forward = 'forward-zone:\n name: "shop.example."\n forward-addr: %s\n' % self.silent().replace(":", "@")
        half = Unbound(self, ["known.example. A 192.0.2.1"], more=forward)
        seen = self.once(half.text, "known.example", expect=1)
        self.assertEqual((seen["status"], seen["blame"]), ("fail", "dns"))
        self.assertIn(seen["reason"], ("dns_timeout", "dns_servfail"))


if __name__ == "__main__":
    unittest.main()
