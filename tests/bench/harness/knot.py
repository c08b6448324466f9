"""Knot DNS as a target, with one zone, on one core."""

import socket
import struct

from harness.environment import free_port, program
from harness.process import Process, wait_until

NAME = "www.bench.example"

CONFIGURATION = """server:
    rundir: "{folder}"
    listen: 127.0.0.1@{port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: warning
database:
    storage: "{folder}"
zone:
  - domain: bench.example
    file: "{folder}/bench.example.zone"
"""

ZONE = """$ORIGIN bench.example.
$TTL 300
@   SOA ns.bench.example. hostmaster.bench.example. 1 3600 600 86400 300
@   NS  ns
ns  A   127.0.0.1
www A   192.0.2.1
"""


def question(name):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">HHHHHH", 1, 0, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", 1, 1)


class Knot(Process):
    def __init__(self, env):
        folder = env.fresh_folder("knot")
        self.port = free_port()
        with open(f"{folder}/bench.example.zone", "w", encoding="ascii") as out:
            out.write(ZONE)
        with open(f"{folder}/knot.conf", "w", encoding="ascii") as out:
            out.write(CONFIGURATION.format(folder=folder, port=self.port))
        super().__init__([program("knotd"), "-c", f"{folder}/knot.conf"], env.server_core, env.file("knot.log"))
        try:
            wait_until(self._answers, 10, "knotd answers", self)
        except BaseException:
            self.stop()
            raise

    def _answers(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.settimeout(0.1)
            try:
                probe.connect(("127.0.0.1", self.port))
                probe.send(question(NAME))
                answer = probe.recv(512)
            except OSError:
                return False
        rcode, answers = answer[3] & 15, struct.unpack(">H", answer[6:8])[0]
        return rcode == 0 and answers == 1
