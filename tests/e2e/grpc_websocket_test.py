"""gRPC health and WebSocket checks against real servers: grpcio, websockets, nginx in front of it."""

import os
import re
import shutil
import unittest

from name_servers import SBIN
from support import Authority, Case, Child, accepts, free_port, wait_until

SUPPORT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")


class PythonServer(Child):
    """A server of tests/support in Debian's own Python, whose packages it needs."""

    def __init__(self, case, script, *args):
        super().__init__(case, ["/usr/bin/python3", os.path.join(SUPPORT, script), *args])
        wait_until(lambda: re.search(r"^port \d+$", self.log(), re.M) or self.process.poll() is not None,
                   script + " says its port")
        if self.process.poll() is not None:
            raise AssertionError(script + " ended: " + self.log())
        self.port = int(re.search(r"^port (\d+)$", self.log(), re.M).group(1))


class GrpcCheck(Case):
    def setUp(self):
        super().setUp()
        self.server = PythonServer(self, "grpc_health_server.py")

    def look(self, service, *more, expect=0):
        seen = self.outcome(self.gaikei("check", "grpc://127.0.0.1:%d/%s" % (self.server.port, service), "-o", "json",
                                        *more, expect=expect))
        self.assert_phases_add_up(seen)
        return seen

    def test_a_service_says_how_it_is(self):
        for service in ("", "shop.Cart"):
            seen = self.look(service)
            self.assertEqual((seen["status"], seen["grpc"]["serving_status"], seen["grpc"]["status_name"]),
                             ("pass", "SERVING", "OK"))
        for service, status in (("shop.Down", "NOT_SERVING"), ("shop.New", "UNKNOWN")):
            seen = self.look(service, expect=1)
            self.assertEqual((seen["reason"], seen["grpc"]["serving_status"]), ("expect_serving_status", status))
        self.look("shop.Down", "--expect", "serving_status == 'NOT_SERVING'")

    def test_a_call_that_fails_says_what_it_came_to(self):
        for service, status, name in (("shop.Nowhere", 5, "NOT_FOUND"), ("bare.x", 12, "UNIMPLEMENTED")):
            seen = self.look(service, expect=1)
            self.assertEqual((seen["reason"], seen["grpc"]["status"], seen["grpc"]["status_name"]),
                             ("expect_serving_status", status, name))
            self.assertNotIn("serving_status", seen["grpc"])
            self.assertIn("grpc-status %d %s: unknown service" % (status, name), seen["message"])

    def test_metadata_opens_what_is_private_and_is_not_shown(self):
        self.look("shop.Private", "--metadata", "authorization: Bearer let-me-in")
        done = self.gaikei("check", "grpc://127.0.0.1:%d/shop.Private" % self.server.port, "-v", "-o", "json",
                           "--metadata", "authorization: Bearer canary-5151", expect=1)
        self.assertNotIn("canary-5151", done.stdout + done.stderr)
        self.assertEqual(self.outcome(done)["grpc"]["message"], "<secret>")
        secret = self.write("bytes", "")
        with open(secret, "wb") as out:
            out.write(b"\x00\xff")
        os.chmod(secret, 0o600)
        config = self.write("gaikei.toml", """
            [check.bytes]
            target = "grpc://127.0.0.1:%d/shop.Bytes"
            metadata = { x-bytes-bin = { file = "%s" } }
            """ % (self.server.port, secret))
        self.gaikei("once", "-c", config, "-o", "json", expect=0)
        seen = self.look("shop.Bytes", expect=1)
        self.assertEqual(seen["grpc"]["message"], "bytes \u00fc")

    def test_a_slow_server_runs_into_the_deadline(self):
        seen = self.look("shop.Slow", "--timeout", "500ms", expect=1)
        self.assertEqual((seen["reason"], seen["phase"], seen["grpc"]["service"]),
                         ("response_timeout", "processing", "shop.Slow"))

    def test_tls_is_verified_and_agrees_on_h2(self):
        authority = Authority(self)
        server = PythonServer(self, "grpc_health_server.py", *authority.leaf("good"))
        target = "grpcs://localhost:%d/shop.Cart" % server.port
        seen = self.outcome(self.gaikei("check", target, "--cacert", authority.file, "-o", "json", "--expect",
                                        "certificate.days_left > 10", expect=0))
        self.assertEqual((seen["status"], seen["tls"]["alpn"]), ("pass", "h2"))
        seen = self.outcome(self.gaikei("check", target, "-o", "json", expect=1))
        self.assertEqual(seen["reason"], "tls_cert_untrusted")

    def test_metrics_bear_the_names_of_blackbox_exporter(self):
        text = self.gaikei("check", "grpc://127.0.0.1:%d/shop.Down" % self.server.port, "-o", "prometheus",
                           expect=1).stdout
        self.assertRegex(text, r'(?m)^probe_grpc_status_code\{[^}]*\} 0$')
        self.assertRegex(text, r'(?m)^probe_grpc_healthcheck_response\{[^}]*serving_status="NOT_SERVING"\} 1$')
        self.assertRegex(text, r'(?m)^probe_grpc_healthcheck_response\{[^}]*serving_status="SERVING"\} 0$')


class NginxProxy(Child):
    """nginx in front of a WebSocket server."""

    def __init__(self, case, upstream):
        self.port = free_port()
        root = case.path("proxy")
        os.mkdir(root)
        config = os.path.join(root, "nginx.conf")
        with open(config, "w") as out:
            out.write("""daemon off; pid %(r)s/pid; error_log stderr; %(u)s events {}
            http { access_log off; client_body_temp_path %(r)s/b; proxy_temp_path %(r)s/p; fastcgi_temp_path %(r)s/f;
              uwsgi_temp_path %(r)s/w; scgi_temp_path %(r)s/s;
              server { listen 127.0.0.1:%(port)d;
                location / { proxy_pass http://127.0.0.1:%(up)d; proxy_http_version 1.1;
                             proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade"; }
                location /forgotten { proxy_pass http://127.0.0.1:%(up)d; } } }""" % {
                    "r": root, "port": self.port, "up": upstream, "u": "user root;" if os.getuid() == 0 else ""})
        super().__init__(case, [shutil.which("nginx", path=SBIN), "-p", root, "-c", config])
        wait_until(lambda: accepts(self.port) or self.process.poll() is not None, "nginx accepts")
        if self.process.poll() is not None:
            raise AssertionError("nginx ended: " + self.log())


class WebSocketCheck(Case):
    def setUp(self):
        super().setUp()
        self.server = PythonServer(self, "websocket_server.py")

    def look(self, path, *more, expect=0, port=None):
        seen = self.outcome(self.gaikei("check", "ws://127.0.0.1:%d%s" % (port or self.server.port, path), "-o", "json",
                                        *more, expect=expect))
        self.assert_phases_add_up(seen)
        return seen

    def test_an_upgrade_and_a_ping(self):
        seen = self.look("/echo", "--subprotocol", "v1.chat", "--subprotocol", "v3.chat", "--expect", "rtt < 10s")
        self.assertEqual((seen["status"], seen["websocket"]["status"], seen["websocket"]["subprotocol"]),
                         ("pass", 101, "v1.chat"))
        self.assertGreater(seen["websocket"]["ping"], 0)
        self.assertEqual(seen["websocket"]["close_code"], 1000)
        self.assertNotIn("ping", self.look("/echo", "--no-ping")["websocket"])

    def test_a_dialogue_over_messages(self):
        seen = self.look("/greet", "-H", "X-Name: probe", "--receive", "^hello (\\w+)$", "--send", "bye $1", "--receive",
                         "^bye probe$", "--expect", "response == 'bye probe'")
        self.assertEqual(seen["websocket"]["dialogue"], ["< hello probe", "> bye probe", "< bye probe"])
        seen = self.look("/long", "--receive", "xy+$")
        self.assertEqual(seen["status"], "pass")
        seen = self.look("/bye", "--receive", "hello", expect=1)
        self.assertEqual((seen["reason"], seen["websocket"]["close_code"], seen["websocket"]["close_reason"]),
                         ("expect_response", 4001, "not today"))

    def test_a_refusal_is_a_status(self):
        seen = self.look("/private", expect=1)
        self.assertEqual((seen["reason"], seen["websocket"]["status"]), ("expect_status", 401))
        self.look("/private", "--expect", "status == 401")
        self.look("/private", "-H", "Authorization: Bearer let-me-in")

    def test_a_proxy_that_forgets_to_upgrade_is_found(self):
        proxy = NginxProxy(self, self.server.port)
        seen = self.look("/greet", "--receive", "^hello", port=proxy.port)
        self.assertEqual(seen["status"], "pass")
        seen = self.look("/forgotten", expect=1, port=proxy.port)
        self.assertEqual(seen["reason"], "expect_status")

    def test_tls_is_verified(self):
        authority = Authority(self)
        server = PythonServer(self, "websocket_server.py", *authority.leaf("good"))
        target = "wss://localhost:%d/echo" % server.port
        seen = self.outcome(self.gaikei("check", target, "--cacert", authority.file, "-o", "json", "--expect",
                                        "certificate.days_left > 10", expect=0))
        self.assertTrue(seen["tls"]["verified"])
        seen = self.outcome(self.gaikei("check", target, "-o", "json", expect=1))
        self.assertEqual(seen["reason"], "tls_cert_untrusted")

    def test_secrets_stay_secret_when_they_come_back(self):
        config = self.write("gaikei.toml", """
            [check.echo]
            target = "ws://127.0.0.1:%d/echo"
            headers = { Authorization = { env = "CANARY_ONE" } }
            dialogue = [{ send = { env = "CANARY_TWO" } }, { expect = "canary" }]
            """ % self.server.port)
        done = self.gaikei("once", "-c", config, "-v", "-o", "json", expect=0,
                           env={"CANARY_ONE": "canary-1717", "CANARY_TWO": "canary-2727"})
        self.assertNotRegex(done.stdout + done.stderr, r"canary-\d\d\d\d")
        self.assertEqual(self.outcome(done)["websocket"]["dialogue"], ["> <secret>", "< <secret>"])

    def test_text_and_metrics_tell_of_it(self):
        target = "ws://127.0.0.1:%d/echo" % self.server.port
        text = self.gaikei("check", target, "-o", "text", "--color", "never", expect=0).stdout
        self.assertRegex(text, r"websocket +status 101 .* ping ")
        metrics = self.gaikei("check", target, "-o", "prometheus", expect=0).stdout
        self.assertRegex(metrics, r"(?m)^probe_websocket_status_code\{[^}]*\} 101$")
        self.assertRegex(metrics, r"(?m)^probe_websocket_connection_upgraded\{[^}]*\} 1$")


if __name__ == "__main__":
    unittest.main()
