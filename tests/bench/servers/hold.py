"""A server that accepts connections, over TLS where it is given a certificate, and never answers.

Usage: hold.py PORT [CHAIN KEY]
"""

import asyncio
import ssl
import sys


async def hold(reader, writer):
    while await reader.read(4096):
        pass
    writer.close()


async def main():
    context = None
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
    server = await asyncio.start_server(hold, "127.0.0.1", int(sys.argv[1]), ssl=context, backlog=4096)
    await server.serve_forever()


asyncio.run(main())
