"""nginx as a target (HTTP, HTTPS) and as the sink of OTLP, one process on one core."""

import http.client

from harness.environment import free_port, program
from harness.process import BenchError, Process, wait_until

BODY = "ok"

CONFIGURATION = """daemon off;
master_process off;
worker_rlimit_nofile 16384;
pid {folder}/nginx.pid;
error_log {folder}/error.log error;
events {{ worker_connections 8192; }}
http {{
  access_log off;
  server_tokens off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  client_max_body_size 64m;
  client_body_buffer_size 8m;
  default_type text/plain;
  server {{
    {addresses}
    location / {{ return 200 "{body}"; }}
  }}
  server {{
    listen 127.0.0.1:{sink} backlog=64;
    location / {{ default_type application/x-protobuf; return 200 ""; }}
  }}
  {tls}
}}
"""

TLS = """server {{
    listen 127.0.0.1:{port} ssl backlog=4096;
    ssl_certificate {chain};
    ssl_certificate_key {key};
    ssl_protocols TLSv1.2 TLSv1.3;
    location / {{ return 200 "{body}"; }}
  }}"""


class Nginx(Process):
    """`addresses`: how many loopback addresses, from 127.0.0.1 on, answer HTTP."""

    def __init__(self, env, certificates=None, addresses=1):
        folder = env.fresh_folder("nginx")
        self.port, self.sink_port, self.tls_port = free_port(), free_port(), free_port()
        self.addresses = [f"127.0.0.{i + 1}" for i in range(addresses)]
        listen = "\n    ".join(f"listen {address}:{self.port} backlog=4096;" for address in self.addresses)
        tls = certificates and TLS.format(port=self.tls_port, chain=certificates.chain, key=certificates.key, body=BODY)
        path = f"{folder}/nginx.conf"
        with open(path, "w", encoding="ascii") as out:
            out.write(CONFIGURATION.format(folder=folder, addresses=listen, sink=self.sink_port, tls=tls or "",
                                           body=BODY))
        super().__init__([program("nginx"), "-p", folder, "-c", path, "-e", f"{folder}/error.log"], env.server_core,
                         env.file("nginx.log"))
        try:
            wait_until(self._answers, 10, "nginx answers", self)
        except BaseException:
            self.stop()
            raise
        self.http = f"http://127.0.0.1:{self.port}/"
        self.https = f"https://127.0.0.1:{self.tls_port}/"
        self.sink = f"http://127.0.0.1:{self.sink_port}"

    def _answers(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/")
            answer = connection.getresponse()
            body = answer.read()
        except OSError:
            return False
        finally:
            connection.close()
        if answer.status != 200 or body.decode() != BODY:
            raise BenchError("another server answers on nginx's port")
        return True
