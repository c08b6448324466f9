"""A TLS handshake, the chain verified."""

from harness.blackbox import Blackbox
from harness.certificates import Certificates
from harness.cost import client_cpu, daemon_cpu
from harness.nginx import Nginx
from harness.rounds import rounds
from harness.table import Line

NAME = "tls"
WHAT = "TLS handshake check, verified (P-256): CPU"
RATE = 500


def blackbox(env, nginx, root):
    with Blackbox(env, root) as exporter:
        return exporter.cpu_per_probe("tls", f"127.0.0.1:{nginx.tls_port}", rate=200, seconds=4)


def measure(env):
    certificates = Certificates(env)
    root, trust = certificates.root, f'cacert = "{certificates.root}"'
    with Nginx(env, certificates) as nginx:
        target = f"tls://127.0.0.1:{nginx.tls_port}"
        series = rounds(
            env, NAME,
            gaikei=lambda: daemon_cpu(env, nginx, target, RATE, "tls.version >= 1.2", trust),
            bare=lambda: client_cpu(env, ["tls_client", str(nginx.tls_port), root, "handshake", "4"]),
            blackbox=lambda: blackbox(env, nginx, root))
    ours = series["gaikei"]
    return [
        Line(NAME, WHAT, "us", ours, series["bare"], "bare OpenSSL", "ratio", 1.15, 0.9),
        Line(NAME, WHAT, "us", ours, series["blackbox"], "blackbox_exporter"),
    ]
