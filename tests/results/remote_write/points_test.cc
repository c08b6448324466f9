// Which points a delivery has: values, zeros before what begins, stale markers after what ends.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "../samples.h"
#include "rig.h"

namespace gaikei::testing {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr const char* kCommon = R"(instance="host-tokyo",job="gaikei",)";

std::string Outcomes(const std::string& status, const std::string& reason = "") {
  return "gaikei_outcomes_total{check=\"home\"," + std::string(kCommon) + "kind=\"http\"," +
         (reason.empty() ? "" : "reason=\"" + reason + "\",") + "region=\"tokyo\",status=\"" +
         status + "\"}";
}
std::string Duration(const std::string& suffix, const std::string& le = "") {
  return "gaikei_duration_seconds" + suffix + "{check=\"home\"," + kCommon +
         (le.empty() ? "" : "le=\"" + le + "\",") + "region=\"tokyo\"}";
}
std::string PhaseOf(const std::string& suffix, const std::string& phase) {
  return "gaikei_phase_duration_seconds" + suffix + "{check=\"home\"," + kCommon + "phase=\"" +
         phase + "\",region=\"tokyo\"}";
}
std::string Gauge(const std::string& name, const std::string& phase = "") {
  return name + "{check=\"home\"," + kCommon + "kind=\"http\"," +
         (phase.empty() ? "" : "phase=\"" + phase + "\",") +
         "region=\"tokyo\",target=\"https://shop.example/\",team=\"web\"}";
}

/// "VALUE@MILLISECONDS ...", counted from SampleTime(); "stale@..." where it ends.
std::string Points(const SeriesByKey& sent, const std::string& key) {
  const auto found = sent.find(key);
  if (found == sent.end()) return "none";
  std::string text;
  for (const DecodedPoint& point : found->second.points) {
    if (!text.empty()) text += ' ';
    if (point.IsStale()) {
      text += "stale";
    } else if (point.histogram) {
      text += std::to_string(point.histogram->count);
    } else {
      text += std::to_string(static_cast<std::int64_t>(point.value));
    }
    text += '@' + std::to_string(point.at - MillisAt(Span::zero()));
  }
  return text;
}

bool IsCounter(const std::string& key) { return key.starts_with("gaikei_"); }

TEST(RemoteWritePoints, WhatBeginsHasAZeroBeforeIt) {
  Rig rig;
  rig.Deliver(rig.make.Sampled(PassedOutcome(), At(seconds(10))));
  SeriesByKey sent = rig.LastRequest();
  // The attempt began 30.5 ms before; counting began a millisecond before that.
  EXPECT_EQ(Points(sent, Outcomes("pass")), "0@9968 1@10000");
  EXPECT_EQ(Points(sent, Duration("_count")), "0@9968 1@10000");
  EXPECT_EQ(Points(sent, Duration("_bucket", "0.025")), "0@9968 0@10000");
  EXPECT_EQ(Points(sent, Duration("_bucket", "0.05")), "0@9968 1@10000");
  EXPECT_EQ(Points(sent, Duration("_bucket", "+Inf")), "0@9968 1@10000");
  EXPECT_EQ(Points(sent, PhaseOf("_count", "tls")), "0@9968 1@10000");
  EXPECT_EQ(sent.at(Duration("_sum")).points[1].value, 0.0305);
  EXPECT_EQ(Points(sent, Gauge("probe_success")), "1@10000");

  // A reason that comes later counts from the stamp before.
  rig.Deliver(rig.make.Sampled(TimedOutOutcome(), At(seconds(40))));
  sent = rig.LastRequest();
  EXPECT_EQ(Points(sent, Outcomes("pass")), "1@40000");
  EXPECT_EQ(Points(sent, Outcomes("fail", "connect_timeout")), "0@10000 1@40000");
  EXPECT_EQ(Points(sent, Duration("_count")), "2@40000");
  EXPECT_EQ(Points(sent, PhaseOf("_count", "connect")), "2@40000");

  // Nothing begins any more, in another process either.
  rig.Restart();
  rig.Deliver(rig.make.Sampled(TimedOutOutcome(), At(seconds(70))));
  sent = rig.LastRequest();
  for (const auto& [key, series] : sent) EXPECT_EQ(series.points.size(), 1U) << key;
  EXPECT_EQ(Points(sent, Outcomes("fail", "connect_timeout")), "2@70000");
}

TEST(RemoteWritePoints, APhaseThatComesLaterHasAZeroToo) {
  for (const bool is_two : {false, true}) {
    Rig rig;
    if (is_two) rig.spec.remote_write.version = RemoteWriteSpec::Version::kTwo;
    rig.Restart();
    rig.Deliver(rig.make.Sampled(TimedOutOutcome(), At(seconds(20))));
    EXPECT_EQ(Points(rig.LastRequest(), PhaseOf(is_two ? "" : "_count", "tls")), "none");
    rig.Deliver(rig.make.Sampled(PassedOutcome(), At(seconds(40))));
    EXPECT_EQ(Points(rig.LastRequest(), PhaseOf(is_two ? "" : "_count", "tls")), "0@20000 1@40000");
    EXPECT_EQ(Points(rig.LastRequest(), PhaseOf(is_two ? "" : "_count", "connect")), "2@40000");
  }
}

TEST(RemoteWritePoints, ATimeLongAgoIsBroughtNearer) {
  Rig rig;
  rig.Deliver(rig.make.Sampled(PassedOutcome(), At(seconds(10))));
  // The prober was down for hours: a receiver that has gone on takes nothing so old.
  rig.Deliver(rig.make.Sampled(TimedOutOutcome(), At(hours(3))));
  EXPECT_EQ(Points(rig.LastRequest(), Outcomes("fail", "connect_timeout")),
            "0@10500000 1@10800000");
}

TEST(RemoteWritePoints, StampsGrowWhateverTheClockDoes) {
  Rig rig;
  rig.Deliver(rig.make.Sampled(PassedOutcome(), At(seconds(10))));
  rig.Deliver(rig.make.Sampled(PassedOutcome(), At(seconds(10))));
  EXPECT_EQ(Points(rig.LastRequest(), Outcomes("pass")), "2@10001");
  rig.Deliver(rig.make.Sampled(PassedOutcome(), At(seconds(3))));
  EXPECT_EQ(Points(rig.LastRequest(), Outcomes("pass")), "3@10002");
  EXPECT_EQ(Points(rig.LastRequest(), Gauge("probe_success")), "1@10002");
}

TEST(RemoteWritePoints, AWindowIsOnePointAndALaterOneAnotherRequest) {
  Rig rig;
  const auto items = ItemsOf(rig.make.Sampled(PassedOutcome(), At(seconds(1))),
                             rig.make.Sampled(PassedOutcome("other"), At(seconds(2))),
                             rig.make.Sampled(TimedOutOutcome(), At(seconds(14))),
                             rig.make.Sampled(PassedOutcome("other"), At(seconds(15))),
                             rig.make.Sampled(PassedOutcome(), At(seconds(16))));
  rig.Deliver(items);
  EXPECT_EQ(rig.covered, 5U);
  ASSERT_EQ(rig.transport.requests.size(), 2U);
  const SeriesByKey sent = Decoded(rig.transport.requests[0]);
  EXPECT_EQ(Points(sent, Outcomes("pass")), "0@968 1@14000");
  EXPECT_EQ(Points(sent, Outcomes("fail", "connect_timeout")), "0@968 1@14000");
  EXPECT_EQ(Points(sent, Gauge("probe_success")), "0@14000");
  EXPECT_EQ(Points(rig.LastRequest(), Outcomes("pass")), "2@16000");
  EXPECT_EQ(Points(rig.LastRequest(), Outcomes("fail", "connect_timeout")), "1@16000");
}

TEST(RemoteWritePoints, LimitsHold) {
  Rig rig;
  std::vector<SpoolItem> items;
  for (int i = 0; i < 100; ++i) {
    items.push_back(rig.make.Sampled(PassedOutcome("check-" + std::to_string(i)), At(seconds(1))));
  }
  rig.limits.items = 7;
  rig.Deliver(items);
  EXPECT_EQ(rig.covered, 100U);
  EXPECT_EQ(rig.transport.requests.size(), 15U);
  rig.transport.requests.clear();
  rig.limits.items = 1000;
  rig.limits.bytes = 200'000;
  rig.Deliver(items);
  EXPECT_GT(rig.transport.requests.size(), 2U);
  EXPECT_LT(rig.transport.requests.size(), 50U);
  const std::size_t bytes = Uncompressed(rig.transport.requests.front().body).size();
  EXPECT_LT(bytes, 300'000U);
  EXPECT_GT(bytes, 100'000U);
  // One point always fits.
  rig.transport.requests.clear();
  rig.limits.bytes = 1;
  rig.Deliver(items);
  EXPECT_EQ(rig.transport.requests.size(), 100U);
}

TEST(RemoteWritePoints, AGaugeThatIsNoLongerThereEndsAtOnce) {
  Rig rig;
  rig.Deliver(rig.make.Sampled(PassedOutcome(), At(seconds(10))));
  rig.Restart();
  rig.Deliver(rig.make.Sampled(TimedOutOutcome(), At(seconds(40))));
  SeriesByKey sent = rig.LastRequest();
  EXPECT_EQ(Points(sent, Gauge("probe_http_status_code")), "stale@40000");
  EXPECT_EQ(Points(sent, Gauge("probe_http_duration_seconds", "tls")), "stale@40000");
  EXPECT_EQ(Points(sent, Gauge("probe_http_duration_seconds", "connect")), "9@40000");
  EXPECT_EQ(Points(sent, Gauge("probe_success")), "0@40000");
  const auto is_info = [](const auto& row) {
    return row.first.starts_with("probe_ssl_last_chain_info{") && row.second.points[0].IsStale();
  };
  EXPECT_EQ(std::count_if(sent.begin(), sent.end(), is_info), 1);

  // Once is enough.
  rig.Deliver(rig.make.Sampled(TimedOutOutcome(), At(seconds(70))));
  EXPECT_EQ(Points(rig.LastRequest(), Gauge("probe_http_status_code")), "none");
  rig.Deliver(rig.make.Sampled(PassedOutcome(), At(seconds(100))));
  EXPECT_EQ(Points(rig.LastRequest(), Gauge("probe_http_status_code")), "200@100000");
  // Whether it was a success cannot be told.
  rig.Deliver(rig.make.Sampled(SkippedOutcome(), At(seconds(130))));
  EXPECT_EQ(Points(rig.LastRequest(), Gauge("probe_success")), "stale@130000");
}

TEST(RemoteWritePoints, ALabelThatChangesEndsTheSeriesBefore) {
  Rig rig;
  rig.Deliver(rig.make.Sampled(PassedOutcome(), At(seconds(10))));
  Outcome renewed = PassedOutcome();
  renewed.tls->chain[0].serial = "ffff";
  rig.Deliver(rig.make.Sampled(renewed, At(seconds(40))));
  std::map<std::string, bool> stale_by_serial;
  for (const auto& [key, series] : rig.LastRequest()) {
    if (!key.starts_with("probe_ssl_last_chain_info{")) continue;
    stale_by_serial[series.Label("serialnumber")] = series.points.back().IsStale();
  }
  EXPECT_EQ(stale_by_serial, (std::map<std::string, bool>{{"0a1b", true}, {"ffff", false}}));
}

TEST(RemoteWritePoints, WhatDepartsEndsWhenItDoes) {
  for (const bool is_two : {false, true}) {
    Rig rig;
    if (is_two) rig.spec.remote_write.version = RemoteWriteSpec::Version::kTwo;
    rig.Restart();
    rig.Deliver(rig.make.Sampled(PassedOutcome(), At(seconds(10))));
    const SeriesByKey before = rig.LastRequest();
    rig.Restart();
    rig.Deliver(rig.make.Departed("home", At(seconds(25))));
    const SeriesByKey sent = rig.LastRequest();
    EXPECT_EQ(sent.size(), before.size());
    for (const auto& [key, series] : before) EXPECT_EQ(Points(sent, key), "stale@25000") << key;
    EXPECT_EQ(sent.begin()->second.points[0].histogram.has_value(),
              before.begin()->second.points[0].histogram.has_value());
    EXPECT_TRUE(rig.states.states.empty());

    // It comes back, and begins anew.
    rig.Deliver(rig.make.Sampled(PassedOutcome(), At(seconds(50))));
    EXPECT_EQ(Points(rig.LastRequest(), Outcomes("pass")), "0@49968 1@50000");
  }
}

TEST(RemoteWritePoints, WhatDepartsAfterSamplesOfTheSameDeliveryEndsAfterThem) {
  Rig rig;
  const auto items = ItemsOf(rig.make.Sampled(PassedOutcome(), At(seconds(10))),
                             rig.make.Departed("home", At(seconds(11))),
                             rig.make.Sampled(PassedOutcome(), At(seconds(12))));
  rig.Deliver(items);
  EXPECT_EQ(rig.covered, 3U);
  ASSERT_EQ(rig.transport.requests.size(), 2U);
  SeriesByKey sent = Decoded(rig.transport.requests[0]);
  EXPECT_EQ(Points(sent, Outcomes("pass")), "0@9968 1@10000 stale@11000");
  EXPECT_EQ(Points(sent, Gauge("probe_success")), "1@10000 stale@11000");
  EXPECT_EQ(Points(rig.LastRequest(), Outcomes("pass")), "0@11968 1@12000");
  // A gauge of before that is not there any more ends with the rest.
  const auto end = ItemsOf(rig.make.Sampled(TimedOutOutcome(), At(seconds(40))),
                           rig.make.Departed("home", At(seconds(41))));
  rig.Deliver(end);
  sent = rig.LastRequest();
  EXPECT_EQ(Points(sent, Gauge("probe_http_status_code")), "stale@40000");
  EXPECT_EQ(Points(sent, Outcomes("fail", "connect_timeout")), "0@12000 1@40000 stale@41000");
  for (const auto& [key, series] : sent) EXPECT_TRUE(series.points.back().IsStale()) << key;
}

TEST(RemoteWritePoints, NothingIsSaidOfWhatNobodyKnows) {
  Rig rig;
  rig.make.SeriesOf(PassedOutcome());
  EXPECT_EQ(rig.Deliver(rig.make.Departed("home", At(seconds(1)))).kind, Verdict::Kind::kTaken);
  EXPECT_EQ(rig.covered, 1U);
  EXPECT_TRUE(rig.transport.requests.empty());
}

TEST(RemoteWritePoints, RollupsCountAndSayNothingOfTheLatest) {
  Rig rig;
  rig.Deliver(rig.make.Sampled(PassedOutcome(), At(seconds(10))));
  rig.Deliver(rig.make.RolledUp(ItemsOf(rig.make.Sampled(PassedOutcome(), At(seconds(40))),
                                        rig.make.Sampled(TimedOutOutcome(), At(seconds(70))))));
  SeriesByKey sent = rig.LastRequest();
  EXPECT_EQ(Points(sent, Outcomes("pass")), "2@70000");
  EXPECT_EQ(Points(sent, Outcomes("fail", "connect_timeout")), "0@10000 1@70000");
  EXPECT_EQ(Points(sent, Duration("_count")), "3@70000");
  for (const auto& [key, series] : sent) EXPECT_TRUE(IsCounter(key)) << key;
  // Gauges of before are still there to end.
  rig.Deliver(rig.make.Departed("home", At(seconds(80))));
  EXPECT_EQ(Points(rig.LastRequest(), Gauge("probe_http_status_code")), "stale@80000");
}

TEST(RemoteWritePoints, WhatWasGivenUpIsNotKnownThere) {
  Rig rig;
  rig.Deliver(rig.make.Sampled(PassedOutcome(), At(seconds(10))));
  rig.transport.answer = [](const PostRequest&) { return Answer(400, "out of bounds\n"); };
  const Verdict refused = rig.Deliver(rig.make.Sampled(TimedOutOutcome(), At(seconds(40))), true);
  EXPECT_EQ(refused.kind, Verdict::Kind::kRefused);
  rig.transport.answer = &Success;
  rig.Restart();
  rig.Deliver(rig.make.Sampled(TimedOutOutcome(), At(seconds(70))));
  const SeriesByKey sent = rig.LastRequest();
  // Both count, from a zero that it takes.
  EXPECT_EQ(Points(sent, Outcomes("fail", "connect_timeout")), "0@40000 2@70000");
  EXPECT_EQ(Points(sent, Outcomes("pass")), "1@70000");
  EXPECT_EQ(Points(sent, Gauge("probe_http_status_code")), "stale@70000");
}

TEST(RemoteWritePoints, WhatIsDiscardedWasNotCounted) {
  Rig rig;
  rig.transport.answer = [](const PostRequest&) { return Answer(413); };
  const auto items = ItemsOf(rig.make.Sampled(PassedOutcome(), At(seconds(1))),
                             rig.make.Sampled(PassedOutcome(), At(seconds(2))));
  EXPECT_EQ(rig.Deliver(items).kind, Verdict::Kind::kTooLarge);
  rig.transport.answer = &Success;
  rig.DeliverSome({&items[0]});
  EXPECT_EQ(Points(rig.LastRequest(), Outcomes("pass")), "0@968 1@1000");
  rig.DeliverSome({&items[1]});
  EXPECT_EQ(Points(rig.LastRequest(), Outcomes("pass")), "2@2000");
}

TEST(RemoteWritePoints, OtherNamesBeginWithWhatWasCountedBefore) {
  Rig rig;
  rig.Deliver(rig.make.Sampled(PassedOutcome(), At(seconds(10))));
  rig.Deliver(rig.make.Sampled(PassedOutcome(), At(seconds(40))));
  rig.spec.mapping.add = {{"env", "prod"}};
  rig.Restart();
  rig.Deliver(rig.make.Sampled(TimedOutOutcome(), At(seconds(70))));
  const SeriesByKey sent = rig.LastRequest();
  const auto other = [](std::string key) {
    return key.replace(key.find("instance="), 0, R"(env="prod",)");
  };
  EXPECT_EQ(Points(sent, other(Outcomes("pass"))), "2@40000 2@70000");
  EXPECT_EQ(Points(sent, other(Outcomes("fail", "connect_timeout"))), "0@40000 1@70000");
  EXPECT_EQ(Points(sent, other(Duration("_count"))), "2@40000 3@70000");
}

TEST(RemoteWritePoints, DamagedStatesBeginAnew) {
  Rig rig;
  rig.Deliver(rig.make.Sampled(PassedOutcome(), At(seconds(10))));
  const std::string good = rig.states.states.at(1);
  const auto deliver = [&](const std::string& state) {
    rig.states.states[1] = state;
    rig.Restart();
    rig.Deliver(rig.make.Sampled(PassedOutcome(), At(seconds(40))));
  };
  for (std::size_t i = 0; i < good.size(); i += 3) {
    constexpr std::array<unsigned, 3> kFlips = {0x01, 0x80, 0xFF};
    std::string bad = good;
    bad[i] =
        static_cast<char>(static_cast<unsigned char>(bad[i]) ^ kFlips.at(i / 3 % kFlips.size()));
    deliver(bad);
    EXPECT_NO_THROW(rig.LastRequest()) << "byte " << i;  // it is well formed
    if (i % 2 != 0) continue;
    deliver(good.substr(0, i));
    EXPECT_THAT(Points(rig.LastRequest(), Outcomes("pass")),
                ::testing::AnyOf("0@39968 1@40000", "2@40000", "0@10000 2@40000"));
  }
}

TEST(RemoteWritePoints, TwoHasStartTimesAndMetadata) {
  Rig rig;
  rig.spec.remote_write.version = RemoteWriteSpec::Version::kTwo;
  rig.Restart();
  rig.Deliver(rig.make.Sampled(PassedOutcome(), At(seconds(10))));
  rig.Deliver(rig.make.Sampled(TimedOutOutcome(), At(seconds(40))));
  const SeriesByKey sent = rig.LastRequest();
  const DecodedSeries& failed = sent.at(Outcomes("fail", "connect_timeout"));
  EXPECT_EQ(failed.type, 1);
  EXPECT_EQ(failed.help, "Slots by what they gave");
  ASSERT_EQ(failed.points.size(), 2U);
  for (const DecodedPoint& point : failed.points)
    EXPECT_EQ(point.start, MillisAt(milliseconds(9968)));
  const DecodedSeries& duration = sent.at(Duration(""));
  EXPECT_EQ(duration.type, 3);
  EXPECT_EQ(duration.unit, "seconds");
  ASSERT_TRUE(duration.points[0].histogram);
  EXPECT_EQ(duration.points[0].start, MillisAt(milliseconds(9968)));
  EXPECT_EQ(duration.points[0].histogram->count, 2U);
  const DecodedSeries& gauge = sent.at(Gauge("probe_success"));
  EXPECT_EQ(gauge.type, 2);
  EXPECT_EQ(gauge.points[0].start, 0);
}

}  // namespace
}  // namespace gaikei::testing
