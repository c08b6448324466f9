"""A real gRPC server (python3-grpcio) with grpc.health.v1.Health, whose messages are written by hand.

Usage: grpc_health_server.py [CERTIFICATE KEY] - prints its port, serves until it is ended.

Services: "" and shop.Cart are SERVING, shop.Down is NOT_SERVING, shop.New is UNKNOWN; shop.Private wants
`authorization: Bearer let-me-in`, else it is UNAUTHENTICATED and sends back what came; shop.Bytes wants
`x-bytes-bin` of 00 ff; shop.Slow answers when the client has given up; others are NOT_FOUND. A service that begins
with "bare." is UNIMPLEMENTED.
"""

import sys
import threading
from concurrent import futures

import grpc

STATUS = {"": 1, "shop.Cart": 1, "shop.Down": 2, "shop.New": 0, "shop.Private": 1, "shop.Bytes": 1, "shop.Slow": 1}


def service_of(message):
    """HealthCheckRequest { string service = 1; }"""
    if not message:
        return ""
    assert message[0] == 0x0A and message[1] == len(message) - 2, message
    return message[2:].decode()


def check(request, context):
    service = service_of(request)
    metadata = dict(context.invocation_metadata())
    if service.startswith("bare."):
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "unknown service grpc.health.v1.Health")
    if service not in STATUS:
        context.abort(grpc.StatusCode.NOT_FOUND, "unknown service")
    if service == "shop.Private" and metadata.get("authorization") != "Bearer let-me-in":
        context.abort(grpc.StatusCode.UNAUTHENTICATED, "no use for " + metadata.get("authorization", "nothing"))
    if service == "shop.Bytes" and metadata.get("x-bytes-bin") != b"\x00\xff":
        context.abort(grpc.StatusCode.PERMISSION_DENIED, "bytes \u00fc")
    if service == "shop.Slow":
        gone = threading.Event()
        context.add_callback(gone.set)
        gone.wait()
    assert context.time_remaining() is not None
    return bytes([0x08, STATUS[service]]) if STATUS[service] else b""


def main():
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(
        "grpc.health.v1.Health", {"Check": grpc.unary_unary_rpc_method_handler(check)}),))
    if len(sys.argv) > 2:
        with open(sys.argv[1], "rb") as certificate, open(sys.argv[2], "rb") as key:
            credentials = grpc.ssl_server_credentials([(key.read(), certificate.read())])
        port = server.add_secure_port("127.0.0.1:0", credentials)
    else:
        port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print("port %d" % port, flush=True)
    server.wait_for_termination()


main()
