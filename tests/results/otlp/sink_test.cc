#include <gtest/gtest.h>
#include <zlib.h>

#include <optional>
#include <string>

#include "otlp_rig.h"
#include "results/upstream/otlp/gzip.h"
#include "results/upstream/otlp/signal.h"

namespace gaikei::otlp {
namespace {

using std::chrono::seconds;
using Kind = Verdict::Kind;

std::string Gunzip(const std::string& bytes) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string in = bytes;
  std::string out(std::size_t{64} << 20U, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0U);
  out.resize(out.size() - stream.avail_out);
  inflateEnd(&stream);
  return out;
}

class OtlpSink : public ::testing::Test {
 protected:
  Sink& Metrics() {
    sink_ = MakeOtlpMetricsSink(spec_, sender_, states_, transport_);
    return *sink_;
  }

  void Send(Sink& sink) {
    verdict_.reset();
    sink.Send([this](Verdict verdict) { verdict_ = std::move(verdict); });
  }

  UpstreamSpec spec_ = testing::OtlpUpstream();
  const SenderIdentity sender_ = testing::Sender();
  testing::MemoryStates states_;
  testing::FakeTransport transport_;
  testing::Backlog backlog_;
  Sink::Limits limits_;
  std::optional<Verdict> verdict_;
  std::unique_ptr<Sink> sink_;
};

TEST_F(OtlpSink, PostsProtobuf) {
  backlog_.Add(backlog_.Series("home"), seconds(1));
  Sink& sink = Metrics();
  EXPECT_EQ(sink.Prepare(backlog_.items(), limits_), 1U);
  Send(sink);
  EXPECT_EQ(transport_.request().method, "POST");
  EXPECT_EQ(transport_.request().url, "https://otlp.example:4318/v1/metrics");
  EXPECT_EQ(transport_.Header("content-type"), "application/x-protobuf");
  EXPECT_EQ(transport_.Header("content-encoding"), "");
  EXPECT_EQ(transport_.Header("user-agent"), "gaikei/1.2.3");
  EXPECT_EQ(transport_.Header("accept"), "*/*");
  EXPECT_FALSE(transport_.request().wants_http2);
  EXPECT_EQ(transport_.request().timeout, seconds(10));
  EXPECT_NE(transport_.request().body.find("gaikei.outcomes"), std::string::npos);
  for (const char* part :
       {"service.name", "prober-1/tokyo", "host.name", "1.2.3", "user_agent.synthetic.type"}) {
    EXPECT_NE(transport_.request().body.find(part), std::string::npos) << part;
  }
  EXPECT_FALSE(verdict_);
  transport_.Answer(testing::HttpAnswer(200));
  ASSERT_TRUE(verdict_);
  EXPECT_EQ(verdict_->kind, Kind::kTaken);
  EXPECT_EQ(sink.Settle().size(), 1U);
}

TEST_F(OtlpSink, PostsJson) {
  spec_.otlp.protocol = OtlpSpec::Protocol::kHttpJson;
  spec_.transport.url = "https://otlp.example/otlp/";
  backlog_.Add(backlog_.Series("home"), seconds(1));
  Sink& sink = Metrics();
  sink.Prepare(backlog_.items(), limits_);
  Send(sink);
  EXPECT_EQ(transport_.request().url, "https://otlp.example/otlp/v1/metrics");
  EXPECT_EQ(transport_.Header("content-type"), "application/json");
  EXPECT_EQ(transport_.request().body.rfind("{\"resourceMetrics\":[{\"resource\":", 0), 0U);
}

TEST_F(OtlpSink, CompressesWhatItPosts) {
  backlog_.Add(backlog_.Series("home"), seconds(1));
  Sink& plain = Metrics();
  plain.Prepare(backlog_.items(), limits_);
  Send(plain);
  const std::string body = transport_.request().body;
  plain.Discard();
  spec_.is_compressed = true;
  Sink& compressed = Metrics();
  compressed.Prepare(backlog_.items(), limits_);
  Send(compressed);
  EXPECT_EQ(transport_.Header("content-encoding"), "gzip");
  EXPECT_LT(transport_.request().body.size(), body.size());
  EXPECT_EQ(Gunzip(transport_.request().body), body);
}

TEST_F(OtlpSink, CallsOverGrpc) {
  spec_.otlp.protocol = OtlpSpec::Protocol::kGrpc;
  spec_.transport.timeout = seconds(3);
  backlog_.Add(backlog_.Series("home"), seconds(1));
  Sink& sink = Metrics();
  sink.Prepare(backlog_.items(), limits_);
  Send(sink);
  const PostRequest& request = transport_.request();
  EXPECT_EQ(
      request.url,
      "https://otlp.example:4318/opentelemetry.proto.collector.metrics.v1.MetricsService/Export");
  EXPECT_TRUE(request.wants_http2);
  EXPECT_EQ(transport_.Header("content-type"), "application/grpc");
  EXPECT_EQ(transport_.Header("te"), "trailers");
  EXPECT_EQ(transport_.Header("grpc-timeout"), "3000m");
  EXPECT_EQ(transport_.Header("grpc-encoding"), "");
  ASSERT_GT(request.body.size(), 5U);
  EXPECT_EQ(request.body[0], '\0');
  spec_.is_compressed = true;
  Sink& compressed = Metrics();
  compressed.Prepare(backlog_.items(), limits_);
  const std::string plain = request.body.substr(5);
  Send(compressed);
  EXPECT_EQ(transport_.Header("grpc-encoding"), "gzip");
  EXPECT_EQ(transport_.request().body[0], '\1');
  EXPECT_EQ(Gunzip(transport_.request().body.substr(5)), plain);
  transport_.Answer(testing::GrpcAnswer("14", "down"));
  ASSERT_TRUE(verdict_);
  EXPECT_EQ(verdict_->kind, Kind::kRetry);
}

TEST_F(OtlpSink, SendsTheSameBytesAgain) {
  backlog_.Add(backlog_.Series("home"), seconds(1));
  Sink& sink = Metrics();
  sink.Prepare(backlog_.items(), limits_);
  Send(sink);
  const std::string first = transport_.request().body;
  transport_.Answer(testing::HttpAnswer(503));
  ASSERT_TRUE(verdict_);
  EXPECT_EQ(verdict_->kind, Kind::kRetry);
  Send(sink);
  EXPECT_EQ(transport_.request().body, first);
  transport_.Answer(testing::HttpAnswer(200));
  EXPECT_EQ(verdict_->kind, Kind::kTaken);
}

TEST_F(OtlpSink, IsSilentOnceItIsCancelled) {
  backlog_.Add(backlog_.Series("home"), seconds(1));
  Sink& sink = Metrics();
  sink.Prepare(backlog_.items(), limits_);
  Send(sink);
  sink.Cancel();
  EXPECT_FALSE(transport_.IsBusy());
  EXPECT_FALSE(verdict_);
}

TEST_F(OtlpSink, SendsNoEmptyEnvelope) {
  backlog_.Depart(backlog_.Series("home"), seconds(1));
  Sink& sink = Metrics();
  EXPECT_EQ(sink.Prepare(backlog_.items(), limits_), 1U);
  Send(sink);
  EXPECT_EQ(transport_.count(), 0U);
  ASSERT_TRUE(verdict_);
  EXPECT_EQ(verdict_->kind, Kind::kTaken);
}

TEST_F(OtlpSink, SaysOfItselfWhatTheConfigurationWants) {
  spec_.otlp.protocol = OtlpSpec::Protocol::kHttpJson;
  spec_.otlp.resource = {{"service.name", "probes"}, {"deployment.environment.name", "prod"}};
  backlog_.Add(backlog_.Series("home"), seconds(1));
  Sink& sink = Metrics();
  sink.Prepare(backlog_.items(), limits_);
  Send(sink);
  const std::string& body = transport_.request().body;
  EXPECT_NE(body.find(R"({"key":"service.name","value":{"stringValue":"probes"}})"),
            std::string::npos);
  EXPECT_NE(body.find("deployment.environment.name"), std::string::npos);
  EXPECT_EQ(body.find(R"({"stringValue":"gaikei"})"), std::string::npos);
}

/// The bodies stay below their bound, and are not much smaller than it: for every form, from the
/// first point of each series on.
TEST_F(OtlpSink, FillsRequestsUpToTheirSize) {
  using Protocol = OtlpSpec::Protocol;
  for (int i = 0; i < 2000; ++i) {
    Sample& sample = backlog_.Add(backlog_.Series("check-" + std::to_string(i)), seconds(1));
    for (auto& phase : sample.latest.phases) phase = std::chrono::milliseconds(40);
    sample.latest.http.emplace();
    sample.latest.http->status = 200;
    sample.trace_id = std::string(32, 'a');
  }
  for (const Protocol protocol : {Protocol::kHttpProtobuf, Protocol::kHttpJson, Protocol::kGrpc}) {
    for (const HistogramForm form : {HistogramForm::kExponential, HistogramForm::kExplicit}) {
      spec_.otlp.protocol = protocol;
      spec_.otlp.histograms = form;
      limits_.items = 2000;
      limits_.bytes = std::size_t{256} << 10U;
      Sink& sink = Metrics();
      EXPECT_EQ(sink.Prepare(backlog_.items(), limits_), 2000U);
      Send(sink);
      EXPECT_TRUE(sink.HasMore());
      const std::size_t size = transport_.request().body.size();
      EXPECT_LE(size, limits_.bytes) << static_cast<int>(protocol) << static_cast<int>(form);
      EXPECT_GE(size, limits_.bytes / 2) << static_cast<int>(protocol) << static_cast<int>(form);
      sink.Cancel();
      sink.Discard();
    }
  }
}

TEST_F(OtlpSink, SendsOneItemHoweverLargeItIs) {
  backlog_.Add(backlog_.Series("home"), seconds(1));
  backlog_.Add(backlog_.Series("other"), seconds(1));
  limits_.bytes = 10;
  Sink& metrics = Metrics();
  metrics.Prepare(backlog_.items(), limits_);
  Send(metrics);
  EXPECT_TRUE(metrics.HasMore());
  EXPECT_EQ(MakeOtlpLogsSink(spec_, sender_, transport_)->Prepare(backlog_.items(), limits_), 1U);
  EXPECT_EQ(MakeOtlpTracesSink(spec_, sender_, transport_)->Prepare(backlog_.items(), limits_), 1U);
}

TEST(OtlpSeries, CountsThemByKindAndMapping) {
  UpstreamSpec spec = testing::OtlpUpstream();
  const CheckIdentity http{"home", "http", "https://home.example/", {}};
  const CheckIdentity beat{"job", "heartbeat", "heartbeat:job", {}};
  EXPECT_EQ(OtlpSeriesOf(spec, http), 8U + 1 + 5 + 3);
  EXPECT_EQ(OtlpSeriesOf(spec, beat), 8U + 1 + 0 + 1);
  spec.mapping.drop = {"phases"};
  EXPECT_EQ(OtlpSeriesOf(spec, http), 8U + 1 + 3);
  spec.mapping.drop = {"histograms", "latest"};
  EXPECT_EQ(OtlpSeriesOf(spec, http), 8U);
  spec.otlp.has_metrics = false;
  EXPECT_EQ(OtlpSeriesOf(spec, http), 0U);
}

TEST(OtlpSignal, AppendsThePathUnlessItIsThere) {
  const std::string_view path = NamesOf(Signal::kLogs).http_path;
  EXPECT_EQ(UrlFor("http://a.example", path), "http://a.example/v1/logs");
  EXPECT_EQ(UrlFor("http://a.example/", path), "http://a.example/v1/logs");
  EXPECT_EQ(UrlFor("http://a.example/x/v1/logs", path), "http://a.example/x/v1/logs");
  EXPECT_EQ(UrlFor("http://a.example/v1/metrics", path), "http://a.example/v1/metrics/v1/logs");
}

TEST(OtlpGzip, IsUndoneByZlib) {
  for (const std::string& text : {std::string(), std::string("x"), std::string(5'000'000, 'a')}) {
    EXPECT_EQ(Gunzip(Gzip(text)), text);
  }
  EXPECT_LT(Gzip(std::string(5'000'000, 'a')).size(), 50'000U);
}

}  // namespace
}  // namespace gaikei::otlp
