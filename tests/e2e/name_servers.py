"""Real name servers as children of a test: knot for zones, unbound for resolving."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys

from support import Child, free_port, wait_until

SBIN = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def zone_file(zone, records, serial=42):
    """A zone with its SOA; NS and all else are the caller's."""
    return "$ORIGIN %s\n$TTL 300\n@ SOA ns1 ops %d 1h 5m 1d 60\n%s" % (zone, serial, records)


def answers(address, port, name, prefix=()):
    """Whether a name server says anything at all about the SOA of a name; `prefix` leads to its network."""
    asking = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ask_soa.py")
    return subprocess.run([*prefix, sys.executable, asking, address, str(port), name]).returncode == 0


def free_dns_port():
    """A port that is free for UDP and TCP alike."""
    while True:
        port = free_port()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, contextlib.suppress(OSError):
            udp.bind(("127.0.0.1", port))
            return port


class Server(Child):
    """A name server that answers."""

    def __init__(self, case, argv, address, port, name, prefix=()):
        super().__init__(case, [*prefix, shutil.which(argv[0], path=SBIN), *argv[1:]])
        self.port = port
        self.text = "%s:%d" % (address, port)
        wait_until(lambda: answers(address, port, name, prefix) or self.process.poll() is not None,
                   argv[0] + " answers")
        if self.process.poll() is not None:
            raise AssertionError(argv[0] + " ended: " + self.log())


class Knot(Server):
    """Serves zones, given as texts by name; those in `signed` are signed by it."""

    count = 0

    def __init__(self, case, zones, address="127.0.0.1", port=None, signed=(), prefix=()):
        Knot.count += 1
        port = port or free_dns_port()
        self.root = case.path("knot-%d" % Knot.count)
        os.makedirs(os.path.join(self.root, "db"))
        config = ("server:\n  listen: %s@%d\n  rundir: %s\n  user: root\n  pidfile: %s/pid\n"
                  "database:\n  storage: %s/db\nlog:\n- target: stderr\n  any: warning\nzone:\n"
                  % (address, port, self.root, self.root, self.root))
        for number, (name, text) in enumerate(zones.items()):
            path = os.path.join(self.root, "%d.zone" % number)
            with open(path, "w") as out:
                out.write(text)
            config += "- domain: %s\n  file: %s\n  zonefile-sync: -1\n  journal-content: none\n" % (name, path)
            if name in signed:
                config += "  dnssec-signing: on\n"
        self.config = os.path.join(self.root, "knot.conf")
        with open(self.config, "w") as out:
            out.write(config)
        super().__init__(case, ["knotd", "-c", self.config], address, port, list(zones)[0], prefix)

    def ds(self, zone):
        """The DS records of a zone that is signed here."""
        done = subprocess.run([shutil.which("keymgr", path=SBIN), "-c", self.config, zone, "ds"],
                              stdout=subprocess.PIPE, check=True, text=True)
        return "".join(line + "\n" for line in done.stdout.splitlines() if " DS " in line or "\tDS\t" in line)


class Unbound(Server):
    """Resolves: local data, and whatever `more` of its configuration says."""

    count = 0

    def __init__(self, case, data=(), more="", address="127.0.0.1", port=None, ask="localhost", prefix=()):
        Unbound.count += 1
        port = port or free_dns_port()
        root = case.path("unbound-%d" % Unbound.count)
        os.mkdir(root)
        config = ('server:\n username: ""\n chroot: ""\n directory: "%s"\n pidfile: "%s/pid"\n use-syslog: no\n'
                  " do-daemonize: no\n interface: %s@%d\n access-control: 0.0.0.0/0 allow\n do-ip6: no\n"
                  ' do-not-query-localhost: no\n module-config: "iterator"\n' % (root, root, address, port))
        for record in data:
            config += ' local-data: "%s"\n' % record
        path = os.path.join(root, "unbound.conf")
        with open(path, "w") as out:
            out.write(config + more)
        super().__init__(case, ["unbound", "-d", "-c", path], address, port, ask, prefix)
