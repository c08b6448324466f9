"""What every row is given: where the programs are, which cores, how many runs, a folder of its own."""

import os
import random
import shutil
import socket
import sys

from harness.process import BenchError


class Environment:
    def __init__(self, build, folder, runs):
        self.build, self.folder, self.runs = build, folder, runs
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) < 2:
            raise BenchError("the benchmarks need two cores: one for the servers, one for what is tested")
        self.server_core, self.test_core = cores[:2]
        self.gaikei = os.path.join(build, "gaikei")

    def file(self, name):
        return os.path.join(self.folder, name)

    def fresh_folder(self, name):
        path = self.file(name)
        shutil.rmtree(path, ignore_errors=True)
        os.mkdir(path)
        return path

    def client(self, name):
        return os.path.join(self.build, "tests", "bench", name)

    @property
    def cores(self):
        return {self.server_core, self.test_core}


def program(name):
    """Full path of a peer. Servers and plugins lie where a user's PATH does not always lead."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/lib/nagios/plugins"])
    found = shutil.which(name, path=path)
    if not found:
        raise BenchError(f"{name} is not installed")
    return found


def free_port():
    """For a server that cannot choose itself: free for TCP and UDP, and none of those that connections are given."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as limits:
        first_given = int(limits.read().split()[0])
    for _ in range(1000):
        port = random.randrange(min(10000, first_given - 1), first_given)
        try:
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                with socket.socket(socket.AF_INET, kind) as probe:
                    probe.bind(("127.0.0.1", port))
            return port
        except OSError:
            continue
    raise BenchError("no port is free")


def tell(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)
