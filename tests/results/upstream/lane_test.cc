// A lane against an upstream that answers as told, over hours that are made up.

#include "results/upstream/lane.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include "tests/results/upstream/lane_rig.h"

namespace gaikei::testing {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;

Verdict Say(Verdict::Kind kind, std::string message = "503 Service Unavailable") {
  Verdict verdict;
  verdict.kind = kind;
  verdict.message = std::move(message);
  return verdict;
}

LaneOptions Every(Span every, std::size_t max_batch = 1000) {
  LaneOptions options;
  options.every = every;
  options.max_batch = max_batch;
  return options;
}

bool Holds(const std::vector<Seen>& delivery, const std::string& check) {
  return std::any_of(delivery.begin(), delivery.end(),
                     [&](const Seen& seen) { return seen.check == check; });
}

/// Of every check in the order of their slots, nothing twice.
void ExpectInOrder(const std::vector<Seen>& taken) {
  std::map<std::string, WallTime> last;
  for (const Seen& seen : taken) {
    const auto before = last.find(seen.check);
    if (before != last.end()) {
      EXPECT_LT(before->second, seen.scheduled_at) << seen.check;
    }
    last[seen.check] = seen.scheduled_at;
  }
}

TEST(LaneTest, TheFirstLeavesAtOnceTheOthersEveryInterval) {
  LaneRig rig;
  auto& otel = rig.AddLane("otel", Every(seconds(15)));
  rig.Run(minutes(5), seconds(1), [&] { rig.Produce(); });
  EXPECT_GE(otel.sink->sent.size(), 20U);
  EXPECT_LE(otel.sink->sent.size(), 22U);
  EXPECT_GE(otel.sink->taken.size(), 285U);
  ExpectInOrder(otel.sink->taken);
}

TEST(LaneTest, AFullBatchDoesNotWait) {
  LaneRig rig;
  auto& otel = rig.AddLane("otel", Every(hours(1), 100));
  rig.Run(seconds(1));
  for (int i = 0; i < 350; ++i) rig.Produce("check" + std::to_string(i));
  rig.Run(seconds(2));
  EXPECT_GE(otel.sink->taken.size(), 300U);
  for (const auto& delivery : otel.sink->sent) EXPECT_LE(delivery.size(), 100U);
}

TEST(LaneTest, WhatWasPutOffIsSentAgainAsItWas) {
  LaneRig rig;
  auto& otel = rig.AddLane("otel", Every(seconds(1)));
  otel.sink->answer = [](const auto&) { return Say(Verdict::Kind::kRetry); };
  rig.Produce("first");
  rig.Run(minutes(10), seconds(30), [&] { rig.Produce("later"); });
  ASSERT_GT(otel.sink->sent.size(), 8U);
  for (const auto& delivery : otel.sink->sent) EXPECT_EQ(delivery, otel.sink->sent.front());
  // Half a second, doubling up to 15 s: at least half of that each.
  EXPECT_GT(otel.sink->sent.size(), 40U);
  EXPECT_LT(otel.sink->sent.size(), 85U);
  EXPECT_TRUE(otel.lane->IsHeldUp());
  EXPECT_EQ(rig.account("otel").sent, 0U);
  EXPECT_THAT(otel.told.front(), HasSubstr("503 Service Unavailable; next try in"));
  EXPECT_LE(otel.told.size(), 12U) << "the same thing once a minute";

  otel.sink->answer = nullptr;
  rig.Run(minutes(2));
  EXPECT_EQ(rig.account("otel").spooled, 0U);
  EXPECT_EQ(otel.sink->taken.size(), 21U);
  ExpectInOrder(otel.sink->taken);
  EXPECT_FALSE(otel.lane->IsHeldUp());
}

TEST(LaneTest, WaitsAsLongAsItIsAskedTo) {
  LaneRig rig;
  auto& otel = rig.AddLane("otel", Every(seconds(1)));
  std::vector<MonoTime> tries;
  Span asked = seconds(90);
  otel.sink->answer = [&](const auto&) {
    tries.push_back(rig.now());
    Verdict verdict = Say(Verdict::Kind::kRetry, "429");
    verdict.retry_after = asked;
    return verdict;
  };
  rig.Produce();
  rig.Run(seconds(100));
  ASSERT_EQ(tries.size(), 2U);
  EXPECT_GE(tries[1] - tries[0], seconds(90));
  EXPECT_LE(tries[1] - tries[0], seconds(91));
  // Ten years are five minutes.
  asked = hours(24 * 3650);
  rig.Run(minutes(12));
  ASSERT_GE(tries.size(), 4U);
  EXPECT_GE(tries[3] - tries[2], minutes(5));
  EXPECT_LE(tries[3] - tries[2], minutes(5) + seconds(1));
}

TEST(LaneTest, ADeliveryThatIsTooLargeIsHalved) {
  LaneRig rig;
  auto& otel = rig.AddLane("otel", Every(seconds(1), 64));
  otel.sink->answer = [](const std::vector<Seen>& delivery) -> std::optional<Verdict> {
    if (delivery.size() > 10) return Say(Verdict::Kind::kTooLarge, "413");
    return std::nullopt;
  };
  for (int i = 0; i < 64; ++i) rig.Produce("check" + std::to_string(i));
  rig.Run(minutes(1));
  EXPECT_EQ(otel.sink->taken.size(), 64U);
  EXPECT_EQ(rig.account("otel").sent, 64U);
  EXPECT_EQ(rig.account("otel").rejected, 0U);
  EXPECT_GT(otel.lane->counts().too_large, 2U);
}

TEST(LaneTest, OneThatIsAlwaysTooLargeIsGivenUpAndTheRestIsSent) {
  LaneRig rig;
  auto& otel = rig.AddLane("otel", Every(seconds(1)));
  otel.sink->answer = [](const std::vector<Seen>& delivery) -> std::optional<Verdict> {
    if (Holds(delivery, "giant")) return Say(Verdict::Kind::kTooLarge, "413");
    return std::nullopt;
  };
  for (int i = 0; i < 5; ++i) rig.Produce("small" + std::to_string(i));
  rig.Produce("giant");
  rig.Produce("last");
  rig.Run(minutes(1));
  EXPECT_EQ(otel.sink->taken.size(), 6U);
  EXPECT_EQ(rig.account("otel").rejected, 1U);
  EXPECT_EQ(rig.account("otel").spooled, 0U);
}

TEST(LaneTest, ThePoisonIsFoundAndNamed) {
  LaneRig rig;
  auto& otel = rig.AddLane("otel", Every(seconds(1)));
  otel.sink->answer = [](const std::vector<Seen>& delivery) -> std::optional<Verdict> {
    if (Holds(delivery, "poison")) return Say(Verdict::Kind::kRefused, "400: bad label");
    return std::nullopt;
  };
  for (int i = 0; i < 200; ++i) rig.Produce(i == 77 ? "poison" : "good" + std::to_string(i));
  rig.Run(minutes(1));
  EXPECT_EQ(otel.sink->taken.size(), 199U);
  EXPECT_EQ(rig.account("otel").rejected, 1U);
  EXPECT_EQ(rig.account("otel").sent, 199U);
  EXPECT_LT(otel.sink->sent.size(), 40U) << "found by halving";
  const auto named = std::find_if(otel.told.begin(), otel.told.end(), [](const std::string& text) {
    return text.find("check poison, region tokyo, 2026-11-23T03:48:00") != std::string::npos &&
           text.find("400: bad label") != std::string::npos;
  });
  EXPECT_NE(named, otel.told.end());
}

TEST(LaneTest, RefusedCredentialsKeepEverythingAndAreTriedSlowly) {
  LaneRig rig;
  auto& otel = rig.AddLane("otel", Every(seconds(1)));
  const auto forbid = [](const auto&) { return Say(Verdict::Kind::kForbidden, "401"); };
  otel.sink->answer = forbid;
  rig.Run(hours(1), seconds(60), [&] { rig.Produce(); });
  EXPECT_GE(otel.sink->sent.size(), 12U);
  EXPECT_LE(otel.sink->sent.size(), 13U);
  EXPECT_EQ(rig.account("otel").spooled, 60U);

  // A reload may have brought the right token.
  rig.Renew(otel, Every(seconds(1)));
  rig.Run(seconds(1));
  EXPECT_EQ(otel.sink->taken.size(), 60U);
  ExpectInOrder(otel.sink->taken);
}

TEST(LaneTest, WhatIsTakenInPartIsNotSentAgain) {
  LaneRig rig;
  auto& otel = rig.AddLane("otel", Every(seconds(1)));
  otel.sink->answer = [](const std::vector<Seen>& delivery) -> std::optional<Verdict> {
    Verdict verdict = Say(Verdict::Kind::kTaken, "2 data points rejected");
    verdict.rejected = std::min<std::uint64_t>(2, delivery.size());
    verdict.duplicates = 1;
    return verdict;
  };
  for (int i = 0; i < 10; ++i) rig.Produce("check" + std::to_string(i));
  rig.Run(seconds(30));
  EXPECT_EQ(otel.sink->sent.size(), 1U);
  EXPECT_EQ(rig.account("otel").sent, 8U);
  EXPECT_EQ(rig.account("otel").rejected, 2U);
  EXPECT_EQ(rig.account("otel").duplicates, 1U);
}

TEST(LaneTest, ManyThatAreRejectedAreToldOnceAMinute) {
  LaneRig rig;
  auto& otel = rig.AddLane("otel", Every(seconds(1)));
  otel.sink->answer = [](const auto&) { return Say(Verdict::Kind::kRefused, "400: no"); };
  rig.Run(minutes(3), seconds(1), [&] { rig.Produce(); });
  EXPECT_GE(rig.account("otel").rejected, 170U);
  EXPECT_LE(otel.told.size(), 4U);
  EXPECT_THAT(otel.told.back(), HasSubstr(" times more before"));
}

TEST(LaneTest, AFilterThatIsNarrowedWhileADeliveryIsPutOffLosesNoCount) {
  LaneRig rig;
  auto& otel = rig.AddLane("otel", Every(seconds(1)));
  otel.sink->answer = [](const auto&) { return Say(Verdict::Kind::kRetry); };
  for (int i = 0; i < 5; ++i) {
    rig.Produce("wanted");
    rig.Produce("other");
  }
  rig.Run(seconds(5));
  ASSERT_FALSE(otel.sink->sent.empty());
  SpoolLane claim;
  claim.name = "otel";
  claim.selects = [](const SampleSeries& series) { return series.check->name == "wanted"; };
  otel.lane.reset();
  rig.spool().SetLanes({claim});
  rig.Renew(otel, Every(seconds(1)));
  rig.Run(seconds(5));
  const LaneAccount account = rig.account("otel");
  EXPECT_EQ(account.sent, 5U);
  EXPECT_EQ(account.spooled, 0U);
  const std::map<std::string, std::uint64_t> dropped = {{"deselected", 5}};
  EXPECT_EQ(account.dropped, dropped);
}

TEST(LaneTest, OneDeliveryIsInFlightAtATime) {
  LaneRig rig;
  auto& otel = rig.AddLane("otel", Every(seconds(1), 10));
  otel.sink->holds_answers = true;
  rig.Run(minutes(1), seconds(1), [&] { rig.Produce(); });
  EXPECT_EQ(otel.sink->sent.size(), 1U);
  otel.sink->holds_answers = false;
  otel.sink->Release();
  rig.Run(seconds(10));
  EXPECT_EQ(otel.sink->taken.size(), 60U);
  ExpectInOrder(otel.sink->taken);
}

TEST(LaneTest, ALaneThatEndsLeavesWhatWasInFlightInTheSpool) {
  LaneRig rig;
  auto& otel = rig.AddLane("otel", Every(seconds(1)));
  otel.sink->holds_answers = true;
  rig.Produce();
  rig.Run(seconds(2));
  ASSERT_TRUE(otel.sink->IsHolding());
  rig.Renew(otel, Every(seconds(1)));
  rig.Run(seconds(2));
  EXPECT_EQ(otel.sink->taken.size(), 1U);
  EXPECT_EQ(rig.account("otel").sent, 1U);
}

TEST(LaneTest, ADeadUpstreamHoldsNobodyElseUp) {
  LaneRig rig;
  auto& dead = rig.AddLane("dead", Every(seconds(5)));
  auto& silent = rig.AddLane("silent", Every(seconds(5)));
  auto& alive = rig.AddLane("alive", Every(seconds(5)));
  dead.sink->answer = [](const auto&) { return Say(Verdict::Kind::kRetry); };
  silent.sink->holds_answers = true;
  rig.Run(minutes(10), seconds(1), [&] { rig.Produce(); });
  EXPECT_GE(alive.sink->taken.size(), 590U);
  EXPECT_EQ(rig.account("dead").spooled, 600U);
  EXPECT_EQ(rig.account("silent").spooled, 600U);
}

TEST(LaneTest, AnHourOfOutageIsWorkedOffInOrderBeforeTheNextIntervalIsOver) {
  LaneRig rig;
  LaneOptions options = Every(seconds(15), 500);
  options.drain_rate = 5000;
  auto& otel = rig.AddLane("otel", options);
  otel.sink->answer = [](const auto&) { return Say(Verdict::Kind::kRetry); };
  const auto produce = [&] {
    for (int i = 0; i < 10; ++i) rig.Produce("check" + std::to_string(i));
  };
  rig.Run(hours(1), seconds(1), produce);
  EXPECT_EQ(rig.account("otel").spooled, 36'000U);

  // How many samples were taken when, and how old the youngest of them was.
  std::map<std::int64_t, std::size_t> by_second;
  std::optional<MonoTime> live_since;
  otel.sink->answer = [&](const std::vector<Seen>& delivery) -> std::optional<Verdict> {
    by_second[std::chrono::floor<seconds>(rig.now().time_since_epoch()).count()] += delivery.size();
    if (!live_since && rig.wall() - delivery.back().scheduled_at < seconds(2)) {
      live_since = rig.now();
    }
    return std::nullopt;
  };
  const MonoTime back = rig.now();
  rig.Run(minutes(3), seconds(1), produce);
  // The pause that was running when the upstream came back is 15 s at most.
  ASSERT_TRUE(live_since);
  EXPECT_LE(*live_since - back, seconds(15) + seconds(15));
  for (const auto& [second, samples] : by_second) {
    EXPECT_LE(samples, 5000U + 500U) << "a flood in second " << second;
  }
  ExpectInOrder(otel.sink->taken);
  EXPECT_GE(otel.sink->taken.size(), 37'600U);
  EXPECT_LE(rig.account("otel").spooled, 160U);
}

TEST(LaneTest, AVerySmallBoundCostsDetailAndNoCount) {
  LaneRig rig(std::uint64_t{64} << 10U);
  auto& otel = rig.AddLane("otel", Every(seconds(1)));
  otel.sink->answer = [](const auto&) { return Say(Verdict::Kind::kRetry); };
  // Sixty checks once a minute: in no minute, and in no piece, does any of them come twice.
  rig.Run(minutes(60), minutes(1), [&] {
    for (int i = 0; i < 60; ++i) rig.Produce("check" + std::to_string(i));
  });
  LaneAccount account = rig.account("otel");
  EXPECT_TRUE(account.dropped.empty()) << account.dropped.begin()->second;
  EXPECT_LE(account.bytes, std::uint64_t{64} << 10U);
  EXPECT_EQ(account.spooled, 3600U);
  otel.sink->answer = nullptr;
  rig.Run(minutes(2));
  account = rig.account("otel");
  EXPECT_EQ(account.sent, 3600U);
  EXPECT_EQ(account.spooled, 0U);
}

TEST(LaneTest, TheEndWaitsForNoInterval) {
  LaneRig rig;
  auto& otel = rig.AddLane("otel", Every(hours(1)));
  rig.Produce();
  rig.Run(seconds(2));
  rig.Produce();
  rig.Run(seconds(2));
  EXPECT_EQ(otel.sink->taken.size(), 1U);
  EXPECT_FALSE(otel.lane->IsEmpty());
  otel.lane->Flush();
  rig.Run(seconds(1));
  EXPECT_EQ(otel.sink->taken.size(), 2U);
  EXPECT_TRUE(otel.sink->was_final);
  EXPECT_TRUE(otel.lane->IsEmpty());
}

}  // namespace
}  // namespace gaikei::testing
