"""What the end-to-end tests share: the program under test, certificates, servers, network namespaces.

Everything is a child of the test or a thread of it, on free loopback ports or in namespaces made here, and is
ended by its owner. Nothing waits by the clock: servers are ready when they accept, processes when they say so.
"""

import contextlib
import http.server
import json
import os
import random
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

GAIKEI = os.environ["GAIKEI"]
DEADLINE = 60  # seconds after which a step that should be quick counts as hung


class Case(unittest.TestCase):
    """A test with a directory of its own."""

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="gaikei-e2e-")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text):
        with open(self.path(name), "w") as out:
            out.write(text)
        return self.path(name)

    def gaikei(self, *args, expect=None, env=None, preexec=None, prefix=()):
        """Runs the program to its end; its results as (exit status, stdout, stderr)."""
        done = subprocess.run([*prefix, GAIKEI, *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, cwd=self.dir, timeout=DEADLINE, text=True,
                              env={**os.environ, **(env or {})}, preexec_fn=preexec)
        if expect is not None:
            self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done

    def outcomes(self, done):
        return [json.loads(line) for line in done.stdout.splitlines()]

    def outcome(self, done):
        found = self.outcomes(done)
        self.assertEqual(len(found), 1, done.stdout + done.stderr)
        return found[0]

    def assert_phases_add_up(self, outcome):
        self.assertAlmostEqual(sum(outcome["phases"].values()), outcome["duration"], delta=10e-6)


def free_port():
    """A port that nobody has, below those that the kernel gives by itself to other tests."""
    while True:
        port = random.randint(10000, 32000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_until(condition, what, deadline=DEADLINE):
    """Polls a condition of another process; there is no event to wait for. Fails the test when it never holds."""
    ends = time.monotonic() + deadline
    while not condition():
        if time.monotonic() > ends:
            raise AssertionError("never happened: " + what)
        select.select([], [], [], 0.02)


def accepts(port, host="127.0.0.1"):
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


class Child:
    """A process that belongs to the test: started, watched, ended."""

    def __init__(self, case, argv, **options):
        self.stderr_path = case.path("child-%d.log" % id(self))
        with open(self.stderr_path, "wb") as log:
            self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=case.dir,
                                            **options)
        case.addCleanup(self.stop)

    def log(self):
        with open(self.stderr_path, errors="replace") as log:
            return log.read()

    def stop(self, sig=signal.SIGTERM):
        """Ends it, gives its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(sig)
        try:
            return self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


class Daemon(Child):
    """`gaikei run`, with its HTTP address as soon as it has said it."""

    def __init__(self, case, config, prefix=(), **options):
        super().__init__(case, [*prefix, GAIKEI, "run", "-c", config], **options)
        wait_until(lambda: "listening on " in self.log() or self.process.poll() is not None, "the daemon listens")
        if self.process.poll() is not None:
            raise AssertionError("the daemon ended: " + self.log())
        self.address = self.log().split("listening on http://")[1].split("/")[0]

    def request(self, path, method="GET", headers=None):
        import http.client
        connection = http.client.HTTPConnection(self.address, timeout=DEADLINE)
        connection.request(method, path, headers=headers or {})
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, dict(answer.getheaders()), body

    def get(self, path):
        status, _, body = self.request(path)
        if status != 200:
            raise AssertionError("%s: %d %s" % (path, status, body))
        return body

    def json(self, path):
        return json.loads(self.get(path))


class WebServer:
    """An HTTP server on a thread. `handle(request handler)` answers every request; with `context` it speaks TLS."""

    def __init__(self, case, handle=None, address="127.0.0.1", port=0, context=None):
        def answer(request):
            request.send_response(200)
            request.send_header("Content-Length", "2")
            request.end_headers()
            request.wfile.write(b"ok")

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                (handle or answer)(self)

            do_POST = do_DELETE = do_PUT = do_GET

            def log_message(self, *args):
                pass

        class Server(http.server.ThreadingHTTPServer):
            address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
            request_queue_size = 1024
            daemon_threads = True

            def get_request(self):
                connection, peer = super().get_request()
                return (connection if context is None else context.wrap_socket(connection, server_side=True)), peer

            def handle_error(self, *args):
                pass  # a client that went away is part of the test

        self.server = Server((address, port), Handler)
        self.port = self.server.server_port
        self.url = "http://127.0.0.1:%d/" % self.port
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()
        case.addCleanup(self.close)

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def openssl(*args, cwd):
    subprocess.run(["openssl", *args], cwd=cwd, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


class Authority:
    """A private CA with an intermediate, made with openssl's own commands."""

    def __init__(self, case):
        self.dir = os.path.join(case.dir, "ca")
        os.mkdir(self.dir)
        self.key("ca")
        openssl("req", "-x509", "-new", "-key", "ca.key", "-subj", "/CN=Test Root", "-days", "30", "-out", "ca.pem",
                cwd=self.dir)
        self.file = os.path.join(self.dir, "ca.pem")

    def key(self, name):
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", name + ".key", cwd=self.dir)

    def leaf(self, name, san="DNS:localhost,IP:127.0.0.1", start=None, end=None):
        """A server certificate; `start` and `end` as YYYYMMDDHHMMSSZ. Gives the paths of certificate and key."""
        self.key(name)
        openssl("req", "-new", "-key", name + ".key", "-subj", "/CN=" + name, "-out", name + ".csr", cwd=self.dir)
        config = ("[ca]\ndefault_ca=d\n[d]\ndatabase=%s.db\nserial=%s.srl\nnew_certs_dir=.\ndefault_md=sha256\n"
                  "policy=p\nunique_subject=no\nx509_extensions=e\n[p]\ncommonName=supplied\n[e]\nsubjectAltName=%s\n"
                  % (name, name, san))
        for path, text in ((name + ".cnf", config), (name + ".db", ""), (name + ".srl", "01\n")):
            with open(os.path.join(self.dir, path), "w") as out:
                out.write(text)
        dates = ["-startdate", start or "20200101000000Z", "-enddate", end or "20490101000000Z"]
        openssl("ca", "-batch", "-notext", "-config", name + ".cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-in",
                name + ".csr", "-out", name + ".pem", *dates, cwd=self.dir)
        return os.path.join(self.dir, name + ".pem"), os.path.join(self.dir, name + ".key")


class Nginx(Child):
    """A real nginx: plain HTTP on `http`, TLS with HTTP/2 on `https`."""

    def __init__(self, case, certificate=None, key=None):
        self.http = free_port()
        self.https = free_port()
        root = case.path("nginx-%d" % self.http)
        os.mkdir(root)
        with open(os.path.join(root, "index.html"), "w") as page:
            page.write("Welcome\n")
        tls = "" if certificate is None else """
              server { listen 127.0.0.1:%d ssl http2; ssl_certificate %s; ssl_certificate_key %s; root %s; }""" % (
                  self.https, certificate, key, root)
        config = os.path.join(root, "nginx.conf")
        with open(config, "w") as out:
            out.write("""
            daemon off; pid %(root)s/pid; error_log stderr; worker_processes 1; %(user)s
            events { worker_connections 4096; }
            http { access_log off;
              client_body_temp_path %(root)s/b; proxy_temp_path %(root)s/p; fastcgi_temp_path %(root)s/f;
              uwsgi_temp_path %(root)s/u; scgi_temp_path %(root)s/s;
              server { listen 127.0.0.1:%(http)d backlog=4096; root %(root)s;
                       location /slow { limit_rate 1; } }
              %(tls)s }""" % {"root": root, "http": self.http, "tls": tls,
                              "user": "user root;" if os.getuid() == 0 else ""})
        super().__init__(case, [shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin"), "-p", root, "-c",
                                config])
        wait_until(lambda: accepts(self.http) or self.process.poll() is not None, "nginx accepts")
        if self.process.poll() is not None:
            raise AssertionError("nginx ended: " + self.log())


class Namespace:
    """A network namespace, joined by a veth pair to a second one where the targets are (10.99.0.1 -> 10.99.0.2)."""

    def __init__(self, case):
        self.prober = "gkp%d" % os.getpid()
        self.target = "gkt%d" % os.getpid()
        for name in (self.prober, self.target):
            self.ip("netns", "add", name)
            case.addCleanup(self.ip, "netns", "del", name)
            self.ip("-n", name, "link", "set", "lo", "up")
        self.ip("link", "add", "va", "netns", self.prober, "type", "veth", "peer", "name", "vb", "netns", self.target)
        for name, device, address in ((self.prober, "va", "10.99.0.1/24"), (self.target, "vb", "10.99.0.2/24")):
            self.ip("-n", name, "addr", "add", address, "dev", device)
            self.ip("-n", name, "link", "set", device, "up")

    def ip(self, *args):
        subprocess.run(["ip", *args], check=True)

    def inside(self, name=None):
        """The words to put before a command so that it runs there."""
        return ["ip", "netns", "exec", name or self.prober]

    def nft(self, rules):
        subprocess.run([*self.inside(self.target), "nft", "-f", "-"], input=rules, text=True, check=True)
