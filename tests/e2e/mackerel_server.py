"""Mackerel for tests, as its API documents describe it, and strict: it answers as Mackerel would, and notes in
`complaints` whatever goes against the documents, also where Mackerel would keep silent."""

import collections
import json
import re
import threading
import time
import urllib.parse

from support import WebServer

KEY = "canary-5c0f21aa"
DAY = 86400
HOUR = 3600
NAME = re.compile(r"[a-zA-Z0-9._-]+")
CHECK_NAME = re.compile(r"[a-zA-Z0-9_-]+")

Report = collections.namedtuple("Report", "host name status message occurred_at")


def length(text):
    """Characters as the strictest count them: units of UTF-16."""
    return len(text.encode("utf-16-le")) // 2


class Refused(Exception):
    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class MackerelServer:
    """`ahead`: seconds by which its clock, and that of the program under test, is ahead of the machine's."""

    def __init__(self, case, services=("shop",), quota=60, ahead=0):
        self.services = set(services)
        self.quota = quota  # requests a minute
        self.ahead = ahead
        self.lock = threading.Lock()
        self.complaints = []
        self.points = {}  # (name, time): value
        self.writes = collections.defaultdict(list)  # the same with all values that there ever were
        self.hosts = {}  # id: what was posted
        self.reports = []  # that counted
        self.ignored = 0
        self.annotations = []
        self.calls = collections.Counter()  # by minute
        self.over_quota = 0
        self.answer = lambda method, path: None  # (status, body) in place of its own
        self.server = WebServer(case, self.handle)
        self.url = self.server.url.rstrip("/")

    def now(self):
        return time.time() + self.ahead

    def complain(self, text):
        self.complaints.append(text)

    def handle(self, request):
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        with self.lock:
            try:
                status, answer = 200, self.route(request, body)
            except Refused as refused:
                status, answer = refused.status, {"error": {"message": str(refused)}}
        text = json.dumps(answer).encode()
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(text)))
        request.end_headers()
        request.wfile.write(text)

    def route(self, request, body):
        method = request.command
        url = urllib.parse.urlsplit(request.path)
        path = url.path
        query = urllib.parse.parse_qs(url.query, strict_parsing=True) if url.query else {}
        minute = int(self.now() // 60)
        self.calls[minute] += 1
        told = self.answer(method, path)
        if told is not None:
            raise Refused(*told)
        if self.calls[minute] > self.quota:
            self.over_quota += 1
            raise Refused(429, "too many requests")
        if request.headers.get_all("X-Api-Key") != [KEY]:
            self.complain("a wrong key")
            raise Refused(403, "no such key")
        if body and request.headers.get_all("Content-Type") != ["application/json"]:
            self.complain("a body of another type")
            raise Refused(400, "no JSON")
        document = json.loads(body) if body else None
        tsdb = re.fullmatch(r"/api/v0/services/([^/]+)/tsdb", path)
        host = re.fullmatch(r"/api/v0/hosts/([a-zA-Z0-9]+)", path)
        if method == "POST" and tsdb:
            return self.take_points(urllib.parse.unquote(tsdb[1]), document)
        if method == "POST" and path == "/api/v0/monitoring/checks/report":
            return self.take_reports(document)
        if method == "POST" and path == "/api/v0/hosts":
            return self.take_host("4Hkc5RWz%d" % (len(self.hosts) + 1), document)
        if method == "GET" and path == "/api/v0/hosts":
            return {"hosts": [dict(host, id=name, isRetired=False) for name, host in self.hosts.items()
                              if all(host.get(key) in query.get(key, [host.get(key)])
                                     for key in ("name", "customIdentifier"))]}
        if method in ("GET", "PUT") and host:
            if host[1] not in self.hosts:
                raise Refused(404, "host not found")
            if method == "PUT":
                return self.take_host(host[1], document)
            return {"host": dict(self.hosts[host[1]], id=host[1], isRetired=False)}
        if method == "POST" and path == "/api/v0/graph-annotations":
            return self.take_annotation(document)
        if method == "GET" and path == "/api/v0/graph-annotations":
            self.need_service(query["service"][0])
            start, end = int(query["from"][0]), int(query["to"][0])
            return {"graphAnnotations": [a for a in self.annotations if a["from"] <= end and a["to"] >= start]}
        self.complain("no such call: %s %s" % (method, request.path))
        raise Refused(404, "no such call")

    def need_service(self, service):
        if service not in self.services:
            raise Refused(404, "service not found")

    def need_keys(self, what, document, needed, optional=()):
        if not isinstance(document, dict) or not set(needed) <= set(document) <= set(needed) | set(optional):
            self.complain("%s: %r" % (what, document))
            raise Refused(400, "not in the right form")

    def take_points(self, service, document):
        self.need_service(service)
        seen = set()
        for value in document:
            self.need_keys("a value", value, ("name", "time", "value"))
            key = value["name"], value["time"]
            if not NAME.fullmatch(value["name"]) or type(value["time"]) is not int or \
                    type(value["value"]) not in (int, float):
                self.complain("a value: %r" % value)
                raise Refused(400, "no value")
            if key in seen:
                self.complain("twice in one call: %r" % value)
            seen.add(key)
            if value["time"] % 60:
                self.complain("not the start of a minute: %r" % value)
            if value["time"] > self.now():
                self.complain("in the future: %r" % value)
            if value["time"] < self.now() - DAY:
                self.complain("older than a day: %r" % value)
                continue  # silently, as Mackerel does
            self.points[key] = value["value"]
            self.writes[key].append(value["value"])
        return {"success": True}

    def take_reports(self, document):
        self.need_keys("reports", document, ("reports",))
        if not 0 < len(document["reports"]) <= 100:
            self.complain("%d reports" % len(document["reports"]))
            raise Refused(400, "too many reports, or none")
        for report in document["reports"]:
            self.need_keys("a report", report, ("source", "name", "status", "message", "occurredAt"),
                           ("notificationInterval", "maxCheckAttempts"))
            self.need_keys("a source", report["source"], ("type", "hostId"))
            if report["source"]["type"] != "host" or report["source"]["hostId"] not in self.hosts:
                raise Refused(400, "host not found")
            if report["status"] not in ("OK", "WARNING", "CRITICAL", "UNKNOWN") or \
                    type(report["occurredAt"]) is not int:
                self.complain("a report: %r" % report)
                raise Refused(400, "no report")
        for report in document["reports"]:
            self.take_report(Report(report["source"]["hostId"], report["name"], report["status"], report["message"],
                                    report["occurredAt"]))
        return {"success": True}

    def take_report(self, report):
        listed = [check["name"] for check in self.hosts[report.host].get("checks", [])]
        if not CHECK_NAME.fullmatch(report.name) or report.name not in listed:
            self.complain("a check that is not listed: %r" % (report,))
        if length(report.message) >= 1024:
            self.complain("a message of 1024 or more: %r" % (report,))
        if not self.now() - 6 * HOUR <= report.occurred_at <= self.now() + 60:
            self.complain("more than 6 h late, or in the future: %r" % (report,))
        if any(r[:2] == report[:2] and r.occurred_at >= report.occurred_at for r in self.reports):
            self.ignored += 1
        else:
            self.reports.append(report)

    def take_host(self, name, document):
        self.need_keys("a host", document, ("name", "meta"),
                       ("displayName", "customIdentifier", "interfaces", "roleFullnames", "checks"))
        checks = [check["name"] for check in document.get("checks", [])]
        if len(set(checks)) < len(checks) or not all(CHECK_NAME.fullmatch(check) for check in checks):
            self.complain("checks of a host: %r" % checks)
        if not document.get("customIdentifier"):
            self.complain("a host without its identifier")
        if any(host.get("customIdentifier") == document.get("customIdentifier") for other, host in self.hosts.items()
               if other != name):
            self.complain("a second host of that identifier")
        self.hosts[name] = document
        return {"id": name}

    def take_annotation(self, document):
        self.need_keys("an annotation", document, ("title", "from", "to", "service"), ("description", "roles"))
        self.need_service(document["service"])
        if length(document["title"]) > 250 or length(document.get("description", "")) > 1024 or \
                document["from"] > document["to"]:
            self.complain("an annotation: %r" % document)
            raise Refused(400, "too long, or it ends before it begins")
        if any(a["title"] == document["title"] and a["from"] == document["from"] for a in self.annotations):
            self.complain("annotated twice: %r" % document)
        self.annotations.append(document)
        return dict(document, id=str(len(self.annotations)))
