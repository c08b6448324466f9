#include <chrono>

#include "checks/io/tls/certificate_maker.h"
#include "tests/probe/config/support.h"

namespace gaikei {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// The only upstream of a text that holds its keys alone, beside three checks.
UpstreamSpec Upstream(const std::string& type, const std::string& keys) {
  Config config = Loaded(
      "[region.tokyo]\n[region.osaka]\n"
      "[check.home]\ntarget = \"https://a.example\"\nlabels = { team = \"web\", env = \"lab\" }\n"
      "[check.zone]\ntarget = \"dns:a.example\"\n"
      "[[journey.order.step]]\nname = \"x\"\ntarget = \"https://a.example\"\n"
      "[upstream.u]\ntype = \"" +
      type + "\"\n" + keys + "\n");
  if (config.upstreams.size() != 1) return {};
  return std::move(config.upstreams.front());
}

const std::string kOtlp = "endpoint = \"https://otlp.example:4318\"\n";
const std::string kRemoteWrite = "url = \"http://prometheus.example:9090/api/v1/write\"\n";
const std::string kMackerel = "api_key = \"k\"\nservice = \"shop\"\n";
const std::string kStatsd = "address = \"127.0.0.1\"\n";
const std::string kJsonl = "path = \"samples.jsonl\"\n";

TEST(AnUpstream, OfTypeOtlpHasItsDefaults) {
  const UpstreamSpec spec = Upstream("otlp", kOtlp);
  EXPECT_EQ(spec.name, "u");
  EXPECT_EQ(spec.type, UpstreamType::kOtlp);
  EXPECT_EQ(spec.every, seconds(15));
  EXPECT_EQ(spec.max_batch, 1000U);
  EXPECT_EQ(spec.max_spool, 256U << 20U);
  EXPECT_EQ(spec.max_age, hours(24));
  EXPECT_EQ(spec.max_series, 1'000'000U);
  EXPECT_EQ(spec.drain_rate, 10'000);
  EXPECT_TRUE(spec.is_compressed);
  EXPECT_THAT(spec.retry_statuses, IsEmpty());
  EXPECT_EQ(spec.transport.url, "https://otlp.example:4318");
  EXPECT_EQ(spec.transport.timeout, seconds(10));
  EXPECT_THAT(spec.transport.headers, IsEmpty());
  EXPECT_TRUE(spec.transport.user.empty() && spec.transport.bearer.empty());
  EXPECT_EQ(spec.otlp.protocol, OtlpSpec::Protocol::kHttpProtobuf);
  EXPECT_EQ(spec.otlp.temporality, OtlpSpec::Temporality::kCumulative);
  EXPECT_EQ(spec.otlp.histograms, HistogramForm::kExponential);
  EXPECT_TRUE(spec.otlp.has_metrics);
  EXPECT_FALSE(spec.otlp.has_logs || spec.otlp.has_traces);
  EXPECT_THAT(spec.selection.checks, IsEmpty());
  EXPECT_THAT(spec.mapping.rename, IsEmpty());
}

TEST(AnUpstream, OfEachTypeHasItsOwnPace) {
  EXPECT_EQ(Upstream("remote_write", kRemoteWrite).every, seconds(15));
  EXPECT_EQ(Upstream("mackerel", kMackerel).every, minutes(1));
  EXPECT_EQ(Upstream("mackerel", kMackerel).max_age, hours(23));
  EXPECT_EQ(Upstream("mackerel", kMackerel + "every = \"60s\"").every, minutes(1));
  EXPECT_EQ(Upstream("statsd", kStatsd).every, seconds(1));
  EXPECT_EQ(Upstream("jsonl", kJsonl).every, seconds(1));
}

TEST(AnUpstream, TakesPaceAndBounds) {
  const UpstreamSpec spec = Upstream("jsonl", kJsonl +
                                                  "every = \"1h\"\nmax_batch = 100000\n"
                                                  "max_spool = \"1TiB\"\nmax_age = \"31d\"\n"
                                                  "max_series = 7\ndrain_rate = 250\n");
  EXPECT_EQ(spec.every, hours(1));
  EXPECT_EQ(spec.max_batch, 100'000U);
  EXPECT_EQ(spec.max_spool, std::uint64_t{1} << 40U);
  EXPECT_EQ(spec.max_age, hours(31 * 24));
  EXPECT_EQ(spec.max_series, 7U);
  EXPECT_EQ(spec.drain_rate, 250);
}

TEST(AnUpstream, TakesSomeOfTheSamples) {
  const UpstreamSpec spec =
      Upstream("statsd", kStatsd +
                             "checks = [\"home\", \"order\", \"no-such-*\"]\n"
                             "regions = [\"tokyo\", \"o*\"]\nlabels = { team = \"w*\", x = \"\" }");
  EXPECT_THAT(spec.selection.checks, ElementsAre("home", "order", "no-such-*"));
  EXPECT_THAT(spec.selection.regions, ElementsAre("tokyo", "o*"));
  EXPECT_THAT(spec.selection.labels, ElementsAre(Pair("team", "w*"), Pair("x", "")));
}

TEST(AnUpstream, CallsSeriesOtherwise) {
  const UpstreamSpec spec = Upstream(
      "remote_write", kRemoteWrite +
                          "rename = { check = \"probe\", target = \"instance\", region = "
                          "\"check\", env = \"\" }\n"
                          "add_labels = { cluster = \"a\", job = \"probes\", target = \"x\", "
                          "team = \"none\" }\n"
                          "drop = [\"phases\", \"latest\"]\n");
  EXPECT_EQ(spec.mapping.rename,
            (Pairs{{"check", "probe"}, {"target", "instance"}, {"region", "check"}, {"env", ""}}));
  EXPECT_EQ(spec.mapping.add,
            (Pairs{{"cluster", "a"}, {"job", "probes"}, {"target", "x"}, {"team", "none"}}));
  EXPECT_THAT(spec.mapping.drop, ElementsAre("latest", "phases"));
}

TEST(AnUpstream, CallsAttributesOtherwise) {
  const UpstreamSpec spec =
      Upstream("otlp", kOtlp +
                           "rename = { \"gaikei.check\" = \"probe.name\", \"url.full\" = \"\" }\n"
                           "add_labels = { \"deployment.environment.name\" = \"prod\" }\n");
  EXPECT_EQ(spec.mapping.rename, (Pairs{{"gaikei.check", "probe.name"}, {"url.full", ""}}));
  EXPECT_EQ(spec.mapping.add, (Pairs{{"deployment.environment.name", "prod"}}));
}

TEST(AnUpstream, MayLeaveTheRegionOutWhereThereIsOne) {
  const Config config = Loaded(
      "[upstream.u]\ntype = \"remote_write\"\nurl = \"http://p/w\"\nrename = { region = \"\" }\n");
  EXPECT_EQ(config.upstreams.at(0).mapping.rename, (Pairs{{"region", ""}}));
}

TEST(AnUpstream, OfTypeOtlpSpeaksAsItIsTold) {
  const UpstreamSpec spec =
      Upstream("otlp",
               "endpoint = \"HTTP://otlp.example:4317/otlp//\"\n"
               "protocol = \"grpc\"\nhistograms = \"explicit\"\n"
               "temporality = \"delta\"\ncompression = \"none\"\n"
               "signals = [\"traces\", \"metrics\", \"logs\"]\n"
               "resource = { \"service.name\" = \"probes\", rack = \"7\" }\n");
  EXPECT_EQ(spec.transport.url, "http://otlp.example:4317/otlp");
  EXPECT_EQ(spec.otlp.protocol, OtlpSpec::Protocol::kGrpc);
  EXPECT_EQ(spec.otlp.histograms, HistogramForm::kExplicit);
  EXPECT_EQ(spec.otlp.temporality, OtlpSpec::Temporality::kDelta);
  EXPECT_FALSE(spec.is_compressed);
  EXPECT_TRUE(spec.otlp.has_metrics && spec.otlp.has_logs && spec.otlp.has_traces);
  EXPECT_EQ(spec.otlp.resource, (Pairs{{"service.name", "probes"}, {"rack", "7"}}));
  EXPECT_EQ(Upstream("otlp", kOtlp + "protocol = \"http/json\"").otlp.protocol,
            OtlpSpec::Protocol::kHttpJson);
  const OtlpSpec logs = Upstream("otlp", kOtlp + "signals = [\"logs\"]").otlp;
  EXPECT_TRUE(logs.has_logs);
  EXPECT_FALSE(logs.has_metrics || logs.has_traces);
}

TEST(AnUpstream, OfTypeOtlpMayNameThePathOfItsOnlySignal) {
  EXPECT_EQ(
      Upstream("otlp", "endpoint = \"https://vm.example/opentelemetry/v1/metrics\"").transport.url,
      "https://vm.example/opentelemetry/v1/metrics");
}

TEST(AnUpstream, OfTypeRemoteWriteHasItsVersion) {
  using Version = RemoteWriteSpec::Version;
  const UpstreamSpec spec = Upstream("remote_write", kRemoteWrite);
  EXPECT_EQ(spec.transport.url, "http://prometheus.example:9090/api/v1/write");
  EXPECT_EQ(spec.remote_write.version, Version::kAuto);
  const auto version = [](const std::string& text) {
    return Upstream("remote_write", kRemoteWrite + "version = \"" + text + "\"")
        .remote_write.version;
  };
  EXPECT_EQ(version("auto"), Version::kAuto);
  EXPECT_EQ(version("1.0"), Version::kOne);
  EXPECT_EQ(version("2.0"), Version::kTwo);
}

TEST(AnUpstream, OfTypeRemoteWriteMayHaveAQueryAndARootAsItsPath) {
  EXPECT_EQ(Upstream("remote_write", "url = \"https://p.example/?db=x\"").transport.url,
            "https://p.example/?db=x");
}

TEST(AnUpstream, OfTypeMackerelHasItsDefaults) {
  const UpstreamSpec spec = Upstream("mackerel", kMackerel);
  EXPECT_EQ(spec.transport.url, "https://api.mackerelio.com");
  EXPECT_EQ(spec.mackerel.endpoint, "https://api.mackerelio.com");
  EXPECT_EQ(spec.mackerel.api_key.Reveal(), "k");
  EXPECT_TRUE(spec.mackerel.api_key.is_secret());
  EXPECT_EQ(spec.mackerel.service, "shop");
  EXPECT_EQ(spec.mackerel.metric_prefix, "gaikei");
  EXPECT_FALSE(spec.mackerel.has_check_reports || spec.mackerel.has_annotations);
  EXPECT_EQ(spec.mackerel.host_name, "");
  EXPECT_EQ(spec.mackerel.notification_interval, Span::zero());
  EXPECT_EQ(spec.mackerel.max_check_attempts, 0U);
}

TEST(AnUpstream, OfTypeMackerelTakesAllOfIt) {
  const Environment key("GAIKEI_TEST_KEY", "hunter2");
  const UpstreamSpec spec =
      Upstream("mackerel",
               "api_key = { env = \"GAIKEI_TEST_KEY\" }\nservice = \"shop-2_x\"\n"
               "endpoint = \"http://127.0.0.1:8080/\"\nmetric_prefix = \"probe.outside\"\n"
               "check_reports = true\nhost_name = \"prober.tokyo\"\nannotations = true\n"
               "notification_interval = \"1h\"\nmax_check_attempts = 3\nmax_age = \"23h\"\n"
               "drop = [\"latest\"]\n");
  EXPECT_EQ(spec.mackerel.api_key.Reveal(), "hunter2");
  EXPECT_EQ(spec.mackerel.service, "shop-2_x");
  EXPECT_EQ(spec.mackerel.endpoint, "http://127.0.0.1:8080");
  EXPECT_EQ(spec.transport.url, "http://127.0.0.1:8080");
  EXPECT_EQ(spec.mackerel.metric_prefix, "probe.outside");
  EXPECT_TRUE(spec.mackerel.has_check_reports && spec.mackerel.has_annotations);
  EXPECT_EQ(spec.mackerel.host_name, "prober.tokyo");
  EXPECT_EQ(spec.mackerel.notification_interval, hours(1));
  EXPECT_EQ(spec.mackerel.max_check_attempts, 3U);
  EXPECT_EQ(spec.max_age, hours(23));
  EXPECT_THAT(spec.mapping.drop, ElementsAre("latest"));
}

TEST(AnUpstream, OfTypeStatsdHasAnAddress) {
  const StatsdSpec plain = Upstream("statsd", "address = \"Agent.example\"").statsd;
  EXPECT_EQ(plain.host, "agent.example");
  EXPECT_EQ(plain.port, 8125);
  EXPECT_EQ(plain.prefix, "gaikei.");
  EXPECT_TRUE(plain.has_tags);
  const StatsdSpec full =
      Upstream("statsd", "address = \"[::1]:9125\"\nprefix = \"\"\ntags = \"none\"").statsd;
  EXPECT_EQ(full.host, "::1");
  EXPECT_EQ(full.port, 9125);
  EXPECT_EQ(full.prefix, "");
  EXPECT_FALSE(full.has_tags);
}

TEST(AnUpstream, OfTypeJsonlHasAFile) {
  const JsonlSpec plain = Upstream("jsonl", kJsonl).jsonl;
  EXPECT_EQ(plain.path, "samples.jsonl");
  EXPECT_EQ(plain.max_size, 0U);
  EXPECT_EQ(plain.max_files, 5U);
  const JsonlSpec full = Upstream("jsonl", kJsonl + "max_size = \"64MiB\"\nmax_files = 1000").jsonl;
  EXPECT_EQ(full.max_size, 64U << 20U);
  EXPECT_EQ(full.max_files, 1000U);
  EXPECT_EQ(Upstream("jsonl", "path = \"-\"").jsonl.path, "-");
}

TEST(AnUpstream, ProvesWhoSends) {
  const Environment token("GAIKEI_TEST_TOKEN", "s3cret");
  const auto with = [](const std::string& keys) {
    return Upstream("otlp", kOtlp + keys).transport;
  };
  const UpstreamTransportSpec bearer = with("auth = { bearer = { env = \"GAIKEI_TEST_TOKEN\" } }");
  EXPECT_EQ(bearer.bearer.Reveal(), "s3cret");
  EXPECT_TRUE(bearer.bearer.is_secret());
  const UpstreamTransportSpec basic =
      with("auth = { basic = { user = \"probe\", password = { env = \"GAIKEI_TEST_TOKEN\" } } }");
  EXPECT_EQ(basic.user.Reveal(), "probe");
  EXPECT_EQ(basic.password.Reveal(), "s3cret");
  EXPECT_TRUE(basic.bearer.empty());
  const UpstreamTransportSpec headers = with(
      "headers = { Authorization = \"Basic eA==\", X-Scope-OrgID = \"shop\", Cookie = { env = "
      "\"GAIKEI_TEST_TOKEN\" } }");
  ASSERT_EQ(headers.headers.size(), 3U);
  EXPECT_EQ(headers.headers[0].first, "Authorization");
  EXPECT_TRUE(headers.headers[0].second.is_secret());
  EXPECT_FALSE(headers.headers[1].second.is_secret());
  EXPECT_EQ(headers.headers[2].second.Reveal(), "s3cret");
}

TEST(AnUpstream, IsReachedAsItIsTold) {
  const UpstreamTransportSpec plain =
      Upstream("otlp", kOtlp +
                           "insecure = true\nserver_name = \"otlp\"\ntimeout = \"100ms\"\n"
                           "proxy = \"http://u:p@proxy.example:3128\"\n")
          .transport;
  EXPECT_TRUE(plain.insecure);
  EXPECT_EQ(plain.server_name, "otlp");
  EXPECT_EQ(plain.timeout, std::chrono::milliseconds(100));
  EXPECT_EQ(plain.proxy, "http://proxy.example:3128");
  EXPECT_EQ(plain.proxy_user.Reveal(), "u");
  EXPECT_EQ(plain.proxy_password.Reveal(), "p");
  const UpstreamTransportSpec socks =
      Upstream("remote_write",
               kRemoteWrite +
                   "proxy = { url = \"socks5h://[::1]:1080\", user = \"u\", password = "
                   "\"p\" }\n")
          .transport;
  EXPECT_EQ(socks.proxy, "socks5h://[::1]:1080");
  EXPECT_EQ(socks.proxy_user.Reveal(), "u");
  const UpstreamSpec mackerel = Upstream(
      "mackerel", kMackerel + "retry_statuses = [500, 408, 500]\nproxy = \"socks5://[::1]:1080\"");
  EXPECT_THAT(mackerel.retry_statuses, ElementsAre(408, 500));
  EXPECT_EQ(mackerel.transport.proxy, "socks5://[::1]:1080");
}

TEST(AnUpstream, HasFilesOfTls) {
  const io::CertifiedKey pair = io::MakeCertificate({});
  const Directory directory;
  const std::string cert = directory.Write("cert.pem", pair.certificate);
  const std::string key = directory.Write("key.pem", pair.key);
  const UpstreamTransportSpec transport =
      Upstream("otlp", kOtlp + "cacert = \"" + cert + "\"\ncert = \"" + cert + "\"\nkey = \"" +
                           key + "\"\n")
          .transport;
  EXPECT_EQ(transport.cacert, cert);
  EXPECT_EQ(transport.cert, cert);
  EXPECT_EQ(transport.key, key);
  EXPECT_THAT(ErrorsOf("[upstream.u]\ntype = \"otlp\"\n" + kOtlp + "cert = \"" + key + "\"\n"),
              ElementsAre(::testing::StartsWith("t.toml:4:8: ")));
}

TEST(ThePlaceOfABudget, IsItsKeyOrItsTable) {
  const Config config = Loaded(
      "[upstream.a]\ntype = \"jsonl\"\npath = \"a\"\n"
      "[upstream.b]\ntype = \"jsonl\"\npath = \"b\"\nmax_series = 5\n");
  ASSERT_EQ(config.upstream_places.size(), 2U);
  EXPECT_EQ(config.upstream_places[0].file, "t.toml");
  EXPECT_EQ(config.upstream_places[0].line, 1U);
  EXPECT_EQ(config.upstream_places[0].column, 11U);
  EXPECT_EQ(config.upstream_places[1].line, 7U);
  EXPECT_EQ(config.upstream_places[1].column, 14U);
}

TEST(TheSpool, IsSyncedAsItIsTold) {
  EXPECT_EQ(Loaded("").probe.sync, SpoolSync::kInterval);
  EXPECT_EQ(Loaded("[probe]\nsync = \"interval\"\n").probe.sync, SpoolSync::kInterval);
  EXPECT_EQ(Loaded("[probe]\nsync = \"always\"\n").probe.sync, SpoolSync::kAlways);
  EXPECT_THAT(ErrorsOf("[probe]\nsync = \"never\"\n"),
              ElementsAre(R"(t.toml:2:8: sync = "never" is none of "interval", "always")"));
}

}  // namespace
}  // namespace gaikei
