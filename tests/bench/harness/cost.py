"""CPU per check: of the daemon with everything included, of programs that count themselves."""

import re
import time

from harness.environment import program
from harness.gaikei import Daemon, check_table, configuration, otlp
from harness.process import BenchError, run

WARM_UP = 3
WINDOW = 6  # three deliveries of the upstream


def window(daemon):
    """Checks that a running daemon finishes in a second, its CPU for each of them, and its outcomes since the start.

    Reading the metrics costs the daemon time: CPU is taken from the end of the first reading to the beginning of
    the second, and of the checks between the two readings as many as fall into that time.
    """
    first = time.monotonic()
    before = daemon.outcomes()
    began, cpu = time.monotonic(), daemon.cpu()
    time.sleep(WINDOW)
    ended, cpu = time.monotonic(), daemon.cpu() - cpu
    after = daemon.outcomes()
    rate = (after.total() - before.total()) / (ended - first)
    if not rate:
        raise BenchError("no check was finished")
    return rate, cpu / (rate * (ended - began)), after


def daemon_cpu(env, nginx, target, rate, expect, more="", every=2):
    """Seconds of CPU per finished check with everything included, of `rate` checks a second."""
    checks = [check_table(f"check-{i:05}", target, f"{every}s", expect, more=more) for i in range(rate * every)]
    text = configuration(checks, env.fresh_folder("state"), otlp(nginx.sink))
    with Daemon(env, text, env.test_core) as daemon:
        time.sleep(WARM_UP)
        done, cpu, outcomes = window(daemon)
        outcomes.must_all_pass()
        must_be_sent(daemon)
    if not 0.95 * rate < done < 1.05 * rate:
        raise BenchError(f"{done:.0f} checks a second were done, {rate} are planned")
    return cpu


def must_be_sent(daemon):
    """Else sending was not included."""
    counts = dict(re.findall(r'gaikei_upstream_samples_total\{.*result="(\w+)"\} (\d+)', daemon.metrics()))
    if int(counts["sent"]) == 0 or int(counts["rejected"]) + int(counts["dropped"]):
        raise BenchError(f"the sink did not get the samples: {counts}")


def client_cpu(env, command):
    """Of one of our bare clients, which print how often they did what they do."""
    done = run([env.client(command[0]), *command[1:]], env.test_core)
    return done.cpu / int(done.said)


def wrk_cpu(env, url, seconds=3):
    said, cpu, _ = run([program("wrk"), "-t1", "-c8", f"-d{seconds}s", "-H", "Connection: close", url], env.test_core)
    fault = re.search(r"Socket errors:.*|Non-2xx.*", said)
    if fault:
        raise BenchError(f"wrk: {fault[0]}")
    return cpu / int(re.search(r"(\d+) requests in", said)[1])


def dnsperf_cpu(env, server_port, name, seconds=3):
    questions = env.file("questions")
    with open(questions, "w", encoding="ascii") as out:
        out.write(f"{name} A\n")
    said, cpu, _ = run([program("dnsperf"), "-s", "127.0.0.1", "-p", str(server_port), "-d", questions,
                     "-l", str(seconds), "-c", "1", "-T", "1"], env.test_core)
    completed = int(re.search(r"Queries completed:\s+(\d+)", said)[1])
    if int(re.search(r"NOERROR (\d+)", said)[1]) != completed:
        raise BenchError("dnsperf: not every answer was NOERROR")
    return cpu / completed


def plugin_cpu(env, words, times=40):
    """Of a program that is started for each check."""
    return sum(run([program(words[0]), *words[1:]], env.test_core).cpu for _ in range(times)) / times
