"""A DNS question over UDP."""

from harness.blackbox import Blackbox
from harness.cost import daemon_cpu, dnsperf_cpu
from harness.knot import NAME as QUESTION
from harness.knot import Knot
from harness.nginx import Nginx
from harness.rounds import rounds
from harness.table import Line

NAME = "dns"
WHAT = "DNS check over UDP: CPU"
RATE = 2000


def blackbox(env, knot):
    with Blackbox(env, name=QUESTION) as exporter:
        return exporter.cpu_per_probe("dns", f"127.0.0.1:{knot.port}", rate=400, seconds=4)


def measure(env):
    with Nginx(env) as nginx, Knot(env) as knot:
        target = f"dns://127.0.0.1:{knot.port}/{QUESTION}?type=A"
        series = rounds(
            env, NAME,
            gaikei=lambda: daemon_cpu(env, nginx, target, RATE, "rcode == NOERROR"),
            dnsperf=lambda: dnsperf_cpu(env, knot.port, QUESTION),
            blackbox=lambda: blackbox(env, knot))
    ours = series["gaikei"]
    return [
        Line(NAME, WHAT, "us", ours, series["dnsperf"], "dnsperf", "ratio", 6, 3),
        Line(NAME, WHAT, "us", ours, series["blackbox"], "blackbox_exporter"),
    ]
