"""HTTP, a new connection for each check."""

from harness.blackbox import Blackbox
from harness.cost import client_cpu, daemon_cpu, plugin_cpu, wrk_cpu
from harness.nginx import Nginx
from harness.rounds import rounds
from harness.table import Line

NAME = "http"
WHAT = "HTTP check, new connection: CPU"
RATE = 2000


def blackbox(env, nginx):
    with Blackbox(env) as exporter:
        return exporter.cpu_per_probe("http", nginx.http, rate=400, seconds=4)


def measure(env):
    with Nginx(env) as nginx:
        series = rounds(
            env, NAME,
            gaikei=lambda: daemon_cpu(env, nginx, nginx.http, RATE, "status == 200"),
            wrk=lambda: wrk_cpu(env, nginx.http),
            libcurl=lambda: client_cpu(env, ["curl_client", nginx.http, "3"]),
            blackbox=lambda: blackbox(env, nginx),
            check_http=lambda: plugin_cpu(env, ["check_http", "-I", "127.0.0.1", "-p", str(nginx.port)]))
    ours = series["gaikei"]
    return [
        Line(NAME, WHAT, "us", ours, series["wrk"], "wrk", "ratio", 2.4, 1.6),
        Line(NAME, WHAT, "us", ours, series["blackbox"], "blackbox_exporter", "ratio", 1 / 5, 1 / 8),
        Line(NAME, WHAT, "us", ours, series["libcurl"], "libcurl loop"),
        Line(NAME, WHAT, "us", ours, series["check_http"], "check_http"),
    ]
