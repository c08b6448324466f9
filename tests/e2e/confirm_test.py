"""A retry diagnoses: what a further attempt changes, what healed, and what the slot counts as."""

import contextlib
import ssl
import unittest

from name_servers import Knot, zone_file
from support import Authority, Case, Daemon, WebServer, free_port, wait_until

ZONE = "shop.example"


class Site(WebServer):
    """Gives one status; with a `context` that offers h2 it agrees on what it does not speak."""

    def __init__(self, case, address, port, status, context=None):
        self.requests = 0

        def answer(request):
            self.requests += 1
            request.send_response(status)
            request.send_header("Content-Length", "0")
            request.end_headers()

        super().__init__(case, answer, address, port, context)


def sites(case, one, other):
    """Two servers on one port, each given as (address, status)."""
    for _ in range(20):
        port = free_port()
        with contextlib.suppress(OSError):
            first = Site(case, one[0], port, one[1])
            return port, first, Site(case, other[0], port, other[1])
    raise AssertionError("no port that is free at both addresses")


class Confirm(Case):
    def zone(self, records):
        return Knot(self, {ZONE + ".": zone_file(ZONE + ".", "@ NS ns1\nns1 A 127.0.0.1\n" + records)})

    def look(self, port, *servers, expect=0, more=()):
        via = [word for server in servers for word in ("--resolve-via", server.text)]
        return self.outcome(self.gaikei("check", "http://www.%s:%d/" % (ZONE, port), "--confirm", "2", *via, *more,
                                        expect=expect))

    def assert_healed(self, seen, change, reason="expect_status"):
        self.assertEqual(seen["status"], "pass", seen)
        self.assertEqual(seen["healed_by"], change, seen)
        self.assertEqual(seen["counts"], "bad")
        self.assertEqual([a["status"] for a in seen["attempts"]], ["fail", "pass"])
        self.assertEqual(seen["attempts"][0]["reason"], reason)
        self.assertNotIn("change", seen["attempts"][0])
        self.assertEqual(seen["attempts"][1]["change"], change)

    def test_another_address_heals(self):
        port, bad, good = sites(self, ("127.0.0.2", 500), ("127.0.0.3", 200))
        seen = self.look(port, self.zone("www A 127.0.0.2\nwww A 127.0.0.3\n"))
        self.assert_healed(seen, "address")
        self.assertEqual([a["address"] for a in seen["attempts"]], ["127.0.0.2", "127.0.0.3"])
        self.assertEqual(seen["resolve"]["addresses"], ["127.0.0.2", "127.0.0.3"])
        self.assertEqual((bad.requests, good.requests), (1, 1))

    def test_the_other_family_heals(self):
        port, _, _ = sites(self, ("::1", 500), ("127.0.0.1", 200))
        seen = self.look(port, self.zone("www AAAA ::1\nwww A 127.0.0.1\n"))
        self.assert_healed(seen, "family")
        self.assertEqual([a["address"] for a in seen["attempts"]], ["::1", "127.0.0.1"])

    def test_a_family_that_was_asked_for_is_kept(self):
        port, _, good = sites(self, ("::1", 500), ("127.0.0.1", 200))
        seen = self.look(port, self.zone("www AAAA ::1\nwww A 127.0.0.1\n"), expect=1, more=["-6"])
        self.assertEqual([a.get("change") for a in seen["attempts"]], [None, "nothing"])
        self.assertEqual(good.requests, 0)

    def test_another_name_server_heals(self):
        port, _, _ = sites(self, ("127.0.0.2", 500), ("127.0.0.3", 200))
        stale, fresh = self.zone("www A 127.0.0.2\n"), self.zone("www A 127.0.0.3\n")
        self.assert_healed(self.look(port, stale, fresh), "resolver")

    def test_http_1_1_heals_what_http_2_breaks(self):
        authority = Authority(self)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*authority.leaf("site"))
        context.set_alpn_protocols(["h2", "http/1.1"])
        site = Site(self, "127.0.0.1", 0, 200, context)
        seen = self.outcome(self.gaikei("check", "https://localhost:%d/" % site.port, "--address", "127.0.0.1", "--cacert",
                                        authority.file, "--confirm", "2", expect=0))
        self.assertIn(seen["attempts"][0]["reason"], ("protocol_error", "truncated", "reset"))
        self.assert_healed(seen, "http_version", seen["attempts"][0]["reason"])
        self.assertEqual(seen["http"]["version"], "1.1")

    def test_nothing_heals_what_is_really_broken(self):
        port, _, _ = sites(self, ("127.0.0.2", 500), ("127.0.0.3", 503))
        seen = self.look(port, self.zone("www A 127.0.0.2\nwww A 127.0.0.3\n"), expect=1)
        self.assertEqual((seen["status"], seen["reason"], seen["counts"]), ("fail", "expect_status", "bad"))
        self.assertNotIn("healed_by", seen)
        self.assertEqual(len(seen["attempts"]), 2)

    def test_confirm_counts_says_which_attempt_decides(self):
        port, _, _ = sites(self, ("127.0.0.2", 500), ("127.0.0.3", 200))
        seen = self.look(port, self.zone("www A 127.0.0.2\nwww A 127.0.0.3\n"), more=["--confirm-counts", "last"])
        self.assertEqual((seen["healed_by"], seen["counts"]), ("address", "good"))

    def test_the_page_for_people_says_what_healed(self):
        port, _, _ = sites(self, ("127.0.0.2", 500), ("127.0.0.3", 200))
        server = self.zone("www A 127.0.0.2\nwww A 127.0.0.3\n")
        page = self.gaikei("check", "http://www.%s:%d/" % (ZONE, port), "--confirm", "2", "--resolve-via", server.text, "-o",
                           "text", expect=0).stdout
        page = " ".join(page.split())  # lines are wrapped
        self.assertIn("by a change of address; counts as bad", page)
        self.assertIn("expect_status: status 500, expected 2xx", page)

    def test_the_daemon_keeps_what_was_healed(self):
        port, _, _ = sites(self, ("127.0.0.2", 500), ("127.0.0.3", 200))
        server = self.zone("www A 127.0.0.2\nwww A 127.0.0.3\n")
        config = self.write("gaikei.toml", """
            [probe]
            region = "here"
            listen = "127.0.0.1:0"
            [region.here]
            resolver = ["%s"]
            [check.shop]
            target = "http://www.%s:%d/"
            every = "1s"
            timeout = "1s"
            confirm = 2
            """ % (server.text, ZONE, port))
        daemon = Daemon(self, config)
        wait_until(lambda: daemon.json("/api/v1/outcomes?check=shop")["outcomes"], "an outcome")
        seen = daemon.json("/api/v1/outcomes?check=shop")["outcomes"][0]
        self.assert_healed(seen, "address")


if __name__ == "__main__":
    unittest.main()
