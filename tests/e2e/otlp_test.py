"""OTLP as a receiver sees it that knows nothing of us: protobuf and JSON over HTTP, gRPC of python3-grpcio."""

import base64
import contextlib
import json
import math
import os
import re
import socket
import subprocess
import unittest

from support import Case, Child, Daemon, WebServer, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
PROTOCOLS = ("http/protobuf", "http/json", "grpc")
CUMULATIVE, DELTA, NO_RECORDED_VALUE = 2, 1, 1


def attributes(entry):
    """Attributes as a dictionary; their keys are unique."""
    found = {}
    for pair in entry.get("attributes", []):
        assert pair["key"] not in found, pair["key"]
        (kind, value), = pair["value"].items()
        found[pair["key"]] = int(value) if kind == "intValue" else value
    return found


def hexadecimal(identity):
    """An id as hexadecimal digits: in OTLP's JSON it is, in that of python3-protobuf it is base64."""
    if re.fullmatch("[0-9a-f]{16}|[0-9a-f]{32}", identity):
        return identity
    return base64.b64decode(identity).hex()


class Receiver(Child):
    """otlp_receiver.py, in Debian's own Python, whose packages it needs."""

    def __init__(self, case, protocol, answers=(), max_bytes=None):
        schema = case.path("schema")
        if not os.path.isdir(schema):
            os.mkdir(schema)
            subprocess.run(["protoc", "--python_out=" + schema, "-I" + HERE, "opentelemetry.proto"], check=True)
        self.protocol = protocol
        self.record = case.path("record-%d.jsonl" % id(self))
        more = [] if max_bytes is None else [str(max_bytes)]
        super().__init__(case, ["/usr/bin/python3", os.path.join(HERE, "otlp_receiver.py"),
                                "grpc" if protocol == "grpc" else "http", schema, self.record,
                                json.dumps(list(answers)), *more])
        wait_until(lambda: re.search(r"^port \d+$", self.log(), re.M) or self.process.poll() is not None,
                   "the receiver says its port")
        if self.process.poll() is not None:
            raise AssertionError("the receiver ended: " + self.log())
        self.port = int(re.search(r"^port (\d+)$", self.log(), re.M).group(1))

    def table(self, more=""):
        return ("[upstream.otel]\ntype = \"otlp\"\nendpoint = \"http://127.0.0.1:%d\"\nprotocol = \"%s\"\nevery = \"1s\"\n"
                "%s\n" % (self.port, self.protocol, more))

    def requests(self):
        with contextlib.suppress(FileNotFoundError), open(self.record) as lines:
            return [json.loads(line) for line in lines if line.endswith("\n")]
        return []

    def taken(self, signal="metrics"):
        return [request for request in self.requests() if request["taken"] and request["signal"] == signal]

    def metrics(self):
        """What came, as [(metric, its data, point)], in the order of arrival."""
        found = []
        for request in self.taken():
            for resource in request["document"]["resourceMetrics"]:
                for scope in resource["scopeMetrics"]:
                    for metric in scope["metrics"]:
                        kind, = set(metric) & {"gauge", "sum", "histogram", "exponentialHistogram"}
                        found += [(metric, metric[kind], point) for point in metric[kind]["dataPoints"]]
        return found

    def points(self, name, **wanted):
        """Points of a metric that have these attributes (dots are written as underscores)."""
        wanted = {key.replace("_", "."): value for key, value in wanted.items()}
        return [point for metric, _, point in self.metrics()
                if metric["name"] == name and wanted.items() <= attributes(point).items()]

    def items(self, signal, outer, inner, leaf):
        return [item for request in self.taken(signal) for resource in request["document"][outer]
                for scope in resource[inner] for item in scope[leaf]]


class OtlpCase(Case):
    def setUp(self):
        super().setUp()
        self.target = WebServer(self)
        # Bound and not listening: refuses, and stays ours.
        closed = socket.socket()
        self.addCleanup(closed.close)
        closed.bind(("127.0.0.1", 0))
        self.refusing = "tcp://127.0.0.1:%d" % closed.getsockname()[1]

    def config(self, upstreams, checks=None, name="gaikei"):
        """A configuration of that name, with a state directory of its own."""
        text = ("[probe]\nlisten = \"127.0.0.1:0\"\nstate_dir = \"%s\"\n[defaults]\nevery = \"1s\"\n" %
                self.path("state-" + name))
        for check, lines in (checks or {"home": ["target = \"%s\"" % self.target.url]}).items():
            text += "[check.%s]\n%s\n" % (check, "\n".join(lines))
        return self.write(name + ".toml", text + upstreams)

    def once(self, config, **options):
        """Outcomes of one run by their checks."""
        done = self.gaikei("once", "-c", config, "-o", "json", **options)
        return {outcome["check"]: outcome for outcome in self.outcomes(done)}

    def account(self, name="gaikei"):
        """The spool's account of the upstream."""
        done = self.gaikei("spool", "status", "--state-dir", self.path("state-" + name), "-o", "json", expect=0)
        return next(lane for lane in json.loads(done.stdout)["upstreams"] if lane["upstream"] == "otel")

    def assert_sound(self, receiver):
        """What every receiver may rely on, whatever was sent (wire contract of the protocol)."""
        for metric, data, point in receiver.metrics():
            name = metric["name"]
            self.assertGreater(int(point["timeUnixNano"]), 1_500_000_000 * 10**9, name)
            if "aggregationTemporality" in data:
                self.assertLess(int(point["startTimeUnixNano"]), int(point["timeUnixNano"]), name)
            if point.get("flags") == NO_RECORDED_VALUE:
                self.assertFalse({"asInt", "asDouble", "count", "sum"} & set(point), name)
                continue
            if "sum" in metric or "gauge" in metric:
                self.assertEqual(len({"asInt", "asDouble"} & set(point)), 1, name)
                continue
            count = int(point.get("count", 0))
            self.assertIn("sum", point)
            if "histogram" in metric:
                buckets = [int(bucket) for bucket in point["bucketCounts"]]
                self.assertEqual(len(buckets), len(point["explicitBounds"]) + 1)
                self.assertEqual(sum(buckets), count)
            else:
                buckets = [int(bucket) for bucket in point.get("positive", {}).get("bucketCounts", [])]
                self.assertEqual(sum(buckets) + int(point.get("zeroCount", 0)), count)
                self.assertEqual(("min" in point, "max" in point), (count > 0, count > 0))

    def assert_bucket(self, point, seconds):
        """A histogram of one value, which lies in the bucket of the data model."""
        self.assertEqual(int(point["count"]), 1)
        self.assertEqual((point["sum"], point["min"], point["max"]), (seconds,) * 3)
        bucket = math.ceil(math.log2(seconds) * 2**point.get("scale", 0)) - 1
        self.assertEqual((point["positive"].get("offset", 0), point["positive"]["bucketCounts"]), (bucket, ["1"]))


class WhatIsSaid(OtlpCase):
    def test_values_are_ours_to_the_last_bit_by_every_protocol(self):
        for protocol in PROTOCOLS:
            with self.subTest(protocol=protocol):
                self.say_by(protocol)

    def say_by(self, protocol):
        receiver = Receiver(self, protocol)
        more = "resource = { \"deployment.environment.name\" = \"test\" }\n"
        config = self.config(receiver.table(more), {
            "home": ["target = \"%s\"" % self.target.url, "traceparent = true", "labels = { team = \"web\" }"],
            "gone": ["target = \"%s\"" % self.refusing]}, name=protocol.replace("/", "-"))
        outcomes = self.once(config, expect=1)
        home, gone = outcomes["home"], outcomes["gone"]
        self.assert_sound(receiver)

        request, = receiver.taken()
        origin, = request["document"]["resourceMetrics"]
        resource = attributes(origin["resource"])
        self.assertEqual((resource["service.name"], resource["host.name"], resource["deployment.environment.name"],
                          resource["user_agent.synthetic.type"]), ("gaikei", socket.gethostname(), "test", "test"))
        self.assertTrue(resource["service.instance.id"] and resource["service.version"])
        self.assertEqual(origin["scopeMetrics"][0]["scope"], {"name": "gaikei", "version": resource["service.version"]})
        self.assertTrue(request["headers"]["user-agent"].startswith("gaikei/"))
        if protocol != "grpc":
            self.assertEqual(request["path"], "/v1/metrics")
            self.assertEqual((request["headers"]["content-encoding"], request["headers"]["accept"]), ("gzip", "*/*"))
        else:
            self.assertLessEqual(request["headers"]["time remaining"], 10)

        port = int(self.target.url.split(":")[2].strip("/"))
        zero, one = receiver.points("gaikei.outcomes", gaikei_check="home")
        self.assertEqual(attributes(one), {
            "gaikei.check": "home", "gaikei.region": "local", "gaikei.kind": "http", "gaikei.status": "pass", "team": "web",
            "url.full": self.target.url, "server.address": "127.0.0.1", "server.port": port,
            "network.protocol.name": "http"})
        self.assertEqual((zero["asInt"], one["asInt"]), ("0", "1"))
        self.assertLess(int(zero["timeUnixNano"]), int(one["timeUnixNano"]))
        exemplar, = one["exemplars"]
        trace = home["http"]["traceparent"].split("-")[1]
        self.assertEqual(hexadecimal(exemplar["traceId"]), trace)
        refused = receiver.points("gaikei.outcomes", gaikei_check="gone")[-1]
        self.assertEqual((attributes(refused)["gaikei.status"], attributes(refused)["error.type"]),
                         ("fail", "connect_refused"))

        for check, outcome in outcomes.items():
            duration = receiver.points("gaikei.duration", gaikei_check=check)[-1]
            self.assert_bucket(duration, outcome["duration"])
            phases = {attributes(point)["gaikei.phase"]: point
                      for point in receiver.points("gaikei.phase.duration", gaikei_check=check)}
            spent = {phase: span for phase, span in outcome["phases"].items() if phase != "other"}
            self.assertEqual(set(phases), set(spent))
            for phase, span in spent.items():
                self.assert_bucket(phases[phase], span)
        exemplar, = receiver.points("gaikei.duration", gaikei_check="home")[-1]["exemplars"]
        self.assertEqual((hexadecimal(exemplar["traceId"]), exemplar["asDouble"]), (trace, home["duration"]))
        self.assertEqual(receiver.points("gaikei.success", gaikei_check="home")[0]["asInt"], "1")
        self.assertEqual(receiver.points("gaikei.success", gaikei_check="gone")[0]["asInt"], "0")
        self.assertEqual(receiver.points("gaikei.http.response.status_code")[0]["asInt"], "200")
        self.assertEqual(gone["reason"], "connect_refused")

    def test_classic_buckets_on_request(self):
        receiver = Receiver(self, "http/protobuf")
        outcome = self.once(self.config(receiver.table("histograms = \"explicit\"\ncompression = \"none\"")))["home"]
        self.assert_sound(receiver)
        self.assertNotIn("content-encoding", receiver.taken()[0]["headers"])
        point = receiver.points("gaikei.duration")[-1]
        self.assertEqual(point["sum"], outcome["duration"])
        at = point["bucketCounts"].index("1")
        bounds = [0, *point["explicitBounds"], math.inf]
        self.assertTrue(bounds[at] < outcome["duration"] <= bounds[at + 1], point)

    def test_counters_go_on_and_differences_do_not_overlap(self):
        for temporality, counts in ((CUMULATIVE, ["0", "1", "2", "3"]), (DELTA, ["1", "1", "1"])):
            receiver = Receiver(self, "grpc")
            name = {CUMULATIVE: "cumulative", DELTA: "delta"}[temporality]
            config = self.config(receiver.table("temporality = \"%s\"" % name), name=name)
            for _ in range(3):
                self.once(config)
            self.assert_sound(receiver)
            self.assertTrue(all(data.get("aggregationTemporality", temporality) == temporality
                                for _, data, _ in receiver.metrics()))
            points = receiver.points("gaikei.outcomes")
            self.assertEqual([point["asInt"] for point in points], counts)
            starts = [point["startTimeUnixNano"] for point in points]
            if temporality == CUMULATIVE:
                self.assertEqual(len(set(starts)), 1)
            else:
                self.assertEqual(starts[1:], [point["timeUnixNano"] for point in points[:-1]])

    def test_a_check_that_is_no_longer_made_ends_its_streams(self):
        receiver = Receiver(self, "http/protobuf")
        checks = {name: ["target = \"%s\"" % self.target.url] for name in ("kept", "gone")}
        config = self.config(receiver.table(), checks)
        daemon = Daemon(self, config)
        wait_until(lambda: receiver.points("gaikei.outcomes", gaikei_check="gone"), "the check is told")
        self.config(receiver.table(), {"kept": checks["kept"]})
        daemon.request("/-/reload", "POST")
        wait_until(lambda: receiver.points("gaikei.outcomes", gaikei_check="gone")[-1].get("flags"), "the stream ends")
        daemon.stop()
        self.assert_sound(receiver)
        for metric in ("gaikei.outcomes", "gaikei.duration", "gaikei.phase.duration", "gaikei.success"):
            last = {}
            for point in receiver.points(metric, gaikei_check="gone"):
                key = tuple(sorted(attributes(point).items()))
                self.assertLess(last.get(key, {}).get("timeUnixNano", "0"), point["timeUnixNano"])
                last[key] = point
            self.assertTrue(all(point.get("flags") == NO_RECORDED_VALUE for point in last.values()), metric)
            self.assertFalse([point for point in receiver.points(metric, gaikei_check="kept") if point.get("flags")])

    def test_logs_and_traces_tell_every_outcome(self):
        for protocol in PROTOCOLS:
            with self.subTest(protocol=protocol):
                self.tell_by(protocol)

    def tell_by(self, protocol):
        receiver = Receiver(self, protocol)
        config = self.config(receiver.table("signals = [\"logs\", \"traces\"]"), {
            "home": ["target = \"%s\"" % self.target.url, "traceparent = true"],
            "gone": ["target = \"%s\"" % self.refusing]}, name=protocol.replace("/", "-"))
        outcomes = self.once(config, expect=1)
        self.assertEqual(receiver.taken("metrics"), [])

        records = {attributes(record)["gaikei.check"]: record
                   for record in receiver.items("logs", "resourceLogs", "scopeLogs", "logRecords")}
        self.assertEqual(set(records), set(outcomes))
        for check, outcome in outcomes.items():
            record = records[check]
            self.assertEqual(json.loads(record["body"]["stringValue"]), outcome)
            self.assertEqual((record["eventName"], attributes(record)["gaikei.scheduled_at"]),
                             ("gaikei.outcome", outcome["scheduled_at"]))
        self.assertEqual((records["home"]["severityNumber"], records["gone"]["severityNumber"]), (9, 17))
        self.assertEqual(attributes(records["gone"])["error.type"], "connect_refused")

        spans = receiver.items("traces", "resourceSpans", "scopeSpans", "spans")
        _, trace, sender, _ = outcomes["home"]["http"]["traceparent"].split("-")
        self.assertEqual(hexadecimal(records["home"]["traceId"]), trace)
        roots = {span["name"]: span for span in spans if "parentSpanId" not in span}
        self.assertEqual(set(roots), {"check home", "check gone"})
        root = roots["check home"]
        self.assertEqual((hexadecimal(root["traceId"]), hexadecimal(root["spanId"])), (trace, sender))
        for check, outcome in outcomes.items():
            root = roots["check " + check]
            children = [span for span in spans if span.get("parentSpanId") == root["spanId"]]
            self.assertEqual({span["name"]: (int(span["endTimeUnixNano"]) - int(span["startTimeUnixNano"])) / 1e9
                              for span in children},
                             {phase: span for phase, span in outcome["phases"].items() if phase != "other"})
            self.assertTrue(all(span["traceId"] == root["traceId"] for span in children))
            self.assertAlmostEqual(
                (int(root["endTimeUnixNano"]) - int(root["startTimeUnixNano"])) / 1e9, outcome["duration"], delta=1e-9)
        self.assertEqual(roots["check gone"]["status"]["code"], 2)
        self.assertIn("refused", roots["check gone"]["status"]["message"])
        self.assertNotIn("status", roots["check home"])

    def test_a_journey_is_a_trace_with_a_span_for_each_step(self):
        receiver = Receiver(self, "http/protobuf")
        journey = "[journey.buy]\nevery = \"1s\"\n" + "".join(
            "[[journey.buy.step]]\nname = \"%s\"\ntarget = \"%s\"\ntraceparent = true\n" % (name, self.target.url)
            for name in ("look", "pay"))
        outcome = self.once(self.config(receiver.table("signals = [\"traces\"]") + journey))["buy"]
        spans = receiver.items("traces", "resourceSpans", "scopeSpans", "spans")
        root = next(span for span in spans if span["name"] == "journey buy")
        self.assertNotIn("parentSpanId", root)
        steps = {step["name"]: step for step in outcome["steps"]}
        self.assertEqual(set(steps), {"look", "pay"})
        ends = int(root["startTimeUnixNano"])
        for name, step in steps.items():
            span = next(span for span in spans if span["name"] == "step " + name)
            _, trace, sender, _ = step["http"]["traceparent"].split("-")
            self.assertEqual((hexadecimal(span["traceId"]), hexadecimal(span["spanId"])), (trace, sender))
            self.assertEqual((span["parentSpanId"], span["traceId"], span["kind"]),
                             (root["spanId"], root["traceId"], 3))
            self.assertEqual(attributes(span)["http.response.status_code"], 200)
            self.assertEqual(int(span["startTimeUnixNano"]), ends)
            ends = int(span["endTimeUnixNano"])
            self.assertEqual({child["name"] for child in spans if child.get("parentSpanId") == span["spanId"]},
                             set(step["phases"]) - {"other"})


class WhatIsAnswered(OtlpCase):
    def deliver(self, protocol, answers, expect=0, max_bytes=None, checks=None, name="gaikei"):
        """`once` against a receiver with those answers; gives it, and the account of the upstream."""
        receiver = Receiver(self, protocol, answers, max_bytes)
        self.gaikei("once", "-c", self.config(receiver.table(), checks, name), expect=expect)
        return receiver, self.account(name)

    def run_until_taken(self, protocol, answers):
        """`run` against a receiver with those answers until something was taken; gives the requests up to then."""
        name = protocol.replace("/", "-")
        receiver = Receiver(self, protocol, answers)
        daemon = Daemon(self, self.config(receiver.table(), name=name))
        wait_until(receiver.taken, "the delivery is taken")
        daemon.stop()
        self.assertEqual(self.account(name)["rejected"], 0)
        return receiver.requests()[:len(answers) + 1]

    def assert_account(self, account, **wanted):
        self.assertEqual({key: account[key] for key in ("sent", "rejected", "spooled")},
                         {"sent": 0, "rejected": 0, "spooled": 0, **wanted}, account)

    def test_what_may_pass_is_tried_again_as_it_was(self):
        for protocol, answers in (("grpc", [{"code": "UNAVAILABLE", "message": "down"}, {"code": "DEADLINE_EXCEEDED"}]),
                                  ("http/protobuf", [{"status": 503}, {"status": 429}])):
            requests = self.run_until_taken(protocol, answers)
            self.assertEqual([request["taken"] for request in requests], [False, False, True], protocol)
            self.assertTrue(all(request["document"] == requests[0]["document"] for request in requests), protocol)

    def test_it_waits_as_long_as_the_server_asks(self):
        for protocol, answer in (("grpc", {"code": "RESOURCE_EXHAUSTED", "retry": 2.5}),
                                 ("http/json", {"status": 503, "headers": {"Retry-After": "3"}})):
            first, second = self.run_until_taken(protocol, [answer])
            self.assertGreaterEqual(second["at"] - first["at"], 2.4, protocol)

    def test_what_will_never_be_taken_is_counted(self):
        for protocol, answer in (("grpc", {"code": "INVALID_ARGUMENT", "message": "no"}),
                                 ("http/protobuf", {"status": 400}), ("http/json", {"status": 500})):
            receiver, account = self.deliver(protocol, [answer], expect=4, name=protocol.replace("/", "-"))
            self.assertEqual(len(receiver.requests()), 1, protocol)
            self.assert_account(account, rejected=1)

    def test_a_partial_success_is_taken_and_counted(self):
        for protocol in PROTOCOLS:
            receiver, account = self.deliver(protocol, [{"partial": [1, "too late"]}], expect=4,
                                             name=protocol.replace("/", "-"))
            self.assertEqual(len(receiver.requests()), 1, protocol)
            self.assert_account(account, rejected=1)

    def test_wrong_credentials_and_addresses_cost_nothing(self):
        kept = 0
        for protocol, answers in (("grpc", [{"code": "UNAUTHENTICATED"}] * 9), ("grpc", [{"code": "UNIMPLEMENTED"}] * 9),
                                  ("http/protobuf", [{"status": 404}] * 9),
                                  ("http/protobuf", [{"status": 200, "headers": {"Content-Type": "text/html"},
                                                      "body": "<html>log in</html>"}] * 9)):
            _, account = self.deliver(protocol, answers)
            kept += 1
            self.assert_account(account, spooled=kept)
        receiver, account = self.deliver("grpc", [])
        self.assert_account(account, sent=kept + 1)
        self.assertEqual(receiver.points("gaikei.outcomes")[-1]["asInt"], str(kept + 1))

    def test_a_message_beyond_the_limit_of_the_server_is_halved_until_it_fits(self):
        checks = {"c%d" % number: ["target = \"%s\"" % self.target.url] for number in range(40)}
        receiver, account = self.deliver("grpc", [], max_bytes=40_000, checks=checks)
        self.assert_account(account, sent=40)
        self.assertGreater(len(receiver.taken()), 1)
        self.assertLessEqual(max(request["size"] for request in receiver.taken()), 40_000)
        self.assertEqual(sum(int(point["asInt"]) for point in receiver.points("gaikei.outcomes")), 40)
        self.assert_sound(receiver)

    def test_a_receiver_that_is_gone_keeps_everything(self):
        receiver = Receiver(self, "grpc")
        receiver.stop()
        self.gaikei("once", "-c", self.config(receiver.table()), expect=0)
        self.assert_account(self.account(), spooled=1)

    def test_secrets_stay_what_they_are(self):
        os.chmod(self.write("token", "canary-7070"), 0o600)
        more = "headers = { Authorization = { file = \"%s\" } }" % self.path("token")
        receiver = Receiver(self, "grpc", [{"code": "INVALID_ARGUMENT", "message": "who is canary-7070?"}])
        done = self.gaikei("once", "-c", self.config(receiver.table(more)), expect=4)
        self.assertEqual(receiver.requests()[0]["headers"]["authorization"], "canary-7070")
        self.assertNotIn("canary-7070", done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
