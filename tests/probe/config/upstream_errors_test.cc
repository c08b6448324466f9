#include "tests/probe/config/support.h"

namespace gaikei {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

/// The errors of an upstream whose keys begin in line 3, without the name of the file.
std::vector<std::string> Wrong(const std::string& type, const std::string& keys) {
  auto errors = ErrorsOf("[upstream.u]\ntype = \"" + type + "\"\n" + keys +
                         "\n[region.tokyo]\n[region.osaka]\n"
                         "[check.home]\ntarget = \"https://a.example\"\n"
                         "labels = { team = \"web\", env = \"lab\" }\n");
  for (std::string& error : errors) error.erase(0, std::string("t.toml:").size());
  return errors;
}

/// Of the five types, with what each needs in line 3: more keys begin in line 4.
std::vector<std::string> Otlp(const std::string& keys) {
  return Wrong("otlp", "endpoint = \"https://otlp.example:4318\"\n" + keys);
}
std::vector<std::string> RemoteWrite(const std::string& keys) {
  return Wrong("remote_write", "url = \"https://p.example/api/v1/write\"\n" + keys);
}
std::vector<std::string> Mackerel(const std::string& keys) {
  return Wrong("mackerel", "api_key = \"canary\"\n" + keys);
}
std::vector<std::string> Statsd(const std::string& keys) {
  return Wrong("statsd", "address = \"127.0.0.1\"\n" + keys);
}
std::vector<std::string> Jsonl(const std::string& keys) {
  return Wrong("jsonl", "path = \"x\"\n" + keys);
}

TEST(AWrongUpstream, LacksWhatItsTypeNeeds) {
  EXPECT_THAT(Wrong("otlp", ""), ElementsAre("1:11: upstream \"u\" has no endpoint"));
  EXPECT_THAT(Wrong("remote_write", ""), ElementsAre("1:11: upstream \"u\" has no url"));
  EXPECT_THAT(Wrong("mackerel", "service = \"shop\""),
              ElementsAre("1:11: upstream \"u\" has no api_key"));
  EXPECT_THAT(Mackerel(""), ElementsAre("1:11: upstream \"u\" sends nothing: give it service "
                                        "(metrics), check_reports = true, or both"));
  EXPECT_THAT(Wrong("statsd", ""), ElementsAre("1:11: upstream \"u\" has no address"));
  EXPECT_THAT(Wrong("jsonl", ""), ElementsAre("1:11: upstream \"u\" has no path"));
}

TEST(AWrongUpstream, HasKeysOfAnotherType) {
  EXPECT_THAT(Otlp("path = \"x\"\nurl = \"x\"\napi_key = \"x\"\nprefix = \"x\""),
              ElementsAre("4:1: path is no key of an upstream of type otlp: jsonl",
                          "5:1: url is no key of an upstream of type otlp: remote_write",
                          "6:1: api_key is no key of an upstream of type otlp: mackerel",
                          "7:1: prefix is no key of an upstream of type otlp: statsd"));
  EXPECT_THAT(
      Jsonl("headers = {}\nrename = {}\nadd_labels = {}\ndrop = []\ncompression = \"gzip\""),
      ElementsAre("4:1: headers is no key of an upstream of type jsonl: otlp, "
                  "remote_write, mackerel",
                  "5:1: rename is no key of an upstream of type jsonl: otlp, "
                  "remote_write, statsd",
                  "6:1: add_labels is no key of an upstream of type jsonl: otlp, "
                  "remote_write, statsd",
                  "7:1: drop is no key of an upstream of type jsonl: otlp, "
                  "remote_write, mackerel, statsd",
                  "8:1: compression is no key of an upstream of type jsonl: otlp"));
}

TEST(AWrongUpstream, IsToldEverythingWhateverItsTypeIs) {
  EXPECT_THAT(Wrong("nats", "url = \"nats://x\"\nevery = \"5x\"\nevry = 1"),
              ElementsAre("2:8: unknown upstream type \"nats\"; known: otlp, remote_write, "
                          "mackerel, statsd, jsonl",
                          HasSubstr("4:9: every = \"5x\" is no duration"),
                          "5:1: unknown key \"evry\"; did you mean \"every\"?"));
  EXPECT_THAT(ErrorsOf("[upstream.u]\ntype = 1\npath = \"x\"\n"),
              ElementsAre("t.toml:2:8: expected a string, found an integer"));
}

TEST(AWrongUpstream, IsOutOfBounds) {
  EXPECT_THAT(Jsonl("every = \"500ms\"\nmax_batch = 0\nmax_spool = \"63KiB\"\nmax_age = \"59s\"\n"
                    "max_series = 0\ndrain_rate = 0"),
              ElementsAre("4:9: every = \"500ms\" is out of range: from 1s to 1h",
                          "5:13: max_batch = 0 is out of range: from 1 to 100000",
                          "6:13: max_spool = \"63KiB\" is out of range: from 64KiB to 1TiB",
                          "7:11: max_age = \"59s\" is out of range: from 1m to 31d",
                          "8:14: max_series = 0 is out of range: from 1 to 100000000",
                          "9:14: drain_rate = 0 is out of range: from 1 to 10000000"));
  EXPECT_THAT(Jsonl("every = \"61m\"\nmax_batch = 100001\nmax_spool = \"2TiB\"\nmax_age = \"32d\""),
              ElementsAre("4:9: every = \"61m\" is out of range: from 1s to 1h",
                          "5:13: max_batch = 100001 is out of range: from 1 to 100000",
                          "6:13: max_spool = \"2TiB\" is out of range: from 64KiB to 1TiB",
                          "7:11: max_age = \"32d\" is out of range: from 1m to 31d"));
}

TEST(AWrongUpstream, NamesChecksAndRegionsThatAreNotThere) {
  EXPECT_THAT(Jsonl("checks = [\"hom\", \"home\", \"home\", \"\", 1, \"x*\"]\n"
                    "regions = [\"tokio\", \"k*\"]\nlabels = { region = \"x\", \"a-b\" = \"x\", "
                    "team = 1 }"),
              ElementsAre("4:11: unknown check \"hom\"; did you mean \"home\"?",
                          "4:26: checks: \"home\" is named twice", "4:34: checks: a name is empty",
                          "4:38: expected a string, found an integer",
                          "5:12: unknown region \"tokio\"; did you mean \"tokyo\"?",
                          "6:12: label name \"region\" is reserved",
                          "6:26: \"a-b\" is no label name: letters, digits and _, not beginning "
                          "with a digit",
                          "6:46: expected a string, found an integer"));
  EXPECT_THAT(Jsonl("checks = []\nregions = []"),
              ElementsAre("4:10: checks is empty: leave it away to mean all of them",
                          "5:11: regions is empty: leave it away to mean all of them"));
}

TEST(AWrongUpstream, CallsSeriesAsTheyCannotBe) {
  EXPECT_THAT(RemoteWrite("rename = { chek = \"a\", check = \"\", region = \"\", kind = \"9\", "
                          "reason = \"team\", status = \"b\", phase = \"b\" }"),
              ElementsAre("4:12: rename: there is no \"chek\"; did you mean \"check\"?",
                          "4:32: rename: check cannot be left out: several series would be one",
                          "4:45: rename: region cannot be left out: several series would be one",
                          "4:56: rename: \"9\" is no name that this upstream takes",
                          "4:70: rename: another one is called \"team\"",
                          "4:100: rename: two would be called \"b\""));
  EXPECT_THAT(Otlp("rename = { check = \"probe\" }"),
              ElementsAre("4:12: rename: there is no \"check\"; there are gaikei.check, "
                          "gaikei.region, gaikei.kind, gaikei.status, gaikei.phase, gaikei.step, "
                          "error.type and labels of checks"));
  EXPECT_THAT(RemoteWrite("rename = { team = \"squad\" }\n"
                          "add_labels = { squad = \"a\", kind = \"b\", __a = \"c\", le = \"d\", "
                          "ok = \"\", no = 1 }"),
              ElementsAre("5:16: add_labels: another one is called \"squad\"",
                          "5:29: add_labels: another one is called \"kind\"",
                          "5:41: add_labels: \"__a\" is no name that this upstream takes",
                          "5:52: add_labels: \"le\" is no name that this upstream takes",
                          HasSubstr("5:67: add_labels: the value of \"ok\" is empty"),
                          "5:76: expected a string, found an integer"));
  EXPECT_THAT(Statsd("add_labels = { \"a:b\" = \"x\" }"),
              ElementsAre("4:16: add_labels: \"a:b\" is no name that this upstream takes"));
  EXPECT_THAT(Statsd("drop = [\"phase\", \"latest\", \"latest\"]"),
              ElementsAre("4:9: drop: \"phase\" is none of \"phases\", \"histograms\", \"latest\"; "
                          "did you mean \"phases\"?",
                          "4:28: drop: \"latest\" is named twice"));
}

TEST(AWrongUpstream, HasNoUrl) {
  const auto endpoint = [](const std::string& url) {
    return Wrong("otlp", "endpoint = \"" + url + "\"");
  };
  EXPECT_THAT(endpoint("otlp.example:4318"),
              ElementsAre("3:12: endpoint: no scheme; write https://HOST:PORT or "
                          "http://HOST:PORT"));
  EXPECT_THAT(endpoint("grpc://otlp.example:4317"),
              ElementsAre("3:12: endpoint: scheme \"grpc\" is neither http nor https"));
  EXPECT_THAT(endpoint("https://"), ElementsAre(HasSubstr("3:12: endpoint: ")));
  EXPECT_THAT(endpoint("https://a b/"), ElementsAre(HasSubstr("3:12: endpoint: ")));
  for (const char* url : {"http:///x", "https:///x", "http:////x"}) {
    EXPECT_THAT(endpoint(url), ElementsAre("3:12: endpoint: no host"));
  }
  EXPECT_THAT(endpoint("https://a:0/"), ElementsAre("3:12: endpoint: no host, or port 0"));
  EXPECT_THAT(endpoint("https://a/#x"), ElementsAre("3:12: endpoint: the URL takes no fragment"));
  EXPECT_THAT(endpoint("https://a/?x=1"),
              ElementsAre("3:12: endpoint: the URL takes no query: a path is appended to it"));
  EXPECT_THAT(Wrong("otlp", "endpoint = 1"),
              ElementsAre("3:12: expected a string, found an integer"));
  EXPECT_THAT(Wrong("remote_write", "url = \"http://p.example:9090\""),
              ElementsAre("3:7: url has no path: Prometheus and VictoriaMetrics take samples at "
                          "/api/v1/write"));
}

TEST(AWrongUpstream, HasCredentialsWhereTheyWouldBeShown) {
  EXPECT_THAT(Wrong("remote_write", "url = \"https://u:canary@p.example/w\""),
              ElementsAre("3:7: url: a URL with credentials; write them as auth = { basic = { user "
                          "= \"NAME\", password = { env = \"NAME\" } } }"));
  const auto query = Wrong("remote_write", "url = \"https://p.example/w?token=canary\"");
  EXPECT_THAT(query, ElementsAre("3:7: url: a URL with a secret in its query, where it would be "
                                 "shown; send it by headers or auth"));
}

TEST(AWrongUpstream, NamesTheSignalInItsEndpoint) {
  const auto with = [](const std::string& path, const std::string& keys) {
    return Wrong("otlp", "endpoint = \"https://a" + path + "\"\n" + keys);
  };
  EXPECT_THAT(with("/v1/metrics", "signals = [\"metrics\", \"logs\"]"),
              ElementsAre("3:12: endpoint ends in /v1/metrics, which is appended: leave it out"));
  EXPECT_THAT(with("/v1/logs/", ""),
              ElementsAre("3:12: endpoint ends in /v1/logs, which is appended: leave it out"));
  EXPECT_THAT(with("/v1/metrics", "protocol = \"grpc\""),
              ElementsAre("3:12: endpoint ends in /v1/metrics, which is appended: leave it out"));
}

TEST(AWrongUpstream, SetsHeadersThatAreTheProtocolsOwn) {
  EXPECT_THAT(Otlp("headers = { content-type = \"x\", HOST = \"x\", User-Agent = \"x\", "
                   "Content-Length = \"1\", Grpc-Timeout = \"1S\", \"a b\" = \"x\", A = "
                   "\"x\\r\\ny\" }"),
              ElementsAre("4:13: header \"content-type\" is the protocol's own and cannot be set",
                          "4:33: header \"HOST\" is the protocol's own and cannot be set",
                          "4:45: header \"User-Agent\" is the protocol's own and cannot be set",
                          "4:63: header \"Content-Length\" follows from the body and cannot be set",
                          "4:85: header \"Grpc-Timeout\" is the protocol's own and cannot be set",
                          "4:106: \"a b\" is no header name",
                          "4:123: the value of header \"A\" has control characters"));
  EXPECT_THAT(RemoteWrite("headers = { X-Prometheus-Remote-Write-Version = \"2\" }"),
              ElementsAre(HasSubstr("is the protocol's own and cannot be set")));
  EXPECT_THAT(Mackerel("service = \"shop\"\nheaders = { x-api-key = \"2\" }"),
              ElementsAre(HasSubstr("is the protocol's own and cannot be set")));
}

TEST(AWrongUpstream, ProvesWhoSendsAsItCannot) {
  EXPECT_THAT(Otlp("auth = {}"), ElementsAre("4:8: auth names no scheme: basic, bearer"));
  EXPECT_THAT(Otlp("auth = { digest = { user = \"a\", password = \"b\" } }"),
              ElementsAre("4:10: digest is nothing for an upstream: basic, bearer"));
  for (const std::string value : {"\"user:canary\"", "[\"user\", \"canary\"]"}) {
    EXPECT_THAT(
        Otlp("auth = { basic = " + value + " }"),
        ElementsAre("4:18: basic is a table: { user = \"NAME\", password = { env = \"NAME\" } "
                    "}, or { env = \"NAME\" } of a variable that holds USER:PASSWORD"));
  }
  EXPECT_THAT(Otlp("auth = { baerer = \"x\" }"),
              ElementsAre("4:10: unknown key \"baerer\"; did you mean \"bearer\"?"));
  EXPECT_THAT(Otlp("auth = { bearer = \"x\" }\nheaders = { authorization = \"y\" }"),
              ElementsAre("4:1: auth beside a header Authorization: leave one of them out"));
  EXPECT_THAT(Otlp("auth = { bearer = { env = \"GAIKEI_TEST_UNSET\" } }"),
              ElementsAre("4:19: environment variable \"GAIKEI_TEST_UNSET\" is not set"));
}

TEST(AWrongUpstream, HasATlsSetupThatCannotBe) {
  EXPECT_THAT(Otlp("key = \"key.pem\""), ElementsAre("4:7: key without cert"));
  EXPECT_THAT(Otlp("server_name = \"a b\""),
              ElementsAre("4:15: server_name = \"a b\" is no host name"));
  EXPECT_THAT(Otlp("cacert = \"/nonexistent/ca.pem\""),
              ElementsAre(HasSubstr("4:10: cacert: cannot read /nonexistent/ca.pem")));
  EXPECT_THAT(
      Wrong("otlp", "endpoint = \"http://a:4318\"\ninsecure = true\nserver_name = \"a\""),
      ElementsAre("4:1: insecure goes with https://", "5:1: server_name goes with https://"));
  EXPECT_THAT(Otlp("min_version = \"1.3\""), ElementsAre("4:1: unknown key \"min_version\""));
}

TEST(AWrongUpstream, IsReachedAsItCannotBe) {
  EXPECT_THAT(Otlp("proxy = \"ftp://u:canary@p:1\""),
              ElementsAre(HasSubstr("4:9: a proxy is http://HOST:PORT")));
  EXPECT_THAT(Otlp("proxy = { url = \"http://p:1\", headers = { A = \"b\" } }"),
              ElementsAre("4:31: the proxy of an upstream is sent no headers"));
  EXPECT_THAT(
      Wrong("otlp",
            "endpoint = \"http://a:4317\"\nprotocol = \"grpc\"\nproxy = \"http://u:canary@p:1\""),
      ElementsAre("5:9: gRPC over http:// does not go through an HTTP proxy: take an endpoint with "
                  "https://, a socks5 proxy, or protocol = \"http/protobuf\""));
  for (const std::string keys :
       {"endpoint = \"https://a:4317\"\nprotocol = \"grpc\"\nproxy = \"http://p:1\"",
        "endpoint = \"http://a:4317\"\nprotocol = \"grpc\"\nproxy = \"socks5://p:1\"",
        "endpoint = \"http://a:4317\"\nproxy = \"http://p:1\""}) {
    EXPECT_THAT(Wrong("otlp", keys), ::testing::IsEmpty()) << keys;
  }
  EXPECT_THAT(Otlp("timeout = \"99ms\""),
              ElementsAre("4:11: timeout = \"99ms\" is out of range: from 100ms to 10m"));
  EXPECT_THAT(Otlp("retry_statuses = [399, 600, \"500\", 500]"),
              ElementsAre("4:19: retry_statuses: 399 is out of range: from 400 to 599",
                          "4:24: retry_statuses: 600 is out of range: from 400 to 599",
                          "4:29: expected an integer, found a string"));
}

TEST(AWrongUpstream, OfTypeOtlp) {
  EXPECT_THAT(
      Otlp("protocol = \"http\"\nhistograms = \"native\"\ntemporality = \"x\"\n"
           "compression = true\nsignals = [\"metric\"]\nresource = { \"\" = \"a\", b = \"\" }"),
      ElementsAre("4:12: protocol = \"http\" is none of \"http/protobuf\", \"http/json\", \"grpc\"",
                  "5:14: histograms = \"native\" is none of \"exponential\", \"explicit\"",
                  "6:15: temporality = \"x\" is none of \"cumulative\", \"delta\"",
                  "7:15: expected a string, found a boolean",
                  "8:12: signals: \"metric\" is none of \"metrics\", \"logs\", \"traces\"; did you "
                  "mean \"metrics\"?",
                  "9:14: resource: \"\" is no name",
                  "9:28: resource: the value of \"b\" is empty or has control characters"));
  EXPECT_THAT(Otlp("signals = [\"logs\", \"metrics\", \"logs\", \"x\"]"),
              ElementsAre("4:31: signals: \"logs\" is named twice",
                          HasSubstr("4:39: signals: \"x\" is none of ")));
}

TEST(AWrongUpstream, OfTypeOtlpSaysHowToWriteMetricsThatItDoesNotSend) {
  EXPECT_THAT(Otlp("signals = [\"logs\"]\nhistograms = \"explicit\"\ntemporality = \"delta\"\n"
                   "drop = [\"phases\"]"),
              ElementsAre("5:1: histograms goes with \"metrics\" among signals",
                          "6:1: temporality goes with \"metrics\" among signals",
                          "7:1: drop goes with \"metrics\" among signals"));
  EXPECT_THAT(Otlp("signals = []"), ElementsAre("4:11: signals is empty: leave it away to mean "
                                                "metrics"));
}

TEST(AWrongUpstream, OfTypeRemoteWrite) {
  EXPECT_THAT(RemoteWrite("version = \"3\""),
              ElementsAre("4:11: version = \"3\" is none of \"auto\", \"1.0\", \"2.0\""));
  EXPECT_THAT(RemoteWrite("version = 2.0"), ElementsAre("4:11: expected a string, found a number"));
}

TEST(AWrongUpstream, OfTypeMackerel) {
  EXPECT_THAT(
      Mackerel("service = \"my shop\"\nmetric_prefix = \".a\"\nhost_name = \"a/b\"\n"
               "every = \"15s\"\nmax_age = \"24h\""),
      ElementsAre(
          "4:11: service = \"my shop\" is not 2 to 63 letters, digits, - and _, the first a letter "
          "or a digit",
          "5:17: metric_prefix = \".a\" is not 1 to 255 letters, digits, - and _, and "
          "single dots between them",
          "6:1: host_name goes with check_reports = true",
          "6:13: host_name = \"a/b\" is not 1 to 255 letters, digits, - and _, and single "
          "dots between them",
          "7:9: every = \"15s\": Mackerel is sent to once a minute; leave it out",
          "8:11: max_age = \"24h\" is out of range: from 1m to 23h"));
  EXPECT_THAT(
      Mackerel("check_reports = true\nmetric_prefix = \"a\"\nannotations = true\n"
               "notification_interval = \"9m\"\nmax_check_attempts = 11"),
      ElementsAre("5:1: metric_prefix goes with service", "6:1: annotations goes with service",
                  "7:25: notification_interval = \"9m\" is out of range: from 10m to 7d",
                  "8:22: max_check_attempts = 11 is out of range: from 1 to 10"));
  for (const std::string name : {"a..b", "a.", "a b", "\u00e4"}) {
    EXPECT_THAT(Mackerel("service = \"shop\"\nmetric_prefix = \"" + name + "\""),
                ElementsAre(HasSubstr("and single dots between them")))
        << name;
  }
  for (const std::string name : {"s", "-shop", "_shop", "shop.jp"}) {
    EXPECT_THAT(Mackerel("service = \"" + name + "\""),
                ElementsAre(HasSubstr("the first a letter or a digit")))
        << name;
  }
  EXPECT_THAT(
      Mackerel("check_reports = true\nnotification_interval = \"10m30s\""),
      ElementsAre("5:25: notification_interval = \"10m30s\" is no whole number of minutes"));
  for (const std::string path : {"/api/v0", "/api/v0/", "/api/v0/services"}) {
    EXPECT_THAT(Mackerel("service = \"shop\"\nendpoint = \"https://m.example" + path + "\""),
                ElementsAre("5:12: endpoint: /api/v0 and what follows is appended: write "
                            "\"https://m.example\""));
  }
  const auto spaced = Wrong("mackerel", "api_key = \"can ary\"\nservice = \"shop\"");
  EXPECT_THAT(spaced, ElementsAre("3:11: api_key is empty, or has spaces, controls or characters "
                                  "beyond ASCII"));
}

TEST(AWrongUpstream, OfTypeStatsd) {
  EXPECT_THAT(
      Wrong("statsd", "address = \"agent:0\"\nprefix = \"a|b\"\ntags = \"yes\""),
      ElementsAre(HasSubstr("3:11: address is no HOST, HOST:PORT or [ADDRESS]:PORT: "),
                  "4:10: prefix = \"a|b\" is longer than 200 bytes, or has one of : | @ # , "
                  "or a blank in it",
                  "5:8: tags = \"yes\" is none of \"dogstatsd\", \"none\""));
  EXPECT_THAT(Wrong("statsd", "address = \"udp://agent:8125\""),
              ElementsAre("3:11: address has a scheme: write HOST:PORT alone, it is always UDP"));
}

TEST(AWrongUpstream, OfTypeJsonl) {
  EXPECT_THAT(Jsonl("max_files = 2"), ElementsAre("4:1: max_files goes with max_size"));
  EXPECT_THAT(Jsonl("max_size = 1\nmax_files = 0"),
              ElementsAre("4:12: max_size = 1 is out of range: from 64KiB to 1TiB",
                          "5:13: max_files = 0 is out of range: from 1 to 1000"));
  EXPECT_THAT(Wrong("jsonl", "path = \"-\"\nmax_size = \"1MiB\""),
              ElementsAre("4:1: standard output has no size: max_size goes with a file"));
}

TEST(WrongUpstreams, AreNoTables) {
  EXPECT_THAT(ErrorsOf("upstream = 3\n"),
              ElementsAre("t.toml:1:12: expected a table, written as [upstream.NAME], found an "
                          "integer"));
  EXPECT_THAT(ErrorsOf("[upstream]\ntype = \"jsonl\"\n"),
              ElementsAre("t.toml:2:8: expected a table, written as [upstream.NAME], found a "
                          "string"));
  EXPECT_THAT(ErrorsOf("probe = 3\n"),
              ElementsAre("t.toml:1:9: expected a table, written as [probe], found an integer"));
}

TEST(WrongUpstreams, ShareAFileOrAName) {
  EXPECT_THAT(ErrorsOf("[upstream.a]\ntype = \"jsonl\"\npath = \"x\"\n"
                       "[upstream.b]\ntype = \"jsonl\"\npath = \"./x\"\n"
                       "[upstream.\"a.logs\"]\ntype = \"jsonl\"\npath = \"-\"\n"
                       "[upstream.c]\ntype = \"jsonl\"\npath = \"-\"\n"),
              ElementsAre("t.toml:6:8: path = \"./x\" is already that of upstream \"a\"",
                          "t.toml:7:11: upstream \"a.logs\" has the name of a signal of \"a\""));
}

TEST(WrongUpstreams, NeverShowASecret) {
  const Environment environment("GAIKEI_TEST_CANARY", "canary canary");
  for (const std::string keys :
       {"url = \"https://u:canary@p.example/w\"", "url = \"canary\"",
        "url = \"https://p.example/w?api_key=canary\"",
        "url = \"http://p/w\"\nproxy = \"http://u:canary@p\"",
        "url = \"http://p/w\"\nheaders = { A = \"canary\\u0001\" }",
        "url = \"http://p/w\"\nauth = { basic = { user = \"a:b\", password = \"canary\" } }",
        "url = \"http://p/w\"\nauth = { basic = { env = \"GAIKEI_TEST_CANARY\" } }"}) {
    const auto errors = Wrong("remote_write", keys);
    EXPECT_FALSE(errors.empty()) << keys;
    for (const std::string& error : errors) EXPECT_THAT(error, Not(HasSubstr("canary"))) << keys;
  }
}

}  // namespace
}  // namespace gaikei
