// Lanes whose sinks gather, against an upstream that answers as told, over hours that are made up.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>

#include "tests/results/points/fake_point_sink.h"
#include "tests/results/upstream/lane_rig.h"

namespace gaikei::testing {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;
using Request = FakePointSink::Request;

Verdict Say(Verdict::Kind kind, std::string message) {
  Verdict verdict;
  verdict.kind = kind;
  verdict.message = std::move(message);
  return verdict;
}

/// Of every check totals and stamps grow, and the last total is the number of its samples.
void ExpectSoundCounters(const std::vector<SeenPoint>& taken) {
  std::map<std::string, SeenPoint> last;
  std::map<std::string, std::uint64_t> samples;
  for (const SeenPoint& point : taken) {
    const auto before = last.find(point.check);
    if (before != last.end()) {
      EXPECT_LT(before->second.at, point.at) << point.check;
      EXPECT_LT(before->second.total, point.total) << point.check;
    }
    last[point.check] = point;
    samples[point.check] += point.samples;
    EXPECT_EQ(samples[point.check], point.total) << point.check;
  }
}

class PointLaneTest : public ::testing::Test {
 protected:
  LaneRig::Served& Add(Span every = seconds(15), std::size_t max_batch = 1000) {
    LaneOptions options;
    options.every = every;
    options.max_batch = max_batch;
    auto made = std::make_unique<FakePointSink>(every);
    sink = made.get();
    return rig.AddLane("prom", options, std::move(made));
  }

  std::function<void()> Producer(int checks) {
    return [this, checks] {
      for (int i = 0; i < checks; ++i) rig.Produce("check" + std::to_string(i));
    };
  }

  std::size_t Points() const {
    std::size_t points = 0;
    for (const Request& request : sink->sent) points += request.size();
    return points;
  }

  LaneRig rig;
  FakePointSink* sink = nullptr;
};

TEST_F(PointLaneTest, WhateverComesBetweenLeavesAsOnePointASeries) {
  Add(seconds(15));
  rig.Run(minutes(5), seconds(1), Producer(10));
  // The first at once, then one request for ten points every 15 s.
  EXPECT_GE(sink->sent.size(), 20U);
  EXPECT_LE(sink->sent.size(), 22U);
  EXPECT_LE(Points(), 220U);
  EXPECT_GE(rig.account("prom").sent, 2850U);
  ExpectSoundCounters(sink->taken);
}

TEST_F(PointLaneTest, MoreThanABatchWaitsForItsTimeToo) {
  Add(seconds(15), 5);
  rig.Run(minutes(1), seconds(1), Producer(10));
  EXPECT_LE(Points(), 50U);
  for (const Request& request : sink->sent) EXPECT_LE(request.size(), 5U);
  EXPECT_GE(rig.account("prom").sent, 450U);
  ExpectSoundCounters(sink->taken);
}

TEST_F(PointLaneTest, ThePoisonIsFoundAmongPointsAndNamed) {
  auto& served = Add(seconds(15));
  sink->answer = [](const Request& request) -> std::optional<Verdict> {
    const bool is_bad =
        std::ranges::any_of(request, [](const auto& point) { return point.check == "check77"; });
    if (is_bad) return Say(Verdict::Kind::kRefused, "400: bad label");
    return std::nullopt;
  };
  rig.Run(seconds(10), seconds(1), Producer(200));
  rig.Run(seconds(20));
  const LaneAccount account = rig.account("prom");
  EXPECT_EQ(account.rejected, 10U);
  EXPECT_EQ(account.sent, 1990U);
  EXPECT_EQ(account.spooled, 0U);
  EXPECT_LT(sink->sent.size(), 80U) << "found by halving, twice";
  EXPECT_THAT(served.told.front(), HasSubstr("400: bad label (check check77, region tokyo, "));
}

TEST_F(PointLaneTest, WhatIsTooLargeGoesInSmallerRequests) {
  Add(seconds(15));
  sink->answer = [](const Request& request) -> std::optional<Verdict> {
    if (request.size() > 10) return Say(Verdict::Kind::kTooLarge, "413");
    return std::nullopt;
  };
  rig.Run(seconds(5), seconds(1), Producer(64));
  rig.Run(minutes(1));
  EXPECT_EQ(rig.account("prom").sent, 320U);
  EXPECT_EQ(rig.account("prom").rejected, 0U);
  ExpectSoundCounters(sink->taken);
}

TEST_F(PointLaneTest, ARequestThatWasPutOffIsSentAgainAndTheOthersAreNot) {
  Add(seconds(15), 5);
  int tries = 0;
  sink->answer = [&](const Request& request) -> std::optional<Verdict> {
    if (request.front().check != "check5" || ++tries > 3) return std::nullopt;
    return Say(Verdict::Kind::kRetry, "503");
  };
  rig.Run(seconds(3), seconds(1), Producer(10));
  rig.Run(minutes(2));
  EXPECT_EQ(rig.account("prom").sent, 30U);
  ExpectSoundCounters(sink->taken);
}

TEST_F(PointLaneTest, AnHourOfOutageKeepsItsResolutionAndFloodsNobody) {
  LaneOptions options;
  options.every = seconds(15);
  options.drain_rate = 5000;
  auto made = std::make_unique<FakePointSink>(options.every);
  sink = made.get();
  rig.AddLane("prom", options, std::move(made));
  sink->answer = [](const Request&) { return Say(Verdict::Kind::kRetry, "503"); };
  rig.Run(hours(1), seconds(1), Producer(10));
  EXPECT_EQ(rig.account("prom").spooled, 36'000U);
  sink->sent.clear();

  std::map<std::int64_t, std::uint64_t> by_second;
  std::optional<MonoTime> live_since;
  sink->answer = [&](const Request& request) -> std::optional<Verdict> {
    for (const SeenPoint& point : request) {
      by_second[std::chrono::floor<seconds>(rig.now().time_since_epoch()).count()] += point.samples;
      if (!live_since && rig.wall() - point.at < seconds(2)) live_since = rig.now();
    }
    return std::nullopt;
  };
  const MonoTime back = rig.now();
  rig.Run(minutes(3), seconds(1), Producer(10));
  ASSERT_TRUE(live_since);
  EXPECT_LE(*live_since - back, seconds(45));
  for (const auto& [second, samples] : by_second) {
    EXPECT_LE(samples, 5000U + 160U) << "a flood in second " << second;
  }
  ExpectSoundCounters(sink->taken);
  // A point for each check and 15 s of the hour, or a quarter more: there are more than eight
  // samples in each.
  EXPECT_GE(sink->taken.size(), 36'000U / 19);
  EXPECT_LE(rig.account("prom").spooled, 160U);
}

TEST_F(PointLaneTest, ABacklogOfManySeriesLeavesInFullRequests) {
  Add(seconds(15), 100);
  sink->answer = [](const Request&) { return Say(Verdict::Kind::kRetry, "503"); };
  rig.Run(minutes(10), seconds(15), Producer(100));
  sink->answer = nullptr;
  sink->sent.clear();
  rig.Run(minutes(2));
  EXPECT_EQ(rig.account("prom").spooled, 0U);
  EXPECT_LE(sink->sent.size(), 45U);
  ExpectSoundCounters(sink->taken);
}

TEST_F(PointLaneTest, AnUpstreamThatIsAwayIsGivenNoMoreThanItsShare) {
  LaneRig small(std::uint64_t{256} << 10U);
  auto made = std::make_unique<FakePointSink>(seconds(15));
  FakePointSink* const away = made.get();
  LaneOptions options;
  options.every = seconds(15);
  small.AddLane("prom", options, std::move(made));
  away->answer = [](const Request&) { return Say(Verdict::Kind::kRetry, "503"); };
  small.Run(minutes(60), seconds(10), [&] {
    for (int i = 0; i < 20; ++i) small.Produce("check" + std::to_string(i));
  });
  LaneAccount account = small.account("prom");
  EXPECT_LE(account.bytes, std::uint64_t{256} << 10U);
  EXPECT_EQ(account.produced, 7200U);
  EXPECT_TRUE(account.dropped.empty());
  away->answer = nullptr;
  small.Run(minutes(3));
  account = small.account("prom");
  EXPECT_EQ(account.sent, 7200U);
  ExpectSoundCounters(away->taken);
}

TEST_F(PointLaneTest, TheEndWaitsForNoTime) {
  auto& served = Add(hours(1));
  rig.Produce();
  rig.Run(seconds(2));
  rig.Produce();
  rig.Run(seconds(2));
  EXPECT_EQ(rig.account("prom").sent, 1U);
  served.lane->Flush();
  rig.Run(seconds(1));
  EXPECT_EQ(rig.account("prom").sent, 2U);
  EXPECT_TRUE(served.lane->IsEmpty());
}

}  // namespace
}  // namespace gaikei::testing
