"""`/metrics` judged by Prometheus' own programs."""

import contextlib
import json
import re
import shutil
import subprocess
import unittest
import urllib.parse
import urllib.request

from support import Authority, Case, Child, Daemon, Nginx, WebServer, free_port, wait_until


class Metrics(Case):
    def daemon(self):
        authority = Authority(self)
        nginx = Nginx(self, *authority.leaf("old", end="20210101000000Z"))
        server = WebServer(self)
        config = self.write("gaikei.toml", """
            [probe]
            listen = "127.0.0.1:0"
            [defaults]
            every = "500ms"
            [check.home]
            target = "%s"
            labels = { team = "web" }
            [check.expired]
            target = "https://localhost:%d/"
            cacert = "%s"
            [check.refused]
            target = "http://127.0.0.1:%d/"
            [check.blocked]
            target = "%s"
            deny_private = true
            """ % (server.url, nginx.https, authority.file, free_port(), server.url))
        daemon = Daemon(self, config)

        def has_outcomes():
            text = daemon.get("/metrics")
            return all(re.search(r'(?m)^gaikei_outcomes_total\{.*check="%s".*reason="%s"' % row, text) for row in (
                ("expired", "tls_cert_expired"), ("refused", "connect_refused"), ("blocked", "address_blocked"))) and \
                re.search(r'(?m)^probe_success\{.*check="home".*\} 1$', text)

        wait_until(has_outcomes, "every check has an outcome")
        return daemon

    def test_promtool_accepts_the_text_format(self):
        text = self.daemon().get("/metrics")
        done = subprocess.run(["promtool", "check", "metrics"], input=text, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 0, done.stdout + text)

    def test_success_is_absent_where_it_cannot_be_told(self):
        text = self.daemon().get("/metrics")
        self.assertRegex(text, r'(?m)^probe_success\{[^}]*check="home"[^}]*team="web"[^}]*\} 1$')
        self.assertRegex(text, r'(?m)^probe_success\{[^}]*check="refused"[^}]*\} 0$')
        self.assertNotRegex(text, r'(?m)^probe_success\{[^}]*check="blocked"')
        self.assertRegex(text, r'(?m)^probe_ssl_earliest_cert_expiry\{[^}]*check="expired"[^}]*\} 1\.?6')
        self.assertNotRegex(text, r'(?m)^probe_http_duration_seconds\{[^}]*check="refused"[^}]*phase="transfer"')

    def test_openmetrics_is_negotiated(self):
        status, headers, text = self.daemon().request(
            "/metrics", headers={"Accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"})
        self.assertEqual(status, 200)
        self.assertIn("application/openmetrics-text", headers["Content-Type"])
        self.assertTrue(text.endswith("# EOF\n"))

    def test_a_real_prometheus_scrapes_it(self):
        daemon = self.daemon()
        port = free_port()
        config = self.write("prometheus.yml", """
            global: { scrape_interval: 1s }
            scrape_configs:
              - job_name: gaikei
                static_configs: [ { targets: [ "%s" ] } ]
            """ % daemon.address)
        prometheus = Child(self, [shutil.which("prometheus"), "--config.file", config, "--storage.tsdb.path",
                                  self.path("tsdb"), "--web.listen-address", "127.0.0.1:%d" % port])

        def is_ready():
            with contextlib.suppress(OSError):
                return urllib.request.urlopen("http://127.0.0.1:%d/-/ready" % port, timeout=30).status == 200
            return prometheus.process.poll() is not None

        wait_until(is_ready, "prometheus is ready")

        def query(expression):
            url = "http://127.0.0.1:%d/api/v1/query?%s" % (port, urllib.parse.urlencode({"query": expression}))
            with urllib.request.urlopen(url, timeout=30) as answer:
                return json.load(answer)["data"]["result"]

        wait_until(lambda: query('probe_success{check="home"} == 1'), "prometheus has a sample")
        self.assertEqual(query('probe_success{check="refused"}')[0]["value"][1], "0")
        self.assertEqual(query("gaikei_config_last_reload_successful")[0]["value"][1], "1")
        self.assertTrue(query('gaikei_outcomes_total{check="expired",reason="tls_cert_expired"}'))
        self.assertEqual(query('up{job="gaikei"}')[0]["value"][1], "1")


if __name__ == "__main__":
    unittest.main()
