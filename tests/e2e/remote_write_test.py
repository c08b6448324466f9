"""Remote write as Prometheus and VictoriaMetrics see it, and a receiver of 2.0 that knows nothing of us."""

import collections
import contextlib
import itertools
import json
import os
import re
import shutil
import subprocess
import threading
import time
import unittest
import urllib.parse
import urllib.request

from support import Case, Child, Daemon, WebServer, free_port, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))


class Database(Child):
    """A real server with Prometheus' query API. `flush`: a path that makes what was written visible."""

    def __init__(self, case, argv, port, flush=None):
        self.flush = flush
        self.url = "http://127.0.0.1:%d" % port
        super().__init__(case, argv)
        wait_until(lambda: self.is_ready() or self.process.poll() is not None, "the database is ready")
        if self.process.poll() is not None:
            raise AssertionError("the database ended: " + self.log())

    def is_ready(self):
        with contextlib.suppress(OSError):
            return urllib.request.urlopen(self.url + "/-/ready", timeout=30).status == 200
        return False

    def query(self, expression, at=None):
        """Results as [(labels, value)], values as they are told."""
        parameters = {"query": expression, **({} if at is None else {"time": "%.3f" % at})}
        url = "%s/api/v1/query?%s" % (self.url, urllib.parse.urlencode(parameters))
        with urllib.request.urlopen(url, timeout=30) as answer:
            result = json.load(answer)["data"]["result"]
        return [(entry["metric"], entry.get("value", [0, None])[1] or entry["values"]) for entry in result]

    def samples(self, selector):
        """Raw samples of the last hour, {sorted labels: [(time, value)]}; without stale markers."""
        if self.flush:
            urllib.request.urlopen(self.url + self.flush, timeout=30).close()
        return {tuple(sorted(labels.items())): [(float(at), float(value)) for at, value in values if value != "NaN"]
                for labels, values in self.query(selector + "[1h]", time.time() + 60)}


def prometheus(case, scraped=None, port=None):
    port = port or free_port()
    jobs = "" if scraped is None else """
scrape_configs:
  - job_name: gaikei
    scrape_interval: 250ms
    scrape_timeout: 250ms
    static_configs: [ { targets: [ "%s" ], labels: { via: scrape } } ]
""" % scraped
    config = case.write("prometheus-%d.yml" % port, "global: { scrape_interval: 1s }\n" + jobs)
    return Database(case, [shutil.which("prometheus"), "--config.file", config, "--storage.tsdb.path",
                           case.path("tsdb-%d" % port), "--web.listen-address", "127.0.0.1:%d" % port,
                           "--web.enable-remote-write-receiver"], port)


def victoria_metrics(case):
    port = free_port()
    return Database(case, [shutil.which("victoria-metrics"), "-storageDataPath=" + case.path("vm-%d" % port),
                           "-httpListenAddr=127.0.0.1:%d" % port, "-search.latencyOffset=0s", "-search.disableCache",
                           "-memory.allowedBytes=64MB"], port, flush="/internal/force_flush")


class Receiver(Child):
    """remote_write_receiver.py, in Debian's own Python, whose packages it needs."""

    def __init__(self, case, versions="12", answers=()):
        schema = case.path("schema")
        if not os.path.isdir(schema):
            os.mkdir(schema)
            subprocess.run(["protoc", "--python_out=" + schema, "-I" + HERE, "remote_write.proto"], check=True)
        self.record = case.path("record-%d.jsonl" % id(self))
        super().__init__(case, ["/usr/bin/python3", os.path.join(HERE, "remote_write_receiver.py"), schema, self.record,
                                versions, json.dumps(list(answers))])
        wait_until(lambda: re.search(r"^port \d+$", self.log(), re.M) or self.process.poll() is not None,
                   "the receiver says its port")
        if self.process.poll() is not None:
            raise AssertionError("the receiver ended: " + self.log())
        self.url = "http://127.0.0.1:%s" % re.search(r"^port (\d+)$", self.log(), re.M).group(1)

    def requests(self):
        with contextlib.suppress(FileNotFoundError), open(self.record) as lines:
            return [json.loads(line) for line in lines if line.endswith("\n")]
        return []

    def points(self, name, **wanted):
        """What was taken of a metric's series with these labels: [(entry of the series, point)], in their order."""
        return [(entry, point) for request in self.requests() if request["taken"] for entry in request["series"]
                if {"__name__": name, **wanted}.items() <= dict(entry["labels"]).items() for point in entry["points"]]


class RemoteWriteCase(Case):
    def setUp(self):
        super().setUp()
        self.target = WebServer(self)

    def config(self, upstream, checks=("home",), more="", every="500ms", port=0):
        """One HTTP check for each name, an upstream, and every outcome as a line in outcomes.jsonl."""
        text = """
            [probe]
            listen = "127.0.0.1:%d"
            state_dir = "%s"
            [defaults]
            every = "%s"
            [upstream.all]
            type = "jsonl"
            path = "%s"
            [upstream.p]
            type = "remote_write"
            url = "%s/api/v1/write"
            every = "1s"
            """ % (port, self.path("state"), every, self.path("outcomes.jsonl"), upstream)
        text += more
        for check in checks:
            text += "\n[check.%s]\ntarget = \"%s\"\nlabels = { team = \"web\" }\n" % (check, self.target.url)
        return self.write("gaikei.toml", text)

    def counted(self):
        """Outcomes so far: {(check, status, reason): count}."""
        with open(self.path("outcomes.jsonl")) as lines:
            outcomes = [json.loads(line) for line in lines]
        return collections.Counter((outcome["check"], outcome["status"], outcome.get("reason") or "")
                                   for outcome in outcomes)

    def passed(self, check="home"):
        """How many of its outcomes passed: when a prober ends, a slot may remain that nobody looked at."""
        return self.counted()[(check, "pass", "")]

    def finish(self, daemon):
        """Ends the daemon: everything has been sent then."""
        self.assertEqual(daemon.stop(), 0, daemon.log())

    def assert_counts_are_there(self, database):
        """Counters begin at zero, and end at what was counted, whatever the restarts were."""
        counted = self.counted()
        self.assertGreater(sum(counted.values()), 0)
        series = database.samples('gaikei_outcomes_total{via=""}')
        found = {}
        for labels, points in series.items():
            labels = dict(labels)
            key = (labels["check"], labels["status"], labels.get("reason", ""))
            self.assertNotIn(key, found)
            found[key] = points[-1][1]
            self.assertEqual(points[0][1], 0, key)
            self.assertEqual([at for at, _ in points], sorted({at for at, _ in points}), key)
            self.assertEqual([value for _, value in points], sorted(value for _, value in points), key)
        self.assertEqual(found, dict(counted))


class RealServers(RemoteWriteCase):
    def test_pushed_and_scraped_are_the_same(self):
        daemon_port = free_port()
        database = prometheus(self, scraped="127.0.0.1:%d" % daemon_port)
        refused = "\n[check.refused]\ntarget = \"http://127.0.0.1:%d/\"\nlabels = { a = \"b\" }\n" % free_port()
        # Outcomes of a check are further apart than its windows are wide: each one is pushed by itself.
        daemon = Daemon(self, self.config(database.url, more=refused, every="3s", port=daemon_port))

        def by_series(via):
            found = {}
            for labels, points in database.samples('{via="%s",check!=""}' % via).items():
                key = tuple((name, text) for name, text in labels if name not in ("instance", "via"))
                found[key] = {value for _, value in points}
            of_checks = ("probe_", "gaikei_outcomes", "gaikei_duration", "gaikei_phase")
            return {key: values for key, values in found.items() if dict(key)["__name__"].startswith(of_checks)}

        # Several outcomes of each check have come both ways.
        wait_until(lambda: len(database.query('gaikei_outcomes_total{via="scrape"} >= 3')) == 2, "it is scraped")
        wait_until(lambda: len(database.query('gaikei_outcomes_total{via=""} >= 3')) == 2, "it is pushed")
        wait_until(lambda: set(by_series("")) == set(by_series("scrape")), "the same series have come both ways")
        self.finish(daemon)
        pushed, scraped = by_series(""), by_series("scrape")
        self.assertGreater(len(scraped), 100)
        for key, values in scraped.items():
            # Each value that was seen at some time was pushed, to the last bit.
            self.assertEqual(values - pushed[key], set(), key)
        instance, = {dict(labels)["instance"] for labels in database.samples('probe_success{via=""}')}
        self.assertRegex(instance, ".+/local$")
        self.assert_counts_are_there(database)

    def check_counts(self, database):
        daemon = Daemon(self, self.config(database.url, checks=("home", "other")))
        wait_until(lambda: len(database.query("gaikei_outcomes_total >= 3")) == 2, "counters have come")
        self.finish(daemon)
        # It goes on counting where it was.
        daemon = Daemon(self, self.path("gaikei.toml"))
        wait_until(lambda: len(database.query("gaikei_outcomes_total >= 6")) == 2, "counters go on")
        self.finish(daemon)
        self.assert_counts_are_there(database)

    def test_prometheus_counts_over_restarts(self):
        self.check_counts(prometheus(self))

    def test_victoria_metrics_counts_over_restarts(self):
        self.check_counts(victoria_metrics(self))

    def test_a_check_that_is_removed_ends_at_once(self):
        database = prometheus(self)
        daemon = Daemon(self, self.config(database.url, checks=("home", "gone")))
        wait_until(lambda: len(database.query("probe_success")) == 2, "both are there")
        self.config(database.url, checks=("home",))
        self.assertEqual(daemon.request("/-/reload", "POST")[0], 200)
        wait_until(lambda: not database.query('{check="gone"}'), "the removed one has ended")
        self.assertTrue(database.query('{check="home"}'))
        ended = {dict(labels)["__name__"] for labels in database.samples('{check="gone"}')}
        self.assertIn("gaikei_outcomes_total", ended)
        self.assertIn("probe_http_status_code", ended)
        self.finish(daemon)
        self.assert_counts_are_there(database)

    def test_an_attempt_in_flight_does_not_bring_a_removed_check_back(self):
        database = prometheus(self)
        asked, released = threading.Semaphore(0), threading.Event()
        self.addCleanup(released.set)
        answers = itertools.count()

        def answer(request):
            if next(answers) > 0:
                asked.release()
                released.wait()
            request.send_response(200)
            request.send_header("Content-Length", "0")
            request.end_headers()

        slow = WebServer(self, answer)
        more = "\n[check.gone]\ntarget = \"%s\"\nevery = \"2s\"\ntimeout = \"60s\"\n" % slow.url
        daemon = Daemon(self, self.config(database.url, more=more))
        wait_until(lambda: database.query('probe_success{check="gone"}'), "it is there")
        self.assertTrue(asked.acquire(timeout=60))
        self.config(database.url)
        self.assertEqual(daemon.request("/-/reload", "POST")[0], 200)
        wait_until(lambda: not database.query('{check="gone"}'), "it has ended")
        released.set()
        wait_until(lambda: [points[-1][1] for points in database.samples('gaikei_outcomes_total{check="gone"}').values()
                            if len(points) > 2], "its last outcome has come")
        wait_until(lambda: not database.query('{check="gone"}'), "it has ended once more")
        self.finish(daemon)

    def test_what_is_no_longer_seen_ends_at_once(self):
        database = prometheus(self)
        page = WebServer(self)
        more = "\n[check.page]\ntarget = \"%s\"\n" % page.url
        daemon = Daemon(self, self.config(database.url, checks=(), more=more))
        wait_until(lambda: database.query('probe_http_status_code{check="page"}'), "there is a status")
        page.close()
        wait_until(lambda: database.query('probe_success{check="page"} == 0'), "it fails")
        wait_until(lambda: not database.query('probe_http_status_code{check="page"}'), "there is none any more")
        self.assertTrue(database.query('probe_http_duration_seconds{check="page",phase="connect"}'))
        # The first failure counts.
        failures = 'gaikei_outcomes_total{check="page",status="fail"}'
        self.assertEqual(database.query("min_over_time(%s[1h])" % failures)[0][1], "0")
        self.finish(daemon)
        self.assert_counts_are_there(database)

    def test_an_outage_of_prometheus_costs_nothing(self):
        port = free_port()
        daemon = Daemon(self, self.config("http://127.0.0.1:%d" % port))
        wait_until(lambda: os.path.exists(self.path("outcomes.jsonl")) and sum(self.counted().values()) >= 6,
                   "there is a backlog")
        database = prometheus(self, port=port)
        wait_until(lambda: database.query("gaikei_outcomes_total >= 6"), "the backlog has come")
        self.finish(daemon)
        self.assert_counts_are_there(database)
        # With its own resolution: a point for every window.
        points, = [points for labels, points in database.samples("gaikei_outcomes_total").items()
                   if dict(labels)["status"] == "pass"]
        self.assertGreaterEqual(len(points), 4)


class VersionTwo(RemoteWriteCase):
    def test_is_what_the_specification_says(self):
        receiver = Receiver(self)
        daemon = Daemon(self, self.config(receiver.url))
        wait_until(lambda: any(point["value"] != "stale" and point["value"] >= 3
                               for _, point in receiver.points("gaikei_outcomes_total", status="pass")),
                   "three have come")
        self.finish(daemon)
        requests = receiver.requests()
        self.assertEqual({request["version"] for request in requests}, {"2"})
        headers = requests[0]["headers"]
        self.assertEqual(requests[0]["path"], "/api/v1/write")
        self.assertEqual(headers["content-encoding"], "snappy")
        self.assertEqual(headers["x-prometheus-remote-write-version"], "2.0.0")
        self.assertRegex(headers["user-agent"], "^gaikei/")
        for request in requests:
            for entry in request["series"]:
                names = [name for name, _ in entry["labels"]]
                self.assertEqual(names, sorted(set(names)))
                self.assertIn("__name__", names)
                self.assertTrue(all(name and text for name, text in entry["labels"]))
                self.assertTrue(entry["help"], entry["labels"])
                stamps = [point["at"] for point in entry["points"]]
                self.assertEqual(stamps, sorted(set(stamps)))
        counted = self.passed()
        histograms = [point for _, point in receiver.points("gaikei_duration_seconds")]
        entry, first = receiver.points("gaikei_outcomes_total", status="pass")[0]
        self.assertEqual((entry["type"], first["value"]), (1, 0))
        self.assertEqual(histograms[0]["count"], 0)
        self.assertEqual(histograms[-1]["count"], counted)
        for point in histograms:
            self.assertEqual(point["kinds"], ["count_int", "zero_count_int"])
            self.assertEqual(sum(point["buckets"].values()) + point["zeros"], point["count"])
            self.assertLess(point["start"], point["at"] + 1)
        # Each outcome lies in a bucket that holds its duration.
        with open(self.path("outcomes.jsonl")) as lines:
            outcomes = [json.loads(line) for line in lines]
        durations = [outcome["duration"] for outcome in outcomes if outcome["status"] == "pass"]
        last = histograms[-1]
        base = 2 ** 2 ** -last["schema"]
        expected = collections.Counter()
        for duration in durations:
            number, = [int(n) for n in last["buckets"] if base ** (int(n) - 1) < duration <= base ** int(n)]
            expected[str(number)] += 1
        self.assertEqual(expected, last["buckets"])
        self.assertAlmostEqual(last["value"], sum(durations), places=6)

    def test_one_is_spoken_where_two_is_not_known(self):
        receiver = Receiver(self, versions="1")
        daemon = Daemon(self, self.config(receiver.url))
        wait_until(lambda: receiver.points("gaikei_duration_seconds_count"), "something has come")
        self.finish(daemon)
        request = receiver.requests()[0]
        self.assertEqual(request["headers"]["content-type"], "application/x-protobuf")
        self.assertEqual(request["headers"]["x-prometheus-remote-write-version"], "0.1.0")
        self.assertEqual(receiver.points("gaikei_duration_seconds_count")[-1][1]["value"], self.passed())

    def test_trouble_costs_no_count(self):
        receiver = Receiver(self, answers=[[503, {"Retry-After": "0"}, ""], [500, {}, "<html>"], [429, {}, ""],
                                           [413, {}, ""], [507, {}, ""]])
        daemon = Daemon(self, self.config(receiver.url))
        wait_until(lambda: receiver.points("gaikei_outcomes_total", status="pass"), "it was taken at last")
        self.finish(daemon)
        self.assertEqual(receiver.points("gaikei_outcomes_total", status="pass")[-1][1]["value"], self.passed())
        done = self.gaikei("spool", "status", "--state-dir", self.path("state"), "-o", "json", expect=0)
        account, = [lane for lane in json.loads(done.stdout)["upstreams"] if lane["upstream"] == "p"]
        # What is too large all by itself is given up, and its count comes with the next one.
        self.assertEqual(account["sent"] + account["rejected"], sum(self.counted().values()))
        self.assertLessEqual(account["rejected"], 1)

    def test_once_counts_over_runs_and_secrets_stay_with_us(self):
        receiver = Receiver(self, answers=[[401, {}, "who are you?"]])
        config = self.config(receiver.url, more="auth = { bearer = { env = \"TOKEN\" } }\n")
        environment = {"TOKEN": "s3cret-of-the-upstream"}
        done = self.gaikei("once", "-c", config, env=environment)
        self.assertIn("HTTP 401: who are you?", done.stderr)
        for _ in range(2):
            done = self.gaikei("once", "-c", config, env=environment, expect=0)
        self.assertEqual(receiver.requests()[0]["headers"]["authorization"], "Bearer s3cret-of-the-upstream")
        self.assertNotIn("s3cret", done.stdout + done.stderr)
        values = [point["value"] for _, point in receiver.points("gaikei_outcomes_total", status="pass")]
        self.assertEqual((values[0], values[-1]), (0, 3))
        self.assertEqual(values, sorted(values))


if __name__ == "__main__":
    unittest.main()
