"""The daemon under test: a configuration for it, its life, its own account of what it did."""

import http.client
import re
import time

from harness.process import BenchError, Process, wait_until

LISTENING = re.compile(r"listening on http://([^/:]+):(\d+)/")
SAMPLE = re.compile(r'^gaikei_outcomes_total\{.*?status="(\w+)",reason="(\w*)".*?\} (\d+)')


def check_table(name, target, every, expect=None, timeout="10s", more=""):
    expects = f'expect = ["{expect}"]\n' if expect else ""
    return f'[check.{name}]\ntarget = "{target}"\nevery = "{every}"\ntimeout = "{timeout}"\n{expects}{more}\n'


def configuration(checks, state_dir=None, upstream="", threads=1, max_in_flight=2000):
    """`checks`: tables of checks. One loop unless told otherwise: there is one core for it."""
    state = f'state_dir = "{state_dir}"\n' if state_dir else ""
    return (f'[probe]\nlisten = "127.0.0.1:0"\nthreads = {threads}\nmax_in_flight = {max_in_flight}\n{state}\n'
            f"{upstream}\n" + "".join(checks))


def otlp(url, every="2s"):
    return f'[upstream.sink]\ntype = "otlp"\nendpoint = "{url}"\nevery = "{every}"\nmax_series = 10000000\n'


class Outcomes:
    """What gaikei_outcomes_total says: outcomes by status, and what else than a pass there was."""

    def __init__(self, text):
        self.by_status, self.reasons = {}, {}
        for line in text.splitlines():
            found = SAMPLE.match(line)
            if not found:
                continue
            status, reason, count = found[1], found[2], int(found[3])
            self.by_status[status] = self.by_status.get(status, 0) + count
            if reason:
                self.reasons[reason] = self.reasons.get(reason, 0) + count

    def total(self):
        return sum(self.by_status.values())

    def must_all_pass(self):
        if self.by_status.get("pass", 0) != self.total():
            raise BenchError(f"not every check passed: {self.by_status}, {self.reasons}")


class Daemon(Process):
    """`gaikei run`, ready to be asked."""

    def __init__(self, env, text, core, name="gaikei"):
        path = env.file(name + ".toml")
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        self.began = time.monotonic()
        super().__init__([env.gaikei, "run", "-c", path], core, env.file(name + ".log"))
        try:
            host, port = wait_until(lambda: LISTENING.search(self.said()), 120, "gaikei listens", self).groups()
            self.host, self.port = host, int(port)
            wait_until(lambda: self.get("/readyz", fine=(200, 503))[0] == 200, 60, "gaikei is ready", self)
        except BaseException:
            self.stop()
            raise
        self.ready_after = time.monotonic() - self.began

    def get(self, path, fine=(200,), seconds=120):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=seconds)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.must_run()
            raise BenchError(f"gaikei does not answer {path}: {error}") from None
        finally:
            connection.close()
        if answer.status not in fine:
            raise BenchError(f"gaikei answers {path} with {answer.status}")
        return answer.status, body.decode()

    def metrics(self):
        return self.get("/metrics")[1]

    def outcomes(self):
        return Outcomes(self.metrics())

    def gauge(self, name):
        for line in self.metrics().splitlines():
            if line.startswith(name + " "):
                return float(line.split()[1])
        raise BenchError(f"/metrics has no {name}")
