"""What an http check can ask, seen from both ends: the program from outside and the server that it asked."""

import email.parser
import email.policy
import json
import os
import ssl
import unittest
import urllib.parse

from support import Authority, Case, Nginx, WebServer


class Recorder(WebServer):
    """Keeps every request; `answer` is a function of the request handler that answers, after its body was read."""

    def __init__(self, case, answer=None, certificate=None):
        self.requests = []

        def handle(request):
            body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
            self.requests.append((request.command, request.path, request.headers, body))
            if answer is not None:
                return answer(request)
            return self.reply(request)

        super().__init__(case, handle)
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            context.set_alpn_protocols(["http/1.1"])
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                     do_handshake_on_connect=False)
            self.url = self.url.replace("http:", "https:")

    @staticmethod
    def reply(request, status=200, headers=(), body=b"ok"):
        request.send_response(status)
        for name, value in headers:
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(body)


class HttpTest(Case):
    def check(self, *args, expect=0):
        return self.outcome(self.gaikei("check", "-o", "json", *args, expect=expect))

    def once(self, keys, target, expect=0):
        config = self.write("gaikei.toml", '[check.a]\ntarget = "%s"\n%s\n' % (target, keys))
        return self.gaikei("once", "-c", config, "-o", "json", expect=expect)

    def private(self, name, content):
        with open(self.path(name), "wb") as out:
            out.write(content)
        os.chmod(self.path(name), 0o600)
        return self.path(name)

    def test_a_body_file_is_sent_byte_for_byte(self):
        server = Recorder(self)
        content = bytes(range(256)) * 1000 + b"\r\n\n\0"
        path = self.private("body.bin", content)
        self.once('headers = { Content-Type = "application/x-blob" }\nbody = { file = "%s" }' % path, server.url)
        method, _, headers, body = server.requests[0]
        self.assertEqual(method, "POST")
        self.assertEqual(headers["Content-Type"], "application/x-blob")
        self.assertEqual(body, content)

    def test_multipart_is_what_a_server_parses(self):
        server = Recorder(self)
        picture = b"\x89PNG\r\n\x1a\n\0--gaikei-00000000000000000000\r\n"
        path = self.path("cat.png")
        with open(path, "wb") as out:
            out.write(picture)
        self.once('multipart = [{ name = "note", value = "two\\r\\nlines" }, '
                  '{ name = "picture", file = "%s", type = "image/png" }]' % path, server.url)
        self.assert_parts(server.requests[0], [("note", None, b"two\r\nlines"), ("picture", "cat.png", picture)])
        self.check(server.url, "--multipart", "note=hi", "--multipart", "picture=@" + path)
        self.assert_parts(server.requests[1], [("note", None, b"hi"), ("picture", "cat.png", picture)])

    def assert_parts(self, request, parts):
        _, _, headers, body = request
        text = ("Content-Type: %s\r\n\r\n" % headers["Content-Type"]).encode() + body
        message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(text)
        self.assertEqual([(part.get_param("name", header="content-disposition"), part.get_filename(),
                           part.get_payload(decode=True)) for part in message.iter_parts()], parts)

    def test_forms_json_cookies_and_a_trace_from_the_command_line(self):
        server = Recorder(self)
        self.check(server.url, "--form", "q=a b&c", "--form", "t=1", "--form", "t=ü")
        _, _, headers, body = server.requests[0]
        self.assertEqual(headers["Content-Type"], "application/x-www-form-urlencoded")
        self.assertEqual(urllib.parse.parse_qsl(body.decode()), [("q", "a b&c"), ("t", "1"), ("t", "ü")])
        outcome = self.check(server.url, "--json", '{"a": [1]}', "--cookie", "sid=x", "--cookie", "lang=ja",
                             "--traceparent", "-H", "User-Agent: acme/1")
        method, _, headers, body = server.requests[1]
        self.assertEqual((method, json.loads(body)), ("POST", {"a": [1]}))
        self.assertEqual(headers["Content-Type"], "application/json")
        self.assertEqual(headers["Cookie"], "sid=x; lang=ja")
        self.assertEqual(headers.get_all("User-Agent"), ["acme/1"])
        self.assertRegex(headers["traceparent"], "^00-[0-9a-f]{32}-[0-9a-f]{16}-01$")
        self.assertEqual(outcome["http"]["traceparent"], headers["traceparent"])
        self.assertEqual(outcome["http"]["user_agent.synthetic.type"], "test")

    def test_each_look_is_a_trace_of_its_own(self):
        server = Recorder(self)
        done = self.gaikei("check", "-o", "json", server.url, "--traceparent", "--count", "3", "--every", "10ms", expect=0)
        seen = [outcome["http"]["traceparent"] for outcome in self.outcomes(done)]
        self.assertEqual(seen, [headers["traceparent"] for _, _, headers, _ in server.requests])
        self.assertEqual(len(set(seen)), 3)

    def test_cookies_are_kept_over_redirects_or_not(self):
        def answer(request):
            if request.path == "/in":
                return Recorder.reply(request)
            return Recorder.reply(request, 302, [("Location", "/in"), ("Set-Cookie", "sid=1; Path=/; HttpOnly")])

        server = Recorder(self, answer)
        self.check(server.url)
        self.check(server.url, "--no-cookies")
        self.assertEqual([headers.get("Cookie") for _, path, headers, _ in server.requests if path == "/in"],
                         ["sid=1", None])

    def test_redirects_are_pinned(self):
        server = Recorder(self, lambda request: Recorder.reply(request, 302, [("Location", "http://evil.invalid/x")]))
        outcome = self.check(server.url, "--redirect-host", "*.shop.example", expect=1)
        self.assertEqual(outcome["reason"], "expect_redirects")
        self.assertEqual(outcome["message"], "redirect to a host that is none of redirect_hosts: evil.invalid")
        self.assertEqual(outcome["http"]["location"], "http://evil.invalid/x")
        self.assert_phases_add_up(outcome)

    def test_from_https_to_http_only_where_it_is_allowed(self):
        authority = Authority(self)
        plain = Recorder(self)
        secure = Recorder(self, lambda request: Recorder.reply(request, 302, [("Location", plain.url)]),
                          certificate=authority.leaf("localhost"))
        outcome = self.check(secure.url, "--cacert", authority.file, expect=1)
        self.assertEqual(outcome["reason"], "scheme_blocked")
        self.assertEqual(plain.requests, [])
        outcome = self.check(secure.url, "--cacert", authority.file, "--allow-downgrade")
        self.assertEqual(len(outcome["http"]["redirects"]), 1)
        self.assertEqual(len(plain.requests), 1)

    def test_versions_are_required_or_allowed(self):
        authority = Authority(self)
        certificate = authority.leaf("localhost")
        nginx = Nginx(self, *certificate)
        both = "https://127.0.0.1:%d/" % nginx.https
        old = Recorder(self, certificate=certificate).url
        for url, http, version, reason in ((both, "2", "2", None), (both, "1.1", "1.1", None),
                                           (both, "1.1,2", "2", None), (old, "1.1,2", "1.1", None),
                                           (old, "2", "1.1", "expect_http")):
            with self.subTest(url=url, http=http):
                outcome = self.check(url, "--cacert", authority.file, "--http", http, expect=1 if reason else 0)
                self.assertEqual(outcome["http"]["version"], version)
                self.assertEqual(outcome.get("reason"), reason)
                self.assertEqual(outcome["tls"]["alpn"], "h2" if version == "2" else "http/1.1")
        self.assertEqual(outcome["message"], "HTTP/1.1, though HTTP/2 was required")
        outcome = self.check(both, "--cacert", authority.file, "--http", "1.1", "--http", "2")
        self.assertEqual(outcome["http"]["version"], "2")

    def test_what_libcurl_has_not_is_said_before_anything_is_asked(self):
        server = Recorder(self)
        done = self.gaikei("check", server.url, "--compression", "lzma", expect=2)
        self.assertIn('unknown compression "lzma"', done.stderr)
        self.assertEqual(server.requests, [])

    def test_the_age_of_an_answer_can_be_expected(self):
        server = Recorder(self, lambda request: Recorder.reply(
            request, headers=[("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"), ("Age", "5")]))
        outcome = self.check(server.url, "--expect", "last_modified < 1h", "--expect", "header.age < 60", expect=1)
        self.assertEqual(outcome["reason"], "expect_last_modified")
        self.assertEqual(outcome["http"]["last_modified"], "1994-11-06T08:49:37.000000Z")
        self.assertEqual([result["pass"] for result in outcome["expect"]], [False, True])
        prometheus = self.gaikei("check", "-o", "prometheus", server.url, expect=0).stdout
        self.assertRegex(prometheus, r"(?m)^probe_http_last_modified_timestamp_seconds\{.*\} 784111777$")

    def test_compression_is_asked_for_and_undone(self):
        import gzip
        page = b"Welcome " * 1000

        def answer(request):
            if "gzip" in (request.headers.get("Accept-Encoding") or ""):
                return Recorder.reply(request, headers=[("Content-Encoding", "gzip")], body=gzip.compress(page))
            return Recorder.reply(request, body=page)

        server = Recorder(self, answer)
        plain = self.check(server.url, "--expect", "body contains 'Welcome'")
        packed = self.check(server.url, "--compression", "gzip", "--expect", "body contains 'Welcome'")
        every = self.check(server.url, "--compression", "all")
        self.assertNotIn("Accept-Encoding", server.requests[0][2])
        self.assertEqual(server.requests[1][2]["Accept-Encoding"], "gzip")
        self.assertEqual([found["http"]["size"] for found in (plain, packed, every)], [len(page)] * 3)
        self.assertLess(packed["http"]["wire_size"], len(page))

    def test_no_secret_of_a_request_is_shown(self):
        def answer(request):
            echo = " ".join("%s=%s" % pair for pair in request.headers.items())
            return Recorder.reply(request, 500, [("X-Echo", echo)], body=echo.encode())

        server = Recorder(self, answer)
        path = self.private("password", b"canary-file")
        done = self.once('cookies = { sid = { file = "%s" } }\nexpect = ["body == \'x\'"]\n'
                         'multipart = [{ name = "p", value = { file = "%s" } }]' % (path, path), server.url, expect=1)
        self.assertIn("canary-file", server.requests[0][2]["Cookie"])
        self.assertIn(b"canary-file", server.requests[0][3])
        self.assertNotIn("canary-file", done.stdout + done.stderr)
        done = self.gaikei("check", "-v", server.url, "--cookie", "sid=canary-flag", "--expect", "body == 'x'", expect=1)
        self.assertNotIn("canary-flag", done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
