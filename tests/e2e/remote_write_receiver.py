#!/usr/bin/env python3
"""A receiver of remote write for the tests, in Debian's own Python: decodes what comes with python3-snappy,
python3-protobuf and the schema of remote_write.proto, writes it down, answers as told.

Usage: remote_write_receiver.py SCHEMA_DIR RECORD_FILE VERSIONS ANSWERS

SCHEMA_DIR has what protoc made. RECORD_FILE gets a line of JSON for every request. VERSIONS: "1", "2" or "12", what is
understood; anything else is answered by 415. ANSWERS is a list in JSON of [status, headers, body], one for each request
in turn that is understood; null, or nothing left, takes it.
"""

import http.server
import json
import struct
import sys
import threading

sys.path.insert(0, sys.argv[1])
import remote_write_pb2 as schema  # noqa: E402
import snappy  # noqa: E402

lock = threading.Lock()
answers = json.loads(sys.argv[4])
TWO = "application/x-protobuf;proto=io.prometheus.write.v2.Request"


def parse(kind, body):
    """The message; dies on bytes that are none, or have fields that the schema does not know."""
    message = kind.FromString(body)
    known = kind()
    known.CopyFrom(message)
    known.DiscardUnknownFields()
    if known.ByteSize() != message.ByteSize():
        raise ValueError("unknown fields")
    return message


def value(number):
    """A number, or the bits of one that is none."""
    bits = struct.unpack("<Q", struct.pack("<d", number))[0]
    return "stale" if bits == 0x7ff0000000000002 else number


def histogram(message):
    buckets = {}
    number = count = position = 0
    for span in message.positive_spans:
        number += span.offset
        for _ in range(span.length):
            count += message.positive_deltas[position]
            position += 1
            buckets[number] = count
            number += 1
    return {"at": message.timestamp, "start": message.start_timestamp, "value": value(message.sum),
            "count": message.count_int, "zeros": message.zero_count_int, "schema": message.schema, "buckets": buckets,
            "kinds": [message.WhichOneof("count"), message.WhichOneof("zero_count")]}


def point(sample):
    return {"at": sample.timestamp, "start": sample.start_timestamp, "value": value(sample.value)}


def decode(body, is_two):
    series = []
    if not is_two:
        for entry in parse(schema.RequestOne, body).timeseries:
            series.append({"labels": [[label.name, label.value] for label in entry.labels],
                           "points": [point(sample) for sample in entry.samples]})
        return series
    request = parse(schema.RequestTwo, body)
    symbols = request.symbols
    assert symbols[0] == "" and len(set(symbols)) == len(symbols)
    for entry in request.timeseries:
        refs = list(entry.labels_refs)
        series.append({"labels": [[symbols[a], symbols[b]] for a, b in zip(refs[::2], refs[1::2])],
                       "points": [point(sample) for sample in entry.samples] +
                                 [histogram(message) for message in entry.histograms],
                       "type": entry.metadata.type, "help": symbols[entry.metadata.help_ref],
                       "unit": symbols[entry.metadata.unit_ref]})
    return series


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        is_two = self.headers["Content-Type"] == TWO
        version = "2" if is_two else "1"
        if version not in sys.argv[3]:
            self.answer(415, {}, "")
            return
        series = decode(snappy.uncompress(body), is_two)
        with lock:
            told = answers.pop(0) if answers else None
            with open(sys.argv[2], "a") as out:
                out.write(json.dumps({"path": self.path, "version": version, "series": series, "taken": told is None,
                                      "headers": {name.lower(): text for name, text in self.headers.items()}}) + "\n")
        if told is not None:
            self.answer(*told)
            return
        self.answer(204, {"X-Prometheus-Remote-Write-Samples-Written": "1"} if is_two else {}, "")

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, text in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print("port", server.server_port, flush=True)
server.serve_forever()
