"""Journeys from outside: a shop with login, CSRF token, create, read and delete; its secrets stay secret."""

import base64
import json
import os
import signal
import subprocess
import threading
import unittest

from shop import Shop
from support import Case, DEADLINE, Daemon, GAIKEI, WebServer, wait_until

STEPS = ["page", "login", "create", "read", "delete"]


class JourneyTest(Case):
    def setUp(self):
        super().setUp()
        self.shop = Shop(self, "s3cret-password")
        self.env = {"SHOP_PASSWORD": "s3cret-password"}

    def config(self, before=""):
        return self.write("gaikei.toml", before + """
[journey.register]
labels = { team = "web" }
expect = ["duration < 30s"]
  [[journey.register.step]]
  name    = "page"
  target  = "%(url)s"
  expect  = ["status == 200"]
  capture = { csrf = 'body /name="csrf" value="([^"]+)"/' }
  [[journey.register.step]]
  name    = "login"
  target  = "%(url)slogin"
  form    = { user = "probe", password = { env = "SHOP_PASSWORD" }, csrf = "${csrf}" }
  expect  = ["status == 200"]
  capture = { token = "json.token" }
  [[journey.register.step]]
  name    = "create"
  target  = "%(url)shosts"
  json    = { name = "probe-${uuid}" }
  headers = { Authorization = "Bearer ${token}" }
  expect  = ["status == 201"]
  capture = { id = { from = "json.id", secret = false } }
  [[journey.register.step]]
  name    = "read"
  target  = "%(url)shosts/${id}"
  headers = { Authorization = "Bearer ${token}" }
  expect  = ["status == 200", "json.name contains 'probe-'"]
  [[journey.register.step]]
  name    = "delete"
  target  = "%(url)shosts/${id}"
  method  = "DELETE"
  headers = { Authorization = "Bearer ${token}" }
  when    = "id exists"
  always  = true
""" % {"url": self.shop.url})

    def once(self, expect, *args):
        return self.gaikei("once", "-c", self.config(), *args, expect=expect, env=self.env)

    def test_a_journey_that_is_cut_short_keeps_its_finished_steps(self):
        outcome = self.cut_short("/first", "/hangs", always=False)
        self.assertEqual((outcome["status"], outcome["reason"]), ("unknown", "prober_skipped"))
        self.assertEqual([(s["name"], s["status"]) for s in outcome["steps"]], [("one", "pass")])
        self.assert_phases_add_up(outcome)

    def test_a_verdict_stands_when_clean_up_is_cut_short(self):
        outcome = self.cut_short("/broken", "/hangs", always=True)
        self.assertEqual((outcome["status"], outcome["reason"], outcome["phase"]),
                         ("fail", "expect_status", "step:one"))
        self.assertEqual([(s["name"], s["status"]) for s in outcome["steps"]], [("one", "fail")])
        self.assert_phases_add_up(outcome)

    def cut_short(self, first, second, always):
        """Ends `once` by SIGINT while the second step of a journey waits for its answer."""
        asked, done = threading.Event(), threading.Event()
        self.addCleanup(done.set)

        def handle(request):
            if request.path == "/hangs":
                asked.set()
                done.wait()
            request.send_response(500 if request.path == "/broken" else 200)
            request.send_header("Content-Length", "0")
            request.end_headers()
        url = "http://127.0.0.1:%d" % WebServer(self, handle).port
        config = self.write("cut.toml", """
[journey.two]
timeout = "50s"
  [[journey.two.step]]
  name = "one"
  target = "%s%s"
  [[journey.two.step]]
  name = "two"
  target = "%s%s"
  timeout = "40s"
  always = %s
""" % (url, first, url, second, str(always).lower()))
        process = subprocess.Popen([GAIKEI, "once", "-c", config], stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.assertTrue(asked.wait(DEADLINE), "the second step never asked")
        process.send_signal(signal.SIGINT)
        output = process.communicate(timeout=DEADLINE)[0]
        self.assertEqual(process.returncode, 130, output)
        return json.loads(output)

    def test_a_journey_passes_through_all_of_its_steps(self):
        outcome = self.outcome(self.once(0))
        self.assertEqual(outcome["status"], "pass")
        self.assertEqual(outcome["kind"], "journey")
        self.assertEqual([step["name"] for step in outcome["steps"]], STEPS)
        self.assertEqual([step["status"] for step in outcome["steps"]], ["pass"] * 5)
        self.assertEqual(outcome["steps"][3]["target"], self.shop.url + "hosts/${id}")
        self.assertEqual(self.shop.hosts, {})
        self.assertEqual(self.shop.paths(),
                         ["GET /", "POST /login", "POST /hosts", "GET /hosts/1", "DELETE /hosts/1"])
        self.assert_phases_add_up(outcome)

    def test_a_step_that_fails_is_named_and_what_was_made_is_taken_away(self):
        for number, name in enumerate(STEPS):
            with self.subTest(name):
                self.shop.broken = {name}
                outcome = self.outcome(self.once(1))
                self.assertEqual((outcome["status"], outcome["phase"]), ("fail", "step:" + name))
                by_name = {step["name"]: step for step in outcome["steps"]}
                for earlier in STEPS[:number]:
                    self.assertEqual(by_name[earlier]["status"], "pass")
                self.assertEqual(by_name[name]["status"], "fail")
                if name == "read":
                    self.assertEqual(by_name["delete"]["status"], "pass")
                    self.assertEqual(self.shop.hosts, {})
                if name in ("page", "login", "create"):
                    self.assertIn("skipped", by_name["delete"])

    def test_text_shows_each_step_and_why_one_failed(self):
        self.shop.broken = {"read"}
        text = self.once(1, "-o", "text", "--color", "never").stdout
        self.assertIn("fail", text)
        for name in STEPS:
            self.assertIn(name, text)
        self.assertIn("step read", text)
        self.assertIn("status == 200", text)
        self.shop.broken = {"create"}
        self.assertIn("skipped", self.once(1, "-o", "text", "-v").stdout)

    def test_junit_and_nagios_name_the_step(self):
        self.shop.broken = {"read"}
        junit = self.once(1, "-o", "junit").stdout
        self.assertIn("step read", junit)
        self.assertIn('<failure type="expect_status"', junit)
        nagios = self.once(2, "-o", "nagios").stdout
        self.assertIn("step read", nagios)
        self.assertIn("'step login'=", nagios)

    def test_prometheus_has_a_gauge_for_each_step(self):
        self.shop.broken = {"read"}
        metrics = self.once(1, "-o", "prometheus").stdout
        self.assertRegex(metrics, r'probe_success\{check="register",.*kind="journey".*\} 0')
        self.assertRegex(metrics, r'probe_journey_step_success\{.*step="login"\} 1')
        self.assertRegex(metrics, r'probe_journey_step_success\{.*step="read"\} 0')
        self.assertRegex(metrics, r'probe_journey_step_duration_seconds\{.*step="create"\} 0\.\d+')

    def test_validate_counts_it(self):
        done = self.gaikei("validate", "-c", self.config(), expect=0, env=self.env)
        self.assertIn("1 check,", done.stdout)

    def test_a_daemon_shows_it_as_any_check(self):
        config = self.config('[probe]\nlisten = "127.0.0.1:0"\n[defaults]\nevery = "200ms"\n')
        daemon = Daemon(self, config, env={**os.environ, **self.env})
        wait_until(lambda: daemon.json("/api/v1/outcomes?check=register&status=pass")["outcomes"], "an outcome")
        checks = daemon.json("/api/v1/checks")["checks"]
        self.assertEqual([(check["check"], check["kind"]) for check in checks], [("register", "journey")])
        metrics = daemon.get("/metrics")
        self.assertIn('kind="journey"', metrics)
        self.assertIn('step="delete"', metrics)


class ImportTest(Case):
    def test_what_is_imported_runs(self):
        shop = Shop(self, "pw")
        script = self.write("login.sh", """# comes from a browser
curl '%(url)s' -c jar
curl '%(url)slogin' -b 'x=1' \\
  --data-raw $'csrf=csrf-4711&user=probe&password=pw'
""" % {"url": shop.url})
        done = self.gaikei("import", "curl", "--name", "shop", script, expect=0)
        self.assertNotIn("pw", done.stdout.replace("probe_password", ""))
        self.write("shop.toml", done.stdout)
        env = {"PROBE_CSRF": "csrf-4711", "PROBE_PASSWORD": "pw", "PROBE_COOKIE_X": "1"}
        self.gaikei("validate", "-c", "shop.toml", expect=0, env=env)
        outcome = self.outcome(self.gaikei("once", "-c", "shop.toml", expect=0, env=env))
        self.assertEqual([step["name"] for step in outcome["steps"]], ["GET /", "POST /login"])

    def test_a_command_line_is_taken_as_it_is(self):
        done = self.gaikei("import", "curl", "--", "curl", "-X", "POST", "https://shop.example/a", "-d", "b=c",
                           expect=0)
        self.assertIn('form ', done.stdout)
        self.assertIn('method ', done.stdout)
        done = self.gaikei("import", "curl", "--", "curl", "--ftp-pasv", "https://shop.example/a", expect=2)
        self.assertIn("--ftp-pasv", done.stderr)
        self.assertEqual(done.stdout, "")

    def test_a_recording_is_read(self):
        self.write("a.har", '{"log":{"entries":[{"request":{"method":"GET","url":"https://a.example/"},'
                            '"response":{"status":200}}]}}')
        done = self.gaikei("import", "har", "a.har", "--host", "a.example", expect=0)
        self.assertIn('target = "https://a.example/"', done.stdout)
        self.write("b.har", "{")
        done = self.gaikei("import", "har", "b.har", expect=2)
        self.assertIn("b.har: no JSON", done.stderr)
        self.assertIn("No such file", self.gaikei("import", "har", "c.har", expect=2).stderr)


class SecretsTest(Case):
    """Five kinds of secrets, every failure that shows much, all that is written: no canary anywhere."""

    CANARIES = {"password": "canary-password-1", "bearer": "canary-bearer-2", "captured": "canary-captured-3",
                "basic": "canary-basic-4", "cookie": "canary-cookie-5"}
    # As it is sent, and as a careless server tells it.
    CANARIES["basic, encoded"] = base64.b64encode(b"probe:" + CANARIES["basic"].encode()).decode()

    def setUp(self):
        super().setUp()
        self.shop = Shop(self, self.CANARIES["password"], bearer=self.CANARIES["captured"])
        self.shop.echoes = True
        self.env = {"SHOP_PASSWORD": self.CANARIES["password"], "SHOP_COOKIE": "track=" + self.CANARIES["cookie"]}
        token = self.write("bearer", self.CANARIES["bearer"] + "\n")
        os.chmod(token, 0o600)
        host = self.shop.url.split("//")[1]
        self.state = self.path("state")
        self.file = self.write("gaikei.toml", """
[probe]
listen = "127.0.0.1:0"
state_dir = "%(state)s"
[defaults]
every = "200ms"
[upstream.file]
type = "jsonl"
path = "%(samples)s"
[journey.secret]
  [[journey.secret.step]]
  name    = "page"
  target  = "http://probe:%(basic)s@%(host)s"
  headers = { Cookie = { env = "SHOP_COOKIE" } }
  expect  = ["status == 200"]
  capture = { csrf = 'body /value="([^"]+)"/' }
  [[journey.secret.step]]
  name    = "login"
  target  = "http://%(host)slogin"
  form    = { user = "probe", password = { env = "SHOP_PASSWORD" }, csrf = "${csrf}" }
  expect  = ["status == 200"]
  capture = { token = "json.token" }
  [[journey.secret.step]]
  name    = "redirect"
  target  = "http://%(host)sredirect?token=${token}"
  headers = { X-Api-Key = { file = "%(token)s" } }
  expect  = ["status == 200", "body contains 'x'", "json.a == 1", "header.x-echo-authorization == 'x'"]
  [[journey.secret.step]]
  name    = "path"
  target  = "http://%(host)sbroken/${token}?q=${token}"
  headers = { Authorization = "Bearer ${token}" }
  json    = { password = { env = "SHOP_PASSWORD" }, token = "${token}" }
  expect  = ["status == 200", "body == 'x'", "json.body == 'x'", "header.x-echo-body == 'x'",
             "header.x-echo-cookie == 'x'"]
  always  = true
  [[journey.secret.step]]
  name    = "file"
  target  = "http://probe:%(basic)s@%(host)sagain"
  headers = { Cookie = { env = "SHOP_COOKIE" }, X-Api-Key = { file = "%(token)s" } }
  expect  = ["status == 200", "body matches 'x$'", "header.x-echo-x-api-key == 'x'",
             "header.x-echo-authorization == 'x'", "header.x-echo-cookie == 'x'"]
  always  = true
""" % {"state": self.state, "samples": self.path("samples.jsonl"), "basic": self.CANARIES["basic"], "host": host,
       "token": token})

    def assert_clean(self, text, where):
        for kind, canary in self.CANARIES.items():
            self.assertNotIn(canary, text, "%s in %s" % (kind, where))

    def test_no_output_of_a_failure_tells_one(self):
        for broken in ([], ["page"], ["login"]):
            self.shop.broken = set(broken)
            for options in (["-v"], ["-o", "json", "-v"], ["-o", "text", "-v"], ["-o", "junit", "-v"],
                            ["-o", "nagios", "-v"], ["-o", "prometheus", "-v"], ["-o", "text"],
                            ["-v", "--log-format", "json"]):
                done = self.gaikei("once", "-c", self.file, *options, env=self.env)
                self.assertIn(done.returncode, (1, 2))
                self.assert_clean(done.stdout + done.stderr, "once %s, broken: %s" % (options, broken))
        self.assertIn("canary", str(self.shop.seen), "the canaries have flown")
        self.assert_files_clean()

    def test_no_endpoint_and_no_file_of_a_daemon_tells_one(self):
        daemon = Daemon(self, self.file, env={**os.environ, **self.env})
        wait_until(lambda: len(daemon.json("/api/v1/outcomes?check=secret")["outcomes"]) > 1, "two outcomes")
        for path in ("/metrics", "/api/v1/checks", "/api/v1/outcomes", "/api/v1/regions", "/"):
            _, headers, body = daemon.request(path)
            self.assert_clean(body + str(headers), path)
        daemon.stop()
        self.assert_clean(daemon.log(), "the log")
        self.assert_files_clean()

    def assert_files_clean(self):
        found = 0
        names = [os.path.join(directory, name) for directory, _, names in os.walk(self.state) for name in names]
        for name in names + [self.path("samples.jsonl")]:
            with open(name, "rb") as file:
                self.assert_clean(file.read().decode(errors="replace"), name)
            found += 1
        self.assertGreater(found, 1)


if __name__ == "__main__":
    unittest.main()
