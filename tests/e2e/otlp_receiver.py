#!/usr/bin/env python3
"""An OTLP receiver of the tests, in Debian's own Python: decodes what comes with python3-protobuf and the schema of
opentelemetry.proto, writes it down, answers as told.

Usage: otlp_receiver.py http|grpc SCHEMA_DIR RECORD_FILE ANSWERS [MAX_MESSAGE_BYTES]

SCHEMA_DIR has what protoc made. RECORD_FILE gets a line of JSON for every request. ANSWERS is a list in JSON, one for each
request in turn; null, or nothing left, takes it:
    {"status": 503, "headers": {}, "body": ""}                          http
    {"code": "UNAVAILABLE", "message": "", "retry": seconds or absent}  grpc
    {"partial": [rejected, "message"]}                                  both
"""

import concurrent.futures
import gzip
import http.server
import json
import sys
import threading
import time

sys.path.insert(0, sys.argv[2])
import opentelemetry_pb2 as otlp  # noqa: E402
from google.protobuf import json_format  # noqa: E402

SIGNALS = {
    "metrics": (otlp.ExportMetricsServiceRequest, otlp.ExportMetricsServiceResponse, "rejected_data_points"),
    "logs": (otlp.ExportLogsServiceRequest, otlp.ExportLogsServiceResponse, "rejected_log_records"),
    "traces": (otlp.ExportTraceServiceRequest, otlp.ExportTraceServiceResponse, "rejected_spans"),
}
METHODS = {
    "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export": "metrics",
    "/opentelemetry.proto.collector.logs.v1.LogsService/Export": "logs",
    "/opentelemetry.proto.collector.trace.v1.TraceService/Export": "traces",
}

lock = threading.Lock()
answers = json.loads(sys.argv[4])


def decode(signal, body):
    """The message; dies on bytes that are no protobuf, or have fields that the schema does not know."""
    message = SIGNALS[signal][0].FromString(body)
    known = type(message)()
    known.CopyFrom(message)
    known.DiscardUnknownFields()
    if known.ByteSize() != message.ByteSize():
        raise ValueError("unknown fields")
    return message


def record(signal, path, headers, document, size):
    """Writes a request down and gives the answer it is to have."""
    with lock:
        answer = answers.pop(0) if answers else None
        taken = answer is None or "partial" in answer
        with open(sys.argv[3], "a") as out:
            out.write(json.dumps({"signal": signal, "path": path, "headers": headers, "document": document, "size": size,
                                  "taken": taken, "at": time.monotonic()}) + "\n")
    return answer


def as_json(message):
    return json_format.MessageToDict(message, use_integers_for_enums=True)


def response(signal, answer):
    message = SIGNALS[signal][1]()
    if answer and "partial" in answer:
        setattr(message.partial_success, SIGNALS[signal][2], answer["partial"][0])
        message.partial_success.error_message = answer["partial"][1]
    return message


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        size = len(body)
        if self.headers["Content-Encoding"] == "gzip":
            body = gzip.decompress(body)
        signal = self.path.rsplit("/", 1)[1]
        is_json = self.headers["Content-Type"] == "application/json"
        document = json.loads(body) if is_json else as_json(decode(signal, body))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = record(signal, self.path, headers, document, size)
        if answer and "status" in answer:
            self.send(answer["status"], answer.get("headers", {}), answer.get("body", "").encode())
            return
        message = response(signal, answer)
        text = json.dumps(as_json(message)).encode() if is_json else message.SerializeToString()
        self.send(200, {"Content-Type": self.headers["Content-Type"]}, text)

    def send(self, status, headers, body):
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def serve_http():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print("port", server.server_port, flush=True)
    server.serve_forever()


def serve_grpc():
    import grpc

    def fail(context, answer):
        status = otlp.RpcStatus(code=grpc.StatusCode[answer["code"]].value[0], message=answer.get("message", ""))
        if "retry" in answer:
            info = otlp.RetryInfo()
            info.retry_delay.seconds = int(answer["retry"])
            info.retry_delay.nanos = int(answer["retry"] % 1 * 1e9)
            status.details.add(type_url="type.googleapis.com/google.rpc.RetryInfo", value=info.SerializeToString())
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        context.abort(grpc.StatusCode[answer["code"]], answer.get("message", ""))

    def method(path):
        signal = METHODS[path]

        def export(body, context):
            headers = {key: value for key, value in context.invocation_metadata() if isinstance(value, str)}
            headers["time remaining"] = context.time_remaining()
            answer = record(signal, path, headers, as_json(decode(signal, body)), len(body))
            if answer and "code" in answer:
                fail(context, answer)
            return response(signal, answer).SerializeToString()

        return grpc.unary_unary_rpc_method_handler(export)

    class Generic(grpc.GenericRpcHandler):
        def service(self, details):
            return method(details.method) if details.method in METHODS else None

    options = [("grpc.max_receive_message_length", int(sys.argv[5]))] if len(sys.argv) > 5 else []
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(4), handlers=(Generic(),), options=options)
    print("port", server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    {"http": serve_http, "grpc": serve_grpc}[sys.argv[1]]()
