"""`gaikei once`, `validate` and `init`: the scheduled container's way."""

import json
import os
import socket
import unittest

from support import Case, WebServer, free_port


class Once(Case):
    def config(self, checks, extra=""):
        return self.write("gaikei.toml", extra + "".join(
            '[check."%s"]\ntarget = "%s"\n%s\n' % (name, target, more) for name, target, more in checks))

    def test_a_thousand_checks_all_reach_the_upstream(self):
        server = WebServer(self)
        self.config([("c%d" % i, server.url + str(i), "") for i in range(1000)],
                    '[upstream.file]\ntype = "jsonl"\npath = "samples.jsonl"\n')
        self.gaikei("once", expect=0)
        with open(self.path("samples.jsonl")) as lines:
            outcomes = [json.loads(line) for line in lines]
        self.assertEqual(len(outcomes), 1000)
        self.assertEqual({o["check"] for o in outcomes}, {"c%d" % i for i in range(1000)})
        self.assertEqual({o["status"] for o in outcomes}, {"pass"})

    def test_shards_split_one_configuration(self):
        server = WebServer(self)
        self.config([("c%d" % i, server.url, "") for i in range(60)] + [("job", "heartbeat:job", 'every = "1h"')])
        seen = []
        for index in (1, 2, 3):
            done = self.gaikei("once", env={"GAIKEI_SHARD": "%d/3" % index}, expect=0)
            mine = [o["check"] for o in self.outcomes(done)]
            self.assertGreater(len(mine), 8)
            seen += mine
            valid = self.gaikei("validate", "--shard", "%d/3" % index, env={"GAIKEI_SHARD": "1/1"}, expect=0)
            self.assertIn("61 checks, %d planned from 1 region, shard %d/3" % (len(mine), index), valid.stdout)
            seen += ["job"] * valid.stdout.count("1 heartbeat")
        self.assertEqual(sorted(seen), sorted(["c%d" % i for i in range(60)] + ["job"]))
        bad = self.gaikei("validate", "--shard", "4/3", expect=2)
        self.assertIn('--shard: "4/3" is no shard such as "3/8"', bad.stderr)

    def test_exit_status_follows_the_worst_outcome(self):
        server = WebServer(self)
        refused = "http://127.0.0.1:%d/" % free_port()
        self.config([("good", server.url, ""), ("bad", refused, "")])
        self.gaikei("once", expect=1)
        self.config([("good", server.url, ""), ("private", server.url, "deny_private = true")])
        done = self.gaikei("once", expect=3)
        self.assertEqual({(o["check"], o["status"], o.get("reason")) for o in self.outcomes(done)},
                         {("good", "pass", None), ("private", "unknown", "address_blocked")})

    def test_an_upstream_that_cannot_take_samples_exits_4(self):
        server = WebServer(self)
        self.config([("good", server.url, "")], '[upstream.full]\ntype = "jsonl"\npath = "/dev/full"\n')
        self.gaikei("once", expect=4)

    def test_a_plugin_keeps_to_its_convention(self):
        full = '[upstream.full]\ntype = "jsonl"\npath = "/dev/full"\n'
        self.config([("good", WebServer(self).url, "")], full)
        done = self.gaikei("once", "-o", "nagios", expect=0)
        self.assertIn("1 sample could be neither delivered nor kept", done.stderr)
        self.config([("bad", "http://127.0.0.1:%d/" % free_port(), "")], full)
        self.gaikei("once", "-o", "nagios", expect=2)

    def test_an_upstream_that_hangs_is_named_with_what_is_known(self):
        with socket.socket() as hang:
            hang.bind(("127.0.0.1", 0))
            hang.listen(8)
            self.config([("good", WebServer(self).url, "")], '[upstream.otel]\ntype = "otlp"\nprotocol = "http/json"\n'
                        'endpoint = "http://127.0.0.1:%d"\n' % hang.getsockname()[1])
            done = self.gaikei("once", "--deadline", "4s", expect=4)
        self.assertIn("upstream otel: 1 sample not delivered: no answer yet", done.stderr)

    def test_an_upstream_on_standard_output_is_not_doubled(self):
        server = WebServer(self)
        self.config([("good", server.url, "")], '[upstream.out]\ntype = "jsonl"\npath = "-"\n')
        self.assertEqual(len(self.gaikei("once", expect=0).stdout.splitlines()), 1)

    def test_the_deadline_holds(self):
        with socket.socket() as hang:
            hang.bind(("127.0.0.1", 0))
            hang.listen(8)
            self.config([("hang", "http://127.0.0.1:%d/" % hang.getsockname()[1], 'timeout = "50s"')])
            outcome = self.outcome(self.gaikei("once", "--deadline", "1s", expect=3))
        self.assertEqual(outcome["reason"], "prober_skipped")

    def test_regions_labels_and_history(self):
        server = WebServer(self)
        self.config([("good", server.url, 'labels = { team = "web" }')],
                    '[probe]\nstate_dir = "state"\n[region.tokyo]\ntitle = "Tokyo"\n[region.paris]\n')
        both = self.outcomes(self.gaikei("once", expect=0))
        self.assertEqual({o["region"] for o in both}, {"tokyo", "paris"})
        self.assertEqual(both[0]["labels"], {"team": "web"})
        one = self.outcome(self.gaikei("once", "--region", "tokyo", expect=0))
        self.assertEqual(one["region"], "tokyo")
        self.assertTrue(os.path.exists(self.path("state/gaikei.db")))

    def test_no_secret_leaks_anywhere(self):
        canary = "c4n4ry-s3cr3t"
        seen = []

        def handle(request):
            seen.append(request.headers.get("Authorization"))
            request.send_response(500)
            request.send_header("X-Echo", str(request.headers.get("Authorization")))
            request.send_header("Set-Cookie", "session=" + canary)
            request.send_header("Content-Length", "0")
            request.end_headers()

        server = WebServer(self, handle)
        url = server.url.replace("http://", "http://user:%s@" % canary) + "?token=" + canary
        self.config([("header", server.url, 'headers = { Authorization = { env = "CANARY" } }'), ("url", url, ""),
                     ("refused", "http://u:%s@127.0.0.1:%d/" % (canary, free_port()), "")],
                    '[probe]\nstate_dir = "state"\n[upstream.file]\ntype = "jsonl"\npath = "samples.jsonl"\n')
        printed = ""
        for form in ("json", "text", "junit", "prometheus", "nagios"):
            done = self.gaikei("once", "-v", "-o", form, env={"CANARY": canary})
            printed += done.stdout + done.stderr
        self.assertIn(canary, seen)
        self.assertNotIn(canary, printed)
        for directory, _, names in os.walk(self.dir):
            for name in names:
                if name == "gaikei.toml":
                    continue
                with open(os.path.join(directory, name), "rb") as content:
                    self.assertNotIn(canary.encode(), content.read(), name)


class Validate(Case):
    def test_every_error_is_reported_with_its_place(self):
        self.write("gaikei.toml", '[check.home]\ntraget = "https://x.example/"\nevery = 5\n'
                                  'expect = ["stauts == 200"]\n[upstream.o]\ntype = "nothing"\n')
        done = self.gaikei("validate", expect=2)
        self.assertRegex(done.stderr, r'(?m)^gaikei\.toml:2:1: .*traget.*target')
        self.assertRegex(done.stderr, r'(?m)^gaikei\.toml:3:\d+: ')
        self.assertRegex(done.stderr, r'(?m)^gaikei\.toml:6:\d+: ')

    def test_the_starter_configuration_is_valid(self):
        self.gaikei("init", expect=0)
        self.gaikei("validate", expect=0)
        done = self.gaikei("init", expect=2)
        self.assertIn("--force", done.stderr)

    def test_a_missing_ca_file_is_found_before_anything_runs(self):
        self.write("gaikei.toml", '[check.home]\ntarget = "https://x.example/"\ncacert = "no-such.pem"\n')
        done = self.gaikei("validate", expect=2)
        self.assertRegex(done.stderr, r'(?m)^gaikei\.toml:\d+:\d+: .*no-such\.pem')

    def test_listening_beyond_loopback_is_refused(self):
        self.write("gaikei.toml", '[probe]\nlisten = "0.0.0.0:9115"\n')
        self.assertRegex(self.gaikei("run", expect=2).stderr, r'^gaikei\.toml:2:\d+: .*TLS')

    def test_the_shipped_examples_are_valid(self):
        examples = os.path.join(os.path.dirname(__file__), "../../packaging/examples")
        names = [name for name in os.listdir(examples) if name.endswith(".toml")]
        self.assertTrue(names)
        for name in names:
            self.gaikei("validate", "-c", os.path.join(examples, name), expect=0)


class Demo(Case):
    def test_every_target_comes_out_as_announced(self):
        done = self.gaikei("demo", "--once", expect=0)
        for reason in ("tls_cert_expired", "tls_cert_name_mismatch", "connect_refused", "connect_timeout",
                       "dns_nxdomain", "transfer_timeout", "expect_status"):
            self.assertIn(reason, done.stdout)


if __name__ == "__main__":
    unittest.main()
