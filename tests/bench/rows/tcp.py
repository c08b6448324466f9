"""A TCP connection."""

from harness.blackbox import Blackbox
from harness.cost import client_cpu, daemon_cpu
from harness.nginx import Nginx
from harness.rounds import rounds
from harness.table import Line

NAME = "tcp"
WHAT = "TCP connect check: CPU"
RATE = 2000


def blackbox(env, nginx):
    with Blackbox(env) as exporter:
        return exporter.cpu_per_probe("tcp", f"127.0.0.1:{nginx.port}", rate=400, seconds=4)


def measure(env):
    with Nginx(env) as nginx:
        series = rounds(
            env, NAME,
            gaikei=lambda: daemon_cpu(env, nginx, f"tcp://127.0.0.1:{nginx.port}", RATE, None),
            bare=lambda: client_cpu(env, ["tcp_client", str(nginx.port), "3"]),
            blackbox=lambda: blackbox(env, nginx))
    ours = series["gaikei"]
    return [
        Line(NAME, WHAT, "us", ours, series["blackbox"], "blackbox_exporter", "ratio", 1 / 5, 1 / 8),
        Line(NAME, WHAT, "us", ours, series["bare"], "connect, close"),
    ]
