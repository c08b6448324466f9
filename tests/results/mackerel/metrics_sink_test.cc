#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "rig.h"

namespace gaikei::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class MackerelMetrics : public ::testing::Test {
 protected:
  void TearDown() override {
    EXPECT_EQ(rig.mackerel.complaints, std::vector<std::string>());
    EXPECT_EQ(rig.mackerel.over_quota, 0U);
  }
  std::optional<double> Point(const std::string& name, WallTime minute) const {
    return rig.Point("gaikei.home.tokyo." + name, minute);
  }
  /// Every value that was ever posted under that name for that minute.
  std::vector<double> Writes(const std::string& name, WallTime minute) const {
    const auto found =
        rig.mackerel.writes.find({"gaikei.home.tokyo." + name,
                                  std::chrono::floor<seconds>(minute.time_since_epoch()).count()});
    return found == rig.mackerel.writes.end() ? std::vector<double>() : found->second;
  }
  Rig rig{Rig::Kind::kMetrics};
};

TEST_F(MackerelMetrics, PostsTheNumbersOfAMinuteWhenItIsOver) {
  rig.Advance(seconds(10));
  for (const int ms : {400, 100, 300, 200}) {
    rig.Append(rig.MakeSample("home", Status::kPass, milliseconds(ms)));
    rig.Advance(seconds(10));
  }
  rig.Append(rig.MakeSample("home", Status::kFail, milliseconds(1000)));
  rig.Append(rig.MakeSample("home", Status::kUnknown));
  rig.Poll();
  rig.Advance(seconds(10));
  rig.Poll();
  // The minute has just ended; what was over within it may still be on its way.
  ASSERT_EQ(rig.mackerel.now, Noon() + minutes(1));
  EXPECT_TRUE(rig.mackerel.calls.empty());
  rig.Advance(seconds(5));
  rig.Poll();
  EXPECT_EQ(rig.mackerel.calls, std::vector<std::string>{"POST /api/v0/services/shop/tsdb"});
  EXPECT_EQ(Point("availability.minute", Noon()), 0.8);
  EXPECT_EQ(Point("availability.hour", Noon()), 0.8);
  EXPECT_EQ(Point("slots.good", Noon()), 4);
  EXPECT_EQ(Point("slots.bad", Noon()), 1);
  EXPECT_EQ(Point("slots.missing", Noon()), 1);
  EXPECT_EQ(Point("duration.p50", Noon()), 0.3);
  EXPECT_EQ(Point("duration.p95", Noon()), 1);
  EXPECT_EQ(Point("duration.p99", Noon()), 1);
  EXPECT_EQ(Point("duration.max", Noon()), 1);
  EXPECT_EQ(Point("duration.mean", Noon()), 0.4);
  EXPECT_EQ(Point("duration.p95_hour", Noon()), 1);
  EXPECT_EQ(Point("certificate.days_left", Noon()), std::nullopt);
  EXPECT_EQ(rig.mackerel.points.size(), 11U);
  EXPECT_EQ(rig.sent, 6U);
}

TEST_F(MackerelMetrics, HasNoAvailabilityWhereNothingCouldBeJudged) {
  rig.Append(rig.MakeSample("home", Status::kUnknown));
  rig.Run(minutes(2));
  EXPECT_EQ(Point("availability.minute", Noon()), std::nullopt);
  EXPECT_EQ(Point("availability.hour", Noon()), std::nullopt);
  EXPECT_EQ(Point("duration.p50", Noon()), std::nullopt);
  EXPECT_EQ(Point("slots.good", Noon()), 0);
  EXPECT_EQ(Point("slots.missing", Noon()), 1);
  EXPECT_EQ(rig.mackerel.points.size(), 3U);
}

TEST_F(MackerelMetrics, TellsHowLongTheCertificateLasts) {
  Sample sample = rig.MakeSample("home");
  auto tls = std::make_unique<Latest::Tls>();
  tls->expires_at = Noon() + std::chrono::hours(36);
  sample.latest.tls = std::move(tls);
  rig.Append(std::move(sample));
  rig.Run(minutes(2));
  EXPECT_EQ(Point("certificate.days_left", Noon()), 1.5);
  EXPECT_EQ(MackerelSeriesOf(rig.spec, *rig.SeriesOf("home")->check), rig.mackerel.points.size());
}

TEST_F(MackerelMetrics, LeavesOutWhatTheMappingDrops) {
  rig.spec.mapping.drop = {"histograms", "latest"};
  Sample sample = rig.MakeSample("home");
  auto tls = std::make_unique<Latest::Tls>();
  tls->expires_at = Noon() + std::chrono::hours(36);
  sample.latest.tls = std::move(tls);
  rig.Append(std::move(sample));
  rig.Run(minutes(2));
  EXPECT_EQ(rig.mackerel.points.size(), 5U);
  EXPECT_EQ(MackerelSeriesOf(rig.spec, *rig.SeriesOf("home")->check), 5U);
}

TEST_F(MackerelMetrics, PostsOnceAMinuteAllChecksTogether) {
  const auto samples = [&] {
    for (const char* check : {"home", "cart", "login"}) {
      rig.Append(rig.MakeSample(check));
      rig.Append(rig.MakeSample(check, Status::kPass, milliseconds(50), "osaka"));
    }
  };
  for (int i = 0; i < 120; ++i) {
    samples();
    rig.Run(seconds(5));
  }
  EXPECT_EQ(rig.mackerel.CountCalls("POST /api/v0/services/shop/tsdb"), 9U);
  for (const auto& [minute, calls] : rig.mackerel.calls_by_minute) EXPECT_EQ(calls, 1U);
  // No number ever changed.
  for (const auto& [key, values] : rig.mackerel.writes) EXPECT_EQ(values.size(), 1U) << key.first;
}

TEST_F(MackerelMetrics, MergesWhatComesLateAndPostsTheMinuteAgain) {
  rig.Append(rig.MakeSample("home", Status::kPass, milliseconds(100)));
  Sample late = rig.MakeSample("home", Status::kFail, milliseconds(300));
  rig.Run(minutes(3));
  rig.Append(rig.MakeSample("home", Status::kPass, milliseconds(200)));
  rig.Run(minutes(2));
  EXPECT_EQ(Point("availability.hour", Noon() + minutes(3)), 1);
  rig.Append(std::move(late));
  rig.Run(minutes(2));
  EXPECT_EQ(Point("availability.minute", Noon()), 0.5);
  EXPECT_EQ(Point("slots.good", Noon()), 1);
  EXPECT_EQ(Point("slots.bad", Noon()), 1);
  EXPECT_EQ(Point("duration.mean", Noon()), 0.2);
  // The hour of the minute that came after it has it, too; its own numbers are left alone.
  EXPECT_EQ(Point("availability.hour", Noon() + minutes(3)), 2.0 / 3);
  EXPECT_EQ(Writes("availability.minute", Noon() + minutes(3)).size(), 1U);
}

TEST_F(MackerelMetrics, GoesOnInAMinuteThatTheProcessBeforeHadBegun) {
  rig.Append(rig.MakeSample("home", Status::kPass, milliseconds(100)));
  rig.Append(rig.MakeSample("home", Status::kPass, milliseconds(200)));
  rig.Advance(seconds(20));
  rig.Poll(true);  // it ends, and holds nothing back
  EXPECT_EQ(Point("slots.good", Noon()), 2);
  rig.Restart();
  // Its configuration was changed meanwhile.
  rig.Relabel("home");
  rig.Append(rig.MakeSample("home", Status::kFail, milliseconds(600)));
  rig.Run(minutes(2));
  EXPECT_EQ(Point("slots.good", Noon()), 2);
  EXPECT_EQ(Point("slots.bad", Noon()), 1);
  EXPECT_EQ(Point("availability.minute", Noon()), 2.0 / 3);
  EXPECT_EQ(Point("duration.mean", Noon()), 0.3);
  EXPECT_EQ(Point("duration.p50", Noon()), 0.2);
}

TEST_F(MackerelMetrics, NeverPostsPartOfAMinuteThatIsLargerThanADelivery) {
  rig.max_batch = 7;
  for (int i = 0; i < 50; ++i) {
    rig.Append(rig.MakeSample("home", i % 5 == 0 ? Status::kFail : Status::kPass));
    rig.Advance(seconds(1));
  }
  rig.Run(minutes(2));
  EXPECT_EQ(Writes("slots.good", Noon()), std::vector<double>{40});
  EXPECT_EQ(Writes("slots.bad", Noon()), std::vector<double>{10});
  EXPECT_EQ(rig.sent, 50U);
}

TEST_F(MackerelMetrics, EndsADeliveryOfABacklogBetweenMinutes) {
  rig.max_batch = 7;
  for (int minute = 0; minute < 20; ++minute) {
    for (int i = 0; i < 5; ++i) rig.Append(rig.MakeSample("home"));
    rig.Advance(minutes(1));
  }
  rig.Run(minutes(2));
  for (int minute = 0; minute < 20; ++minute) {
    EXPECT_EQ(Writes("slots.good", Noon() + minutes(minute)), std::vector<double>{5});
  }
  EXPECT_EQ(rig.sent, 100U);
}

TEST_F(MackerelMetrics, PostsWhatIsLateTogetherWithTheNextMinute) {
  rig.Append(rig.MakeSample("home"));
  Sample late = rig.MakeSample("home");
  rig.Run(minutes(1) + seconds(20));
  EXPECT_EQ(rig.mackerel.calls.size(), 1U);
  rig.Append(std::move(late));
  rig.Run(seconds(40));
  EXPECT_EQ(rig.mackerel.calls.size(), 1U);
  rig.Run(seconds(10));
  EXPECT_EQ(rig.mackerel.calls.size(), 2U);
  EXPECT_EQ(Writes("slots.good", Noon()), (std::vector<double>{1, 2}));
}

TEST_F(MackerelMetrics, RemembersAnHourInLittleRoom) {
  for (int minute = 0; minute < 75; ++minute) {
    for (int i = 0; i < 100; ++i)
      rig.Append(rig.MakeSample("home", Status::kPass, milliseconds(i)));
    rig.Run(minutes(1), seconds(30));
  }
  rig.Run(minutes(2));
  EXPECT_EQ(Point("duration.p95", Noon() + minutes(70)), 0.094);
  const double over_hour = *Point("duration.p95_hour", Noon() + minutes(70));
  EXPECT_GE(over_hour, 0.094);
  EXPECT_LE(over_hour, 0.094 * 1.0906);
  std::size_t bytes = 0;
  for (const auto& [series, state] : rig.states) bytes += state.size();
  EXPECT_LT(bytes, 24'000U);  // every one of them would take 63,000
}

TEST_F(MackerelMetrics, KeepsThePartOfALargeMinuteOverARestart) {
  rig.max_batch = 7;
  for (int i = 0; i < 50; ++i) rig.Append(rig.MakeSample("home"));
  rig.Advance(seconds(65));
  rig.mackerel.fault = [](const PostRequest&) {
    PostResponse response;
    response.status = 503;
    return response;
  };
  rig.Poll();
  ASSERT_GT(rig.Waiting(), 0U);
  ASSERT_LT(rig.Waiting(), 8U);
  EXPECT_TRUE(rig.mackerel.points.empty());
  rig.Restart();
  rig.mackerel.fault = nullptr;
  rig.Run(minutes(1));
  EXPECT_EQ(Writes("slots.good", Noon()), std::vector<double>{50});
}

TEST_F(MackerelMetrics, CutsALargeNumberOfValuesIntoCalls) {
  for (int i = 0; i < 300; ++i) rig.Append(rig.MakeSample("check-" + std::to_string(i)));
  rig.Run(minutes(2));
  EXPECT_EQ(rig.mackerel.points.size(), 300U * 11);
  EXPECT_EQ(rig.mackerel.CountCalls("POST"), 4U);
}

TEST_F(MackerelMetrics, MakesCallsSmallerThatAreTooLarge) {
  rig.mackerel.fault = [](const PostRequest& request) -> std::optional<PostResponse> {
    if (request.body.size() < 9000) return std::nullopt;
    PostResponse response;
    response.status = 413;
    return response;
  };
  for (int i = 0; i < 50; ++i) rig.Append(rig.MakeSample("check-" + std::to_string(i)));
  rig.Run(minutes(2));
  EXPECT_EQ(rig.mackerel.points.size(), 50U * 11);
  EXPECT_EQ(rig.sent, 50U);
  for (const Verdict& verdict : rig.verdicts) EXPECT_EQ(verdict.kind, Verdict::Kind::kTaken);
}

TEST_F(MackerelMetrics, NeverSendsWhatIsOlderThanADay) {
  rig.Append(rig.MakeSample("home"));
  rig.Append(rig.MakeSample("home"));
  rig.Advance(minutes(30));
  rig.Append(rig.MakeSample("home"));
  rig.Advance(std::chrono::hours(23) + minutes(40));
  rig.Poll();
  EXPECT_EQ(rig.expired, 2U);
  EXPECT_EQ(rig.sent, 1U);
  EXPECT_EQ(Point("slots.good", Noon()), std::nullopt);
  EXPECT_EQ(Point("slots.good", Noon() + minutes(30)), 1);
  EXPECT_EQ(rig.verdicts.back().message,
            "service metrics: 2 samples were older than Mackerel takes");
}

TEST_F(MackerelMetrics, LooksAtTheAgeAgainWheneverItTries) {
  rig.Append(rig.MakeSample("home"));
  bool is_down = true;
  rig.mackerel.fault = [&](const PostRequest&) -> std::optional<PostResponse> {
    if (!is_down) return std::nullopt;
    PostResponse response;
    response.error = "connection refused";
    return response;
  };
  rig.Advance(minutes(1) + seconds(5));
  rig.Poll();
  ASSERT_EQ(rig.verdicts.back().kind, Verdict::Kind::kRetry);
  EXPECT_EQ(rig.verdicts.back().message, "service metrics: connection refused");
  rig.Advance(std::chrono::hours(24));
  is_down = false;
  rig.Poll();
  EXPECT_EQ(rig.expired, 1U);
  EXPECT_TRUE(rig.mackerel.points.empty());
}

TEST_F(MackerelMetrics, TakesWhatWasFolded) {
  Rollup rollup;
  rollup.series = rig.SeriesOf("home");
  rollup.from = Noon() + seconds(3);
  rollup.at = Noon() + seconds(50);
  rollup.samples = 10;
  rollup.good = 8;
  rollup.bad = 1;
  rollup.missing = 1;
  for (int i = 1; i <= 9; ++i) {
    const auto status = i == 9 ? Status::kFail : Status::kPass;
    const auto reason = i == 9 ? Reason::kReset : Reason::kNone;
    rollup.tally.Add(status, reason, milliseconds(100 * i), {});
    rollup.exponential.Add(status, reason, milliseconds(100 * i), {});
  }
  rig.Append(rollup);
  rig.Append(rig.MakeSample("home", Status::kPass, milliseconds(1000)));
  rig.Run(minutes(2));
  EXPECT_EQ(Point("slots.good", Noon()), 9);
  EXPECT_EQ(Point("slots.bad", Noon()), 1);
  EXPECT_EQ(Point("slots.missing", Noon()), 1);
  EXPECT_EQ(Point("duration.mean", Noon()), 0.55);
  EXPECT_EQ(Point("duration.max", Noon()), 1);
  // The upper bound of the bucket, which is 9 % wide.
  EXPECT_GE(*Point("duration.p50", Noon()), 0.5);
  EXPECT_LE(*Point("duration.p50", Noon()), 0.5 * 1.0906);
  EXPECT_EQ(rig.sent, 11U);
}

TEST_F(MackerelMetrics, PutsOffWhileTheQuotaIsSpent) {
  rig.mackerel.quota = 0;
  rig.Append(rig.MakeSample("home"));
  rig.Advance(minutes(1) + seconds(5));
  rig.Poll();
  ASSERT_EQ(rig.verdicts.size(), 1U);
  EXPECT_EQ(rig.verdicts[0].kind, Verdict::Kind::kRetry);
  EXPECT_EQ(rig.verdicts[0].retry_after, minutes(1));
  EXPECT_EQ(rig.verdicts[0].message, "service metrics: Mackerel answered 429: too many requests");
  rig.mackerel.quota = 60;
  rig.mackerel.over_quota = 0;
  rig.Run(minutes(1));
  EXPECT_EQ(Point("slots.good", Noon()), 1);
}

TEST_F(MackerelMetrics, WorksOffABacklogWithinTheQuota) {
  rig.mackerel.quota = 65;
  rig.max_batch = 200;
  for (int minute = 0; minute < 300; ++minute) {
    for (int i = 0; i < 25; ++i) rig.Append(rig.MakeSample("check-" + std::to_string(i)));
    rig.Advance(minutes(1));
  }
  rig.Run(minutes(20));
  EXPECT_EQ(rig.Waiting(), 0U);
  EXPECT_EQ(rig.sent, 300U * 25);
  EXPECT_EQ(rig.mackerel.points.size(), 300U * 25 * 11);
}

TEST_F(MackerelMetrics, GoesOnAfterTheClockWasADayAhead) {
  rig.Append(rig.MakeSample("home"));
  rig.Run(minutes(2));
  Sample ahead = rig.MakeSample("home");
  ahead.at = rig.mackerel.now + std::chrono::hours(24);
  rig.Append(std::move(ahead));
  rig.Run(minutes(2));
  // The stand-in objects to the future, rightly.
  EXPECT_FALSE(rig.mackerel.complaints.empty());
  rig.mackerel.complaints.clear();
  for (int i = 0; i < 3; ++i) {
    const WallTime again = std::chrono::floor<minutes>(rig.mackerel.now);
    rig.Append(rig.MakeSample("home"));
    rig.Run(minutes(2));
    EXPECT_EQ(Point("slots.good", again), 1);
  }
  EXPECT_EQ(rig.expired, 0U);
}

TEST_F(MackerelMetrics, DoesNotTouchAMinuteThatWasGivenUp) {
  rig.Append(rig.MakeSample("home"));
  Sample late = rig.MakeSample("home");
  for (int i = 0; i < 80; ++i) {
    rig.Run(minutes(1));
    rig.Append(rig.MakeSample("home"));
  }
  rig.Append(std::move(late));
  rig.Run(minutes(2));
  EXPECT_EQ(rig.expired, 1U);
  EXPECT_EQ(Writes("slots.good", Noon()), std::vector<double>{1});
}

TEST_F(MackerelMetrics, ForgetsAChecksBookSomeTimeAfterItHasGone) {
  rig.Append(rig.MakeSample("home"));
  rig.Append(rig.MakeSample("cart"));
  rig.Run(minutes(2));
  EXPECT_EQ(rig.states.size(), 3U);  // two books, and which there are
  rig.Depart("home");
  for (int i = 0; i < 90; ++i) {
    rig.Append(rig.MakeSample("cart"));
    rig.Run(minutes(1));
  }
  EXPECT_EQ(rig.states.size(), 2U);
  rig.Restart();
  rig.Append(rig.MakeSample("home"));
  rig.Run(minutes(2));
  EXPECT_EQ(rig.states.size(), 3U);
}

TEST_F(MackerelMetrics, KeepsTheBookOfACheckThatHasComeBack) {
  rig.Append(rig.MakeSample("home"));
  rig.Run(minutes(2));
  rig.Depart("home");
  for (int i = 0; i < 100; ++i) {
    rig.Append(rig.MakeSample("cart"));
    if (i % 5 == 0) {
      rig.Append(rig.MakeSample("home", i % 10 == 0 ? Status::kPass : Status::kFail));
    }
    rig.Run(minutes(1), seconds(30));
  }
  EXPECT_EQ(Point("availability.hour", Noon() + minutes(92)), 0.5);
}

TEST_F(MackerelMetrics, TwoChecksOfOneSanitisedNameStayTwo) {
  rig.Append(rig.MakeSample("a/b"));
  rig.Append(rig.MakeSample("a.b"));
  rig.Append(rig.MakeSample("a_b", Status::kFail));
  rig.Run(minutes(2));
  EXPECT_EQ(rig.mackerel.points.size(), 33U);
}

TEST_F(MackerelMetrics, StopsSilentlyWhenCancelled) {
  auto& mackerel = rig.mackerel;
  class NoStates final : public LaneStates {
    std::optional<std::string> Load(std::int64_t) override { return std::nullopt; }
  } states;
  const auto sink =
      MakeMackerelMetricsSink(rig.spec, rig.sender, states, mackerel, [&] { return mackerel.now; });
  SpoolItem item;
  item.content = rig.MakeSample("home");
  const SpoolItem* items[] = {&item};
  Sink::Limits limits;
  limits.now = mackerel.now;
  limits.is_final = true;
  ASSERT_EQ(sink->Prepare(items, limits), 1U);
  sink->Send([](const Verdict&) { FAIL() << "it was cancelled"; });
  sink->Cancel();
  mackerel.Pump();
  EXPECT_TRUE(mackerel.points.empty());
}

}  // namespace
}  // namespace gaikei::testing
