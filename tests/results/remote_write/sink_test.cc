// How deliveries are sent: headers, versions, what is in flight.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "../samples.h"
#include "rig.h"

namespace gaikei::testing {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::Contains;
using ::testing::Pair;
using Kind = Verdict::Kind;
using ConfiguredVersion = RemoteWriteSpec::Version;

std::map<std::string, std::string> HeadersOf(const PostRequest& request) {
  std::map<std::string, std::string> headers;
  for (const auto& [name, value] : request.headers) {
    EXPECT_FALSE(value.is_secret());
    EXPECT_TRUE(headers.emplace(name, value.Reveal()).second) << name;
  }
  return headers;
}

/// "1" or "2" for each request.
std::string VersionsOf(const FakeTransport& transport) {
  std::string versions;
  for (const PostRequest& request : transport.requests) {
    versions += HeadersOf(request).at("X-Prometheus-Remote-Write-Version") == "2.0.0" ? "2" : "1";
  }
  return versions;
}

/// A receiver of 1.0 alone that looks at what it is told.
PostResponse KnowsOneAlone(const PostRequest& request) {
  return HeadersOf(request).at("Content-Type") == "application/x-protobuf" ? Answer(204)
                                                                           : Answer(415);
}

/// One that does not look, and decodes an empty message.
PostResponse LooksAtNothing(const PostRequest&) { return Answer(204); }

SpoolItem PassAt(Rig& rig, Span after) { return rig.make.Sampled(PassedOutcome(), At(after)); }

TEST(RemoteWriteSink, SaysWhatTheProtocolsWant) {
  Rig rig;
  rig.spec.transport.timeout = seconds(3);
  rig.Restart();
  rig.Deliver(PassAt(rig, seconds(1)));
  const PostRequest& one = rig.transport.requests.at(0);
  EXPECT_EQ(one.method, "POST");
  EXPECT_EQ(one.url, "http://prometheus.example:9090/api/v1/write");
  EXPECT_EQ(one.timeout, seconds(3));
  EXPECT_FALSE(one.wants_http2);
  EXPECT_EQ(HeadersOf(one),
            (std::map<std::string, std::string>{{"Content-Type", "application/x-protobuf"},
                                                {"Content-Encoding", "snappy"},
                                                {"User-Agent", "gaikei/1.0"},
                                                {"X-Prometheus-Remote-Write-Version", "0.1.0"}}));
  rig.spec.remote_write.version = ConfiguredVersion::kTwo;
  rig.Restart();
  rig.Deliver(PassAt(rig, seconds(2)));
  EXPECT_EQ(HeadersOf(rig.transport.requests.at(1)),
            (std::map<std::string, std::string>{
                {"Content-Type", "application/x-protobuf;proto=io.prometheus.write.v2.Request"},
                {"Content-Encoding", "snappy"},
                {"User-Agent", "gaikei/1.0"},
                {"X-Prometheus-Remote-Write-Version", "2.0.0"}}));
}

TEST(RemoteWriteSink, FallsBackAndRemembers) {
  for (const auto& answer : {&KnowsOneAlone, &LooksAtNothing}) {
    Rig rig;
    rig.spec.remote_write.version = ConfiguredVersion::kAuto;
    rig.transport.answer = answer;
    rig.Restart();
    EXPECT_EQ(rig.Deliver(PassAt(rig, seconds(1))).kind, Kind::kTaken);
    EXPECT_EQ(VersionsOf(rig.transport), "21");
    rig.limits.now += hours(5);
    rig.Deliver(PassAt(rig, seconds(30)));
    EXPECT_EQ(VersionsOf(rig.transport), "211");
    // Somebody may have updated it.
    rig.limits.now += hours(2);
    rig.Deliver(PassAt(rig, seconds(60)));
    EXPECT_EQ(VersionsOf(rig.transport), "21121");
    rig.Deliver(PassAt(rig, seconds(90)));
    EXPECT_EQ(VersionsOf(rig.transport), "211211");
    rig.Restart();
    rig.Deliver(PassAt(rig, seconds(120)));
    EXPECT_EQ(VersionsOf(rig.transport), "21121121");
    // A clock that went back does not hold it.
    rig.limits.now -= hours(100);
    rig.Deliver(PassAt(rig, seconds(150)));
    EXPECT_EQ(VersionsOf(rig.transport), "2112112121");
  }
}

TEST(RemoteWriteSink, AReceiverOfTwoIsNotAskedTwice) {
  Rig rig;
  rig.spec.remote_write.version = ConfiguredVersion::kAuto;
  rig.Restart();
  rig.Deliver(PassAt(rig, seconds(1)));
  rig.transport.answer = [](const PostRequest&) { return Answer(500); };
  EXPECT_EQ(rig.Deliver(PassAt(rig, seconds(30))).kind, Kind::kRetry);
  rig.transport.answer = [](const PostRequest&) { return Answer(400); };
  EXPECT_EQ(rig.Deliver(PassAt(rig, seconds(30))).kind, Kind::kRefused);
  EXPECT_EQ(VersionsOf(rig.transport), "222");
}

TEST(RemoteWriteSink, NoCountIsLostWhenItFallsBack) {
  Rig rig;
  rig.spec.remote_write.version = ConfiguredVersion::kAuto;
  rig.Restart();
  const std::string labels = R"({check="home",instance="host-tokyo",job="gaikei",region="tokyo"})";
  const std::string outcomes =
      R"(gaikei_outcomes_total{check="home",instance="host-tokyo",job="gaikei",kind="http",region="tokyo",status="pass"})";
  rig.Deliver(PassAt(rig, seconds(1)));
  rig.Deliver(PassAt(rig, seconds(30)));
  EXPECT_EQ(rig.LastRequest().at("gaikei_duration_seconds" + labels).points[0].histogram->count,
            2U);
  // The receiver is replaced by an older one.
  rig.transport.answer = &KnowsOneAlone;
  rig.Deliver(PassAt(rig, seconds(60)));
  SeriesByKey sent = rig.LastRequest();
  const auto& count = sent.at("gaikei_duration_seconds_count" + labels).points;
  ASSERT_EQ(count.size(), 2U);
  EXPECT_EQ(count[0].value, 2);
  EXPECT_EQ(count[0].at, MillisAt(seconds(30)));
  EXPECT_EQ(count[1].value, 3);
  EXPECT_EQ(sent.at(outcomes).points.back().value, 3);
  // And by a newer one again.
  rig.transport.answer = &Success;
  rig.Restart();
  rig.Deliver(PassAt(rig, seconds(90)));
  sent = rig.LastRequest();
  const auto& native = sent.at("gaikei_duration_seconds" + labels).points;
  ASSERT_EQ(native.size(), 2U);
  EXPECT_EQ(native[0].histogram->count, 3U);
  EXPECT_EQ(native[0].at, MillisAt(seconds(60)));
  EXPECT_EQ(native[1].histogram->count, 4U);
}

TEST(RemoteWriteSink, AVersionThatIsDemandedIsNotGivenUp) {
  Rig rig;
  rig.spec.remote_write.version = ConfiguredVersion::kTwo;
  rig.transport.answer = &LooksAtNothing;
  rig.Restart();
  const Verdict verdict = rig.Deliver(PassAt(rig, seconds(1)));
  EXPECT_EQ(verdict.kind, Kind::kForbidden);
  EXPECT_EQ(verdict.message,
            "HTTP 204 without a word of what was written: the receiver does not know remote write "
            "2.0");
  EXPECT_EQ(VersionsOf(rig.transport), "2");
  rig.transport.answer = [](const PostRequest&) { return Answer(415); };
  rig.spec.remote_write.version = ConfiguredVersion::kOne;
  rig.Restart();
  EXPECT_EQ(rig.Deliver(PassAt(rig, seconds(1))).kind, Kind::kForbidden);
}

TEST(RemoteWriteSink, SendsTheSameAgain) {
  Rig rig;
  const SpoolItem item = PassAt(rig, seconds(1));
  const std::vector<const SpoolItem*> items = {&item};
  rig.sink->Prepare(items, rig.limits);
  std::vector<Kind> kinds;
  const auto send = [&] {
    rig.sink->Send([&](const Verdict& verdict) { kinds.push_back(verdict.kind); });
    rig.transport.Run();
  };
  rig.transport.answer = [](const PostRequest&) { return Answer(503); };
  send();
  send();
  rig.transport.answer = &Success;
  send();
  EXPECT_EQ(kinds, (std::vector{Kind::kRetry, Kind::kRetry, Kind::kTaken}));
  EXPECT_EQ(rig.transport.requests[0].body, rig.transport.requests[1].body);
  EXPECT_EQ(rig.transport.requests[0].body, rig.transport.requests[2].body);
  EXPECT_EQ(rig.sink->Settle().size(), 1U);
}

TEST(RemoteWriteSink, CanBeStopped) {
  Rig rig;
  const SpoolItem item = PassAt(rig, seconds(1));
  const std::vector<const SpoolItem*> items = {&item};
  rig.sink->Prepare(items, rig.limits);
  rig.sink->Send([](const Verdict&) { FAIL() << "it was cancelled"; });
  EXPECT_TRUE(rig.transport.IsBusy());
  rig.sink->Cancel();
  EXPECT_FALSE(rig.transport.IsBusy());
  rig.sink->Discard();
  EXPECT_EQ(rig.Deliver(item).kind, Kind::kTaken);
}

TEST(RemoteWriteSink, TheNextDeliveryMayBeginWithinTheAnswer) {
  Rig rig;
  const SpoolItem first = PassAt(rig, seconds(1));
  const SpoolItem second = PassAt(rig, seconds(30));
  const std::vector<const SpoolItem*> one = {&first};
  const std::vector<const SpoolItem*> two = {&second};
  bool is_over = false;
  rig.sink->Prepare(one, rig.limits);
  rig.sink->Send([&](const Verdict&) {
    rig.states.Store(rig.sink->Settle());
    rig.sink->Prepare(two, rig.limits);
    rig.sink->Send([&](const Verdict& verdict) { is_over = verdict.kind == Kind::kTaken; });
  });
  rig.transport.Run();
  rig.transport.Run();
  EXPECT_TRUE(is_over);
  rig.sink->Settle();
}

}  // namespace
}  // namespace gaikei::testing
