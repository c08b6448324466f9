"""Targets that cost a check its time: one that accepts and never answers, one that lets nobody in."""

import os
import socket
import sys

from harness.environment import free_port
from harness.process import Process, wait_until

SERVERS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "servers")


class HoldServer(Process):
    def __init__(self, env, certificates=None):
        self.port = free_port()
        pair = [certificates.chain, certificates.key] if certificates else []
        super().__init__([sys.executable, "-B", os.path.join(SERVERS, "hold.py"), str(self.port), *pair],
                         env.server_core, env.file("hold.log"))
        try:
            wait_until(self._answers, 10, "hold.py listens", self)
        except BaseException:
            self.stop()
            raise

    def _answers(self):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


class BlackHole:
    """A port whose queue of connections is full: the kernel drops what comes for it, as a firewall would."""

    def __enter__(self):
        self.listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(0)
        self.port = self.listener.getsockname()[1]
        self.filling = []
        for _ in range(4):
            one = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", self.port))
            self.filling.append(one)
        return self

    def __exit__(self, *_):
        for one in (*self.filling, self.listener):
            one.close()
