"""A collector for tests: takes OTLP over HTTP in JSON, answers as told, and remembers exactly what came."""

import collections
import gzip
import json
import socket
import struct
import threading

from support import WebServer


def attributes(entry):
    """Attributes of a point or record as a dictionary."""
    return {pair["key"]: next(iter(pair["value"].values()), None) for pair in entry.get("attributes", [])}


Point = collections.namedtuple("Point", "metric attributes start time value")
Event = collections.namedtuple("Event", "check region scheduled_at outcome")


class Collector:
    """Every request is kept, whatever it was answered; `taken` alone counts those that were answered by 200.

    `answer(request number)` gives (status, headers, body), or one of "close" (after taking it), "silence", "drip"; None
    takes it.
    """

    def __init__(self, case, context=None, port=0):
        self.lock = threading.Lock()
        self.answer = lambda number: None
        self.requests = []  # (path, headers, document, taken)
        self.release = threading.Event()
        case.addCleanup(self.release.set)
        self.server = WebServer(case, self.handle, port=port, context=context)
        self.port = self.server.port
        self.url = ("http" if context is None else "https") + "://127.0.0.1:%d" % self.port

    def handle(self, request):
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        if request.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        document = json.loads(body)
        with self.lock:
            answer = self.answer(len(self.requests))
            taken = answer is None or answer == "close"
            self.requests.append((request.path, dict(request.headers), document, taken))
        if answer == "close":
            # Not even a FIN in good order: the answer is lost.
            request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            request.close_connection = True
            return
        if answer in ("silence", "drip"):
            if answer == "drip":
                request.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while not self.release.wait(0.2):
                if answer == "drip":
                    request.wfile.write(b"x")
            request.close_connection = True
            return
        status, headers, text = answer or (200, {}, "{}")
        request.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(text)))
        request.end_headers()
        request.wfile.write(text.encode())

    def count(self):
        with self.lock:
            return len(self.requests)

    def points(self, metric="gaikei.outcomes", every=False):
        """Data points in the order of their arrival; with `every` also of what was not taken."""
        found = []
        with self.lock:
            requests = list(self.requests)
        for _, _, document, taken in requests:
            if not taken and not every:
                continue
            for resource in document.get("resourceMetrics", []):
                for scope in resource["scopeMetrics"]:
                    for entry in scope["metrics"]:
                        if entry["name"] != metric:
                            continue
                        data = entry.get("sum") or entry.get("gauge") or entry.get("histogram") or entry.get(
                            "exponentialHistogram")
                        for point in data["dataPoints"]:
                            value = point.get("asInt", point.get("asDouble", point.get("count")))
                            found.append(
                                Point(metric, attributes(point), int(point.get("startTimeUnixNano", 0)),
                                      int(point["timeUnixNano"]), None if value is None else float(value)))
        return found

    def series(self, metric="gaikei.outcomes"):
        """Points by series (attributes as a sorted tuple), each in the order of arrival."""
        by_series = collections.defaultdict(list)
        for point in self.points(metric):
            by_series[tuple(sorted(point.attributes.items()))].append(point)
        return by_series

    def total(self):
        """What the counters of all series come to: of each one what it said last."""
        return sum(points[-1].value for points in self.series().values())

    def events(self):
        """Outcomes that came as log records, in the order of arrival, repeated ones too."""
        found = []
        with self.lock:
            requests = list(self.requests)
        for _, _, document, taken in requests:
            for resource in document.get("resourceLogs", []) if taken else []:
                for scope in resource["scopeLogs"]:
                    for record in scope["logRecords"]:
                        about = attributes(record)
                        found.append(
                            Event(about.get("gaikei.check"), about.get("gaikei.region"),
                                  about.get("gaikei.scheduled_at"), about))
        return found
