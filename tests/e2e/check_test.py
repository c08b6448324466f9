"""`gaikei check` against real servers: what it prints, and how it exits."""

import calendar
import contextlib
import json
import os
import pty
import resource
import signal
import subprocess
import time
import unittest
import xml.etree.ElementTree

from support import Authority, Case, DEADLINE, GAIKEI, Namespace, Nginx, WebServer, free_port


class TlsServer(Case):
    def test_private_ca_passes_with_every_phase_and_the_whole_chain(self):
        authority = Authority(self)
        nginx = Nginx(self, *authority.leaf("good", end="20370101000000Z"))
        done = self.gaikei("check", "https://localhost:%d/" % nginx.https, "--cacert", authority.file, expect=0)
        outcome = self.outcome(done)
        self.assertEqual(outcome["status"], "pass")
        self.assertNotIn("reason", outcome)
        self.assertLessEqual({"resolve", "connect", "tls", "processing", "transfer", "other"}, set(outcome["phases"]))
        self.assert_phases_add_up(outcome)
        self.assertEqual(outcome["http"]["version"], "2")
        tls = outcome["tls"]
        self.assertTrue(tls["verified"])
        self.assertEqual(tls["expires_at"], "2037-01-01T00:00:00.000000Z")
        self.assertEqual(tls["chain"][0]["subject"], "CN=good")
        self.assertEqual(tls["chain"][0]["issuer"], "CN=Test Root")
        fingerprint = subprocess.run(["openssl", "x509", "-in", os.path.join(authority.dir, "good.pem"), "-noout",
                                      "-fingerprint", "-sha256"], stdout=subprocess.PIPE, check=True, text=True).stdout
        self.assertEqual(tls["chain"][0]["sha256"], fingerprint.split("=")[1].strip().replace(":", "").lower())

    def test_expired_certificate_fails_and_shows_the_chain(self):
        authority = Authority(self)
        nginx = Nginx(self, *authority.leaf("old", start="20200101000000Z", end="20210101000000Z"))
        outcome = self.outcome(self.gaikei("check", "https://localhost:%d/" % nginx.https, "--cacert", authority.file,
                                           expect=1))
        self.assertEqual((outcome["status"], outcome["reason"], outcome["phase"], outcome["blame"]),
                         ("fail", "tls_cert_expired", "tls", "target"))
        self.assertFalse(outcome["tls"]["verified"])
        self.assertEqual(outcome["tls"]["chain"][0]["subject"], "CN=old")
        self.assertEqual(outcome["tls"]["expires_at"], "2021-01-01T00:00:00.000000Z")
        self.assertNotIn("processing", outcome["phases"])
        self.assert_phases_add_up(outcome)

    def test_insecure_notes_what_it_does_not_judge(self):
        authority = Authority(self)
        nginx = Nginx(self, *authority.leaf("old", end="20210101000000Z"))
        outcome = self.outcome(self.gaikei("check", "https://localhost:%d/" % nginx.https, "--cacert", authority.file,
                                           "--insecure", expect=0))
        self.assertFalse(outcome["tls"]["verified"])
        self.assertIn("expired", outcome["tls"]["verify_error"])

    def test_certificate_expectations_are_judged(self):
        authority = Authority(self)
        soon = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + 5 * 86400))
        nginx = Nginx(self, *authority.leaf("soon", end=soon))
        outcome = self.outcome(self.gaikei("check", "https://localhost:%d/" % nginx.https, "--cacert", authority.file,
                                           "--expect", "certificate.days_left > 14", expect=1))
        self.assertEqual(outcome["reason"], "expect_certificate")


class BlackHole(Case):
    def test_connect_timeout_is_on_time_and_in_its_phase(self):
        namespace = Namespace(self)
        namespace.nft("table ip t { chain c { type filter hook input priority 0;\ntcp dport 80 drop\n}\n}\n")
        began = time.monotonic()
        done = self.gaikei("check", "http://10.99.0.2/", "--timeout", "1s", expect=1, prefix=namespace.inside())
        took = time.monotonic() - began
        outcome = self.outcome(done)
        self.assertEqual((outcome["status"], outcome["reason"], outcome["phase"]), ("fail", "connect_timeout", "connect"))
        self.assertGreaterEqual(outcome["duration"], 1.0)
        self.assertGreaterEqual(outcome["phases"]["connect"], 0.9)
        self.assertNotIn("processing", outcome["phases"])
        self.assertGreaterEqual(took, 1.0)
        self.assert_phases_add_up(outcome)

    def test_no_route_is_the_probers_fault(self):
        namespace = Namespace(self)
        outcome = self.outcome(self.gaikei("check", "http://192.0.2.1/", "--timeout", "5s", expect=3,
                                           prefix=namespace.inside()))
        self.assertEqual((outcome["status"], outcome["reason"], outcome["blame"]),
                         ("unknown", "prober_network_down", "prober"))

    def test_unreachable_host_is_told_from_a_refusal(self):
        namespace = Namespace(self)
        namespace.nft("table ip t { chain c { type filter hook input priority 0;\n"
                      "tcp dport 80 reject with icmp type host-unreachable\n}\n}\n")
        outcome = self.outcome(self.gaikei("check", "http://10.99.0.2/", expect=1, prefix=namespace.inside()))
        self.assertEqual((outcome["reason"], outcome["blame"]), ("connect_unreachable", "network"))

    def test_no_local_port_left_is_the_probers_fault(self):
        namespace = Namespace(self)
        subprocess.run([*namespace.inside(), "sysctl", "-qw", "net.ipv4.ip_local_port_range=40000 40001"], check=True)
        namespace.nft("table ip t { chain c { type filter hook input priority 0;\ntcp dport 80 drop\n}\n}\n")
        done = self.gaikei("check", *["http://10.99.0.2/%d" % i for i in range(6)], "--timeout", "1s", expect=1,
                           prefix=namespace.inside())
        reasons = [o["reason"] for o in self.outcomes(done)]
        self.assertEqual(set(reasons), {"connect_timeout", "prober_port_exhausted"})
        for outcome in self.outcomes(done):
            if outcome["reason"] == "prober_port_exhausted":
                self.assertEqual(outcome["status"], "unknown")


class Limits(Case):
    def test_descriptor_limit_never_makes_a_fail(self):
        held = WebServer(self)
        done = self.gaikei("check", *["%s%d" % (held.url, i) for i in range(200)], expect=3,
                           preexec=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40)))
        outcomes = self.outcomes(done)
        self.assertEqual(len(outcomes), 200)
        self.assertEqual({o["status"] for o in outcomes}, {"pass", "unknown"})
        self.assertEqual({o.get("reason") for o in outcomes}, {None, "prober_fd_limit"})


class Formats(Case):
    def test_json_is_the_default_when_piped_and_nothing_else_is_printed(self):
        server = WebServer(self)
        done = self.gaikei("check", server.url, expect=0)
        self.assertEqual(done.stdout.count("\n"), 1)
        self.assertEqual(done.stderr, "")
        outcome = json.loads(done.stdout)
        self.assertEqual(outcome["schema"], "gaikei.outcome/1")
        self.assertEqual((outcome["kind"], outcome["region"], outcome["status"]), ("http", "local", "pass"))
        scheduled = calendar.timegm(time.strptime(outcome["scheduled_at"][:19], "%Y-%m-%dT%H:%M:%S"))
        self.assertLess(abs(scheduled - time.time()), 3600)

    def test_text_names_the_reason_in_words(self):
        done = self.gaikei("check", "http://127.0.0.1:%d/" % free_port(), "-o", "text", expect=1)
        self.assertIn("FAIL", done.stdout)
        self.assertIn("refused", done.stdout)
        self.assertNotIn("\x1b", done.stdout)

    def test_color_is_asked_for_and_no_color_is_honoured(self):
        server = WebServer(self)
        self.assertIn("\x1b[", self.gaikei("check", server.url, "-o", "text", "--color", "always").stdout)
        self.assertNotIn("\x1b[", self.gaikei("check", server.url, "-o", "text", env={"NO_COLOR": "1"}).stdout)

    def test_junit_is_xml_with_a_failure(self):
        server = WebServer(self)
        done = self.gaikei("check", server.url, "http://127.0.0.1:%d/" % free_port(), "-o", "junit", expect=1)
        root = xml.etree.ElementTree.fromstring(done.stdout)
        self.assertEqual(len(list(root.iter("testcase"))), 2)
        self.assertEqual(len(list(root.iter("failure"))), 1)

    def test_prometheus_has_blackbox_names(self):
        server = WebServer(self)
        done = self.gaikei("check", server.url, "-o", "prometheus", expect=0)
        self.assertRegex(done.stdout, r'(?m)^probe_success\{.*check=.*\} 1$')
        self.assertRegex(done.stdout, r'(?m)^probe_http_status_code\{.*\} 200$')

    def test_nagios_is_one_line_and_its_own_exit_codes(self):
        server = WebServer(self)
        refused = "http://127.0.0.1:%d/" % free_port()
        done = self.gaikei("check", server.url, "-o", "nagios", expect=0)
        self.assertEqual(done.stdout.count("\n"), 1)
        self.assertIn("OK", done.stdout)
        self.assertIn("|", done.stdout)
        self.assertIn("CRITICAL", self.gaikei("check", refused, "-o", "nagios", expect=2).stdout)
        self.assertIn("WARNING", self.gaikei("check", server.url, "--warn", "status == 201", "-o", "nagios",
                                             expect=1).stdout)


class CommandLine(Case):
    def test_mistakes_exit_2_and_run_nothing(self):
        requests = []

        def handle(request):
            requests.append(request.path)
            request.send_response(204)
            request.end_headers()

        server = WebServer(self, handle)
        for args in (["check"], ["check", server.url, "--expect", "status = 200"], ["check", "gopher://x/"],
                     ["check", server.url, "--timeout", "soon"], ["check", server.url, "--http", "3"],
                     ["check", server.url, "--no-such-flag"], ["frobnicate"], []):
            with self.subTest(args=args):
                done = self.gaikei(*args, expect=2)
                self.assertNotEqual(done.stderr, "")
                self.assertEqual(done.stdout, "")
        self.assertEqual(requests, [])

    def test_an_expectation_that_does_not_parse_points_at_its_column(self):
        done = self.gaikei("check", "http://127.0.0.1:1/", "--expect", "status ~ 200", expect=2)
        self.assertIn("column 8", done.stderr)

    def test_help_and_version(self):
        self.assertIn("check", self.gaikei("help", expect=0).stdout)
        self.assertIn("--expect", self.gaikei("help", "check", expect=0).stdout)
        self.assertIn("libcurl", self.gaikei("version", expect=0).stdout)
        self.assertIn("--expect", self.gaikei("check", "--help", expect=0).stdout)

    def test_warn_passes_with_a_reason(self):
        server = WebServer(self)
        outcome = self.outcome(self.gaikei("check", server.url, "--warn", "body contains 'nothing'", expect=0))
        self.assertEqual((outcome["status"], outcome["reason"]), ("warn", "expect_body"))

    def test_a_signal_ends_it_with_what_is_finished_printed(self):
        import signal
        server = WebServer(self)
        hang = __import__("socket").socket()
        hang.bind(("127.0.0.1", 0))
        hang.listen(8)
        process = subprocess.Popen([GAIKEI, "check", server.url, "http://127.0.0.1:%d/" % hang.getsockname()[1],
                                    "--timeout", "50s"], stdout=subprocess.PIPE, text=True)
        first = process.stdout.readline()
        self.assertEqual(json.loads(first)["status"], "pass")
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 143)
        self.assertEqual(json.loads(rest)["reason"], "prober_skipped")
        hang.close()

    def test_count_looks_again_and_the_exit_status_is_over_all(self):
        codes = iter([200, 500, 200])

        def answer(request):
            request.send_response(next(codes))
            request.send_header("Content-Length", "0")
            request.end_headers()

        server = WebServer(self, answer)
        began = time.monotonic()
        done = self.gaikei("check", server.url, "--count", "3", "--every", "150ms", expect=1)
        self.assertGreaterEqual(time.monotonic() - began, 0.3)
        self.assertEqual([outcome["status"] for outcome in self.outcomes(done)], ["pass", "fail", "pass"])

    def test_watch_looks_until_a_signal(self):
        import signal
        server = WebServer(self)
        process = subprocess.Popen([GAIKEI, "check", server.url, "--watch", "--every", "20ms"], stdout=subprocess.PIPE,
                                   text=True)
        seen = [json.loads(process.stdout.readline())["status"] for _ in range(5)]
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
        self.assertEqual(seen, ["pass"] * 5)
        self.assertEqual(process.returncode, 130)

    def test_watch_draws_a_table_on_a_terminal(self):
        server = WebServer(self)
        terminal, theirs = pty.openpty()
        process = subprocess.Popen([GAIKEI, "check", server.url, "http://127.0.0.1:1/", "--watch", "--every", "20ms"],
                                   stdin=theirs, stdout=theirs, stderr=theirs,
                                   env={**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8", "NO_COLOR": "1"})
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        os.close(theirs)
        seen = b""
        while "▁".encode() not in seen or seen.count(b"connect_refused") < 5:
            seen += os.read(terminal, 65536)
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(OSError):  # its end closes the terminal
            while os.read(terminal, 65536):
                pass
        self.assertEqual(process.wait(DEADLINE), 130)
        os.close(terminal)
        text = seen.decode(errors="replace")
        for part in ("last", "p50", "p95", "good", "✔ PASS", "✘ FAIL", "100.0%", "0.0%", "now  connect_refused: "):
            self.assertIn(part, text)
        self.assertIn("A\r\x1b[J", text, "drawn anew, not below")

    def test_explain_says_why_each_phase_took_what_it_took(self):
        def handle(request):
            request.send_response(302 if request.path == "/" else 200)
            request.send_header("Location", "/next")
            request.send_header("Content-Length", "2000")
            request.end_headers()
            request.wfile.write(b"x" * 2000)
        server = WebServer(self, handle)
        page = " ".join(self.gaikei("check", server.url, "--explain", "-o", "text", expect=0).stdout.split())
        self.assertIn("new connection to 127.0.0.1 (ipv4)", page)
        self.assertIn("2000 bytes", page)
        self.assertIn("said 302 to %snext" % server.url, page)
        page = " ".join(self.gaikei("check", server.url + "next", "--explain", "-o", "text", expect=0).stdout.split())
        self.assertIn("the server's own time", page)

    def test_watch_ends_when_nobody_reads(self):
        server = WebServer(self)
        process = subprocess.Popen([GAIKEI, "check", server.url, "--watch", "--every", "20ms"], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        process.stdout.readline()
        process.stdout.close()
        self.assertIn("standard output did not take all results", process.stderr.read())
        self.assertEqual(process.wait(timeout=30), 0)
        process.stderr.close()

    def test_flags_of_repetition_that_make_no_sense_are_refused(self):
        for flags in (["--every", "1s"], ["--count", "0"], ["--count", "2", "--watch"],
                      ["--count", "2", "--every", "1ms"], ["--watch", "--every", "x"]):
            self.gaikei("check", "icmp://127.0.0.1", *flags, expect=2)


if __name__ == "__main__":
    unittest.main()
