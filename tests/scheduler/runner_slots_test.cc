#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "tests/scheduler/world.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;

TEST(Runner, GivesEverySlotOfADayExactlyOneOutcome) {
  World world;
  const auto fast = world.NewCheck({20ms, Reason::kNone});
  const auto failing = world.NewCheck({3s, Reason::kConnectRefused});
  const auto slow = world.NewCheck({25s, Reason::kConnectTimeout});
  PlannedCheck overlapping = world.Plan("overlapping", slow, 10s, 3s);
  overlapping.timeout = 30s;
  world.runner->SetPlan({world.Plan("fast", fast, 60s, 17s + 5ns),
                         world.Plan("failing", failing, 5min, 1s), overlapping,
                         world.Plan("daily", fast, 24h, 7h)});
  world.clock.Advance(24h);
  world.runner->Stop(1min, nullptr);
  world.clock.Advance(1min);

  world.ExpectEverySlotOnce("fast", {60s, 17s + 5ns}, kMidnight, kMidnight + 24h);
  world.ExpectEverySlotOnce("failing", {5min, 1s}, kMidnight, kMidnight + 24h);
  world.ExpectEverySlotOnce("overlapping", {10s, 3s}, kMidnight, kMidnight + 24h);
  world.ExpectEverySlotOnce("daily", {24h, 7h}, kMidnight, kMidnight + 24h);
  EXPECT_EQ(world.Count("fast", Reason::kNone), 24U * 60U);
  EXPECT_EQ(world.Count("failing", Reason::kConnectRefused), 24U * 12U);
  for (const Outcome& outcome : world.outcomes) EXPECT_EQ(outcome.lateness, Span::zero());
}

TEST(Runner, TellsWhatTheAttemptSawAndWhenItRan) {
  World world;
  const auto check = world.NewCheck({3s, Reason::kConnectRefused});
  PlannedCheck planned = world.Plan("website", check, 60s, 5s);
  planned.timeout = 4s;
  world.runner->SetPlan({planned});
  world.clock.Advance(10s);

  ASSERT_EQ(world.outcomes.size(), 1U);
  const Outcome& outcome = world.outcomes.front();
  EXPECT_EQ(outcome.status, Status::kFail);
  EXPECT_EQ(outcome.reason, Reason::kConnectRefused);
  EXPECT_EQ(outcome.duration, 3s);
  EXPECT_EQ(outcome.region, "local");
  EXPECT_EQ(outcome.scheduled_at, kMidnight + 5s);
  EXPECT_EQ(outcome.started_at, kMidnight + 5s);
  EXPECT_EQ(outcome.prober.in_flight, 1U);
  ASSERT_EQ(outcome.attempts.size(), 1U);
  EXPECT_EQ(outcome.attempts.front().reason, Reason::kConnectRefused);
  EXPECT_EQ(check->timeout(), 4s);
  EXPECT_EQ(check->alive(), 0);
}

TEST(Runner, StartsTheNextSlotOnTimeWhileTheFormerIsInFlight) {
  World world;
  const auto check = world.NewCheck({90s, Reason::kNone});
  PlannedCheck planned = world.Plan("slow", check, 60s);
  planned.timeout = 120s;
  world.runner->SetPlan({planned});
  world.clock.Advance(61s);
  EXPECT_EQ(world.runner->in_flight(), 2U);
  world.clock.Advance(10min);
  const auto& started = check->started();
  for (std::size_t i = 1; i < started.size(); ++i) EXPECT_EQ(started[i] - started[i - 1], 60s);
}

TEST(Runner, SkipsASlotThatFoundNoPlaceUntilItsSuccessorWasDue) {
  World world(1);
  const auto check = world.NewCheck({90s, Reason::kNone});
  PlannedCheck planned = world.Plan("slow", check, 60s);
  planned.timeout = 120s;
  world.runner->SetPlan({planned});
  world.clock.Advance(1h);
  world.runner->Stop(2min, nullptr);
  world.clock.Advance(2min);

  world.ExpectEverySlotOnce("slow", planned.grid, kMidnight, kMidnight + 1h + 1ns);
  EXPECT_GT(world.Count("slow", Reason::kNone), 20U);
  EXPECT_GT(world.Count("slow", Reason::kProberSkipped), 10U);
  for (const Outcome& outcome : world.Of("slow")) {
    if (outcome.reason != Reason::kProberSkipped) {
      EXPECT_LE(outcome.lateness.value(), 60s);
      continue;
    }
    EXPECT_EQ(outcome.status, Status::kUnknown);
    EXPECT_FALSE(outcome.lateness.has_value());
    EXPECT_TRUE(outcome.attempts.empty());
  }
}

TEST(Runner, NamesTheCapWhenASlotWaitedItsWholeTimeout) {
  World world(1);
  const auto hog = world.NewCheck({50s, Reason::kNone});
  PlannedCheck hogging = world.Plan("hog", hog, 1h);
  hogging.timeout = 60s;
  const auto quick = world.NewCheck({1ms, Reason::kNone});
  world.runner->SetPlan({hogging, world.Plan("quick", quick, 1h, 1s)});
  world.clock.Advance(12s);
  ASSERT_EQ(world.Count("quick", Reason::kProberSkipped), 1U);
  EXPECT_NE(world.Of("quick")[0].message.find("max_in_flight"), std::string::npos);
  EXPECT_EQ(quick->starts(), 0);
}

TEST(Runner, LetsWaitingSlotsStartInTheirOrder) {
  World world(1);
  const auto check = world.NewCheck({1s, Reason::kNone});
  world.runner->SetPlan({world.Plan("a", check, 1h, 1ms), world.Plan("b", check, 1h, 2ms),
                         world.Plan("c", check, 1h, 3ms)});
  world.clock.Advance(5s);
  ASSERT_EQ(world.outcomes.size(), 3U);
  EXPECT_EQ(world.outcomes[0].check->name, "a");
  EXPECT_EQ(world.outcomes[1].check->name, "b");
  EXPECT_EQ(world.outcomes[2].check->name, "c");
  EXPECT_EQ(world.outcomes[2].lateness, 2s - 2ms);
}

TEST(Runner, HasNoSecondWithTwiceTheMeanOfTenThousandStarts) {
  World world(100'000);
  const auto check = world.NewCheck({1ms, Reason::kNone});
  std::vector<PlannedCheck> plan;
  for (int i = 0; i < 10'000; ++i) {
    const std::string name = "check-" + std::to_string(i);
    plan.push_back(world.Plan(name, check, 60s, PhaseOf(name, 60s, 0, 1)));
  }
  world.runner->SetPlan(plan);
  world.clock.Advance(60s - 1ns);
  EXPECT_EQ(check->starts(), 10'000);
  std::map<std::int64_t, int> per_second;
  for (const MonoTime start : check->started()) ++per_second[start.time_since_epoch() / 1s];
  for (const auto& [second, count] : per_second) EXPECT_LT(count, 2 * 10'000 / 60) << second;
}

TEST(Runner, RunsEveryCheckOnceAndReports) {
  World world(3);
  const auto check = world.NewCheck({40s, Reason::kNone});
  std::vector<PlannedCheck> plan;
  for (int i = 0; i < 20; ++i) plan.push_back(world.Plan(std::to_string(i), check, 1s));
  int done = 0;
  std::size_t given_when_done = 0;
  world.runner->RunOnce(plan, [&] {
    ++done;
    given_when_done = world.outcomes.size();
  });
  for (PlannedCheck& planned : plan) planned.timeout = 50s;
  world.clock.Advance(9min);
  EXPECT_EQ(done, 1);
  EXPECT_EQ(given_when_done, 20U);
  std::set<std::string> names;
  for (const Outcome& outcome : world.outcomes) names.insert(outcome.check->name);
  EXPECT_EQ(names.size(), 20U);
  EXPECT_FALSE(world.clock.has_armed()) << "nothing is left to wait for";
}

TEST(Runner, ReportsAnEmptyRoundAtOnce) {
  World world;
  int done = 0;
  world.runner->RunOnce({}, [&] { ++done; });
  EXPECT_EQ(done, 1);
}

TEST(Runner, IsIdleWhenNothingIsPlanned) {
  World world;
  EXPECT_FALSE(world.clock.has_armed());
  const auto check = world.NewCheck({1s, Reason::kNone});
  world.runner->SetPlan({world.Plan("a", check, 60s)});
  EXPECT_TRUE(world.clock.has_armed());
  world.runner->SetPlan({});
  world.clock.Advance(10s);
  EXPECT_FALSE(world.clock.has_armed());
}

}  // namespace
}  // namespace gaikei
