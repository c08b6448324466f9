"""The program sends to statsd: what a daemon that listens for datagrams gets, and counts."""

import collections
import contextlib
import re
import select
import socket
import unittest

from support import Case, Daemon, WebServer, free_port, wait_until


class StatsdServer:
    """Whoever takes datagrams on a port, and adds counters up as statsd does."""

    def __init__(self, case, port=0):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, 33, 4 << 20)  # SO_RCVBUFFORCE
        self.socket.bind(("127.0.0.1", port))
        self.port = self.socket.getsockname()[1]
        self.socket.setblocking(False)
        self.lines = []
        case.addCleanup(self.close)

    def close(self):
        self.socket.close()

    def leave(self):
        """Ends without losing what has come: nobody else's datagrams are taken from now on, and the rest is read."""
        self.socket.connect(("127.0.0.1", 9))
        self.read()
        self.close()

    def read(self):
        """All lines so far."""
        with contextlib.suppress(BlockingIOError):
            while True:
                datagram = self.socket.recv(65536)
                assert len(datagram) <= 1432 and not datagram.endswith(b"\n"), datagram
                self.lines += datagram.decode().split("\n")
        return self.lines

    def counters(self, name):
        """Sums of a counter by what distinguishes them (tags or rest of the name)."""
        sums = collections.Counter()
        for line in self.read():
            if line.startswith(name) and "|c" in line:
                value = re.search(r":(\d+)\|c", line)
                sums[line[:value.start()] + line[value.end():]] += int(value[1])
        return sums


class StatsdTest(Case):
    def setUp(self):
        super().setUp()
        self.target = WebServer(self)
        self.refused = free_port()

    def config(self, port, more="", state=True, every="1s"):
        return self.write("gaikei.toml", """
            [probe]
            listen = "127.0.0.1:0"
            region = "tokyo"
            %s
            [defaults]
            every = "%s"
            [check.home]
            target = "%s"
            labels = { team = "shop" }
            [check.down]
            target = "http://127.0.0.1:%d/"
            [upstream.agent]
            type = "statsd"
            address = "127.0.0.1:%d"
            %s
            """ % ('state_dir = "state"' if state else "", every, self.target.url, self.refused, port, more))

    def test_every_outcome_is_counted_and_timed(self):
        server = StatsdServer(self)
        self.config(server.port)
        self.gaikei("once", expect=1)
        home = "check:home,region:tokyo,kind:http,team:shop"
        down = "check:down,region:tokyo,kind:http"
        self.assertEqual(server.counters("gaikei.outcomes"), {
            "gaikei.outcomes|#%s,status:pass" % home: 1,
            "gaikei.outcomes|#%s,status:fail,reason:connect_refused" % down: 1})
        lines = server.read()
        for tags in (home, down):
            self.assertEqual(sum(bool(re.fullmatch(r"gaikei\.duration:[\d.]+\|ms\|#" + tags, line)) for line in lines),
                             1, lines)
        for phase in ("connect", "processing", "transfer"):
            pattern = r"gaikei\.phase\.duration:[\d.]+\|ms\|#%s,phase:%s" % (home, phase)
            self.assertEqual(sum(bool(re.fullmatch(pattern, line)) for line in lines), 1, lines)
        self.assertIn("gaikei.success:1|g|#" + home, lines)
        self.assertIn("gaikei.success:0|g|#" + down, lines)

    def test_names_alone_and_a_mapping(self):
        server = StatsdServer(self)
        self.config(server.port, 'tags = "none"\nprefix = "site."\ndrop = ["phases", "latest"]')
        self.gaikei("once", expect=1)
        self.assertEqual(server.counters("site.outcomes"), {
            "site.outcomes.home.tokyo.team_shop.pass": 1,
            "site.outcomes.down.tokyo.fail.connect_refused": 1})
        self.assertEqual(len(server.read()), 4, server.read())

    def test_what_is_refused_waits_and_is_counted_once(self):
        server = StatsdServer(self)
        port = server.port
        self.config(port)
        server.close()
        for _ in range(3):
            self.gaikei("once", "--deadline", "5s", expect=1)
        server = StatsdServer(self, port)
        self.gaikei("once", expect=1)
        self.assertEqual(sorted(server.counters("gaikei.outcomes").values()), [4, 4])

    def test_a_daemon_loses_nothing_while_the_agent_is_started_anew(self):
        server = StatsdServer(self)
        port = server.port
        daemon = Daemon(self, self.config(port))
        wait_until(lambda: sum(server.counters("gaikei.outcomes").values()) >= 4, "outcomes are counted")

        def told(pattern):
            found = re.search(r'^gaikei_upstream_%s[^}]*\} (\d+)' % pattern, daemon.get("/metrics"), re.M)
            return int(found[1])

        server.leave()
        wait_until(lambda: told(r'deliveries_total\{upstream="agent",result="retried"') > 1, "it was refused twice")
        before = server.lines
        server = StatsdServer(self, port)
        server.lines = before
        backlog = told(r'produced_total\{upstream="agent"')
        wait_until(lambda: told(r'samples_total\{upstream="agent",result="sent"') >= backlog, "the backlog leaves")
        self.assertEqual(daemon.stop(), 0)
        produced = self.gaikei("spool", "status", "-o", "json", "-c", self.path("gaikei.toml"), expect=0).stdout
        self.assertIn('"agent"', produced)
        total = int(re.search(r'"produced": ?(\d+)', produced)[1])
        # What was refused is sent again, and nothing else.
        self.assertEqual(sum(server.counters("gaikei.outcomes").values()), total)


if __name__ == "__main__":
    unittest.main()
