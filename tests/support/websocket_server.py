"""A real WebSocket server (python3-websockets).

Usage: websocket_server.py [CERTIFICATE KEY] - prints its port, serves until it is ended.

/echo sends texts back; /greet says hello first; /bye closes with 4001; /long sends a text of 100,000 characters in
pieces; /private wants `Authorization: Bearer let-me-in`, else it answers 401. Subprotocols: v2.chat, v1.chat.
"""

import asyncio
import http
import ssl
import sys

import websockets


async def handle(connection, path):
    if path == "/greet":
        await connection.send("hello " + connection.request_headers.get("X-Name", "stranger"))
    if path == "/bye":
        await connection.close(4001, "not today")
        return
    if path == "/long":
        await connection.send(["x" * 50000, "y" * 50000])
    async for message in connection:
        await connection.send(message)


async def admit(path, headers):
    if path == "/private" and headers.get("Authorization") != "Bearer let-me-in":
        return http.HTTPStatus.UNAUTHORIZED, [], b"who are you?\n"
    return None


async def main():
    context = None
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
    server = await websockets.serve(handle, "127.0.0.1", 0, ssl=context, process_request=admit, compression="deflate",
                                    subprotocols=["v2.chat", "v1.chat"])
    print("port %d" % server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Future()


asyncio.run(main())
