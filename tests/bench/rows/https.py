"""HTTPS, a new connection for each check, the chain verified."""

from harness.blackbox import Blackbox
from harness.certificates import Certificates
from harness.cost import client_cpu, daemon_cpu
from harness.nginx import Nginx
from harness.rounds import rounds
from harness.table import Line

NAME = "https"
WHAT = "HTTPS check, new connection, verified (P-256): CPU"
RATE = 500


def blackbox(env, nginx, root):
    with Blackbox(env, root) as exporter:
        return exporter.cpu_per_probe("http", nginx.https, rate=200, seconds=4)


def measure(env):
    certificates = Certificates(env)
    root, trust = certificates.root, f'cacert = "{certificates.root}"'
    with Nginx(env, certificates) as nginx:
        series = rounds(
            env, NAME,
            gaikei=lambda: daemon_cpu(env, nginx, nginx.https, RATE, "status == 200", trust),
            bare=lambda: client_cpu(env, ["tls_client", str(nginx.tls_port), root, "get", "4"]),
            libcurl=lambda: client_cpu(env, ["curl_client", nginx.https, "4", root]),
            blackbox=lambda: blackbox(env, nginx, root))
    ours = series["gaikei"]
    return [
        Line(NAME, WHAT, "us", ours, series["bare"], "bare OpenSSL", "ratio", 1.4, 1.1),
        Line(NAME, WHAT, "us", ours, series["blackbox"], "blackbox_exporter", "ratio", 0.9, 0.7),
        Line(NAME, WHAT, "us", ours, series["libcurl"], "libcurl loop"),
    ]
