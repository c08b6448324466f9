"""What a check takes in memory: configured and idle, and in flight."""

import time

from harness.certificates import Certificates
from harness.gaikei import Daemon, check_table, configuration
from harness.hold import HoldServer
from harness.process import wait_until
from harness.rounds import rounds
from harness.table import Line

NAME = "memory"
CONFIGURED = 100_000
FEW, MANY = 500, 3000  # in flight
STARTS = 400  # a second


def resident_of(env, count, target):
    """Of a daemon that was told of `count` checks and has made none: they are due once in a year."""
    checks = [check_table(f"check-{i:06}", target, "365d", "status == 200") for i in range(count)]
    with Daemon(env, configuration(checks, env.fresh_folder("state")), env.test_core) as daemon:
        time.sleep(2)
        return daemon.resident()


def idle(env):
    target = "http://127.0.0.1:9/"
    return (resident_of(env, CONFIGURED, target) - resident_of(env, 1, target)) / (CONFIGURED - 1)


def in_flight(env, target, trust=""):
    """What each of those takes that come while FEW become MANY: what the daemon takes anyhow is there before."""
    checks = [check_table(f"check-{i:05}", target, "2s", "status == 200", timeout="60s", more=trust)
              for i in range(2 * STARTS)]
    with Daemon(env, configuration(checks, max_in_flight=2 * MANY), env.test_core) as daemon:

        def at(least):
            def reached():
                count = daemon.gauge("gaikei_in_flight")
                return (count, daemon.resident()) if count >= least else None

            return wait_until(reached, 60, f"{least} checks in flight", daemon, pause=0.05)

        (few, first), (many, last) = at(FEW), at(MANY)
    return (last - first) / (many - few)


def measure(env):
    certificates = Certificates(env)
    trust = f'cacert = "{certificates.root}"'
    with HoldServer(env) as plain, HoldServer(env, certificates) as secure:
        series = rounds(
            env, NAME,
            idle=lambda: idle(env),
            plain=lambda: in_flight(env, f"http://127.0.0.1:{plain.port}/"),
            secure=lambda: in_flight(env, f"https://127.0.0.1:{secure.port}/", trust))
    return [
        Line(NAME, "memory of a configured, idle HTTP check", "KiB", series["idle"], judged="ours", bound=2.5 * 1024,
             aim=1024),
        Line(NAME, "memory of an HTTP check in flight", "KiB", series["plain"], judged="ours", bound=20 * 1024,
             aim=12 * 1024),
        Line(NAME, "memory of an HTTPS check in flight", "KiB", series["secure"], judged="ours", bound=160 * 1024,
             aim=130 * 1024),
    ]
