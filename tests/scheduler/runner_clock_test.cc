// Pauses of the process and steps of the wall clock.

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/scheduler/world.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;

std::vector<PlannedCheck> ManyChecks(World& world, int count, Span every,
                                     const std::shared_ptr<FakeCheck>& check) {
  std::vector<PlannedCheck> plan;
  for (int i = 0; i < count; ++i) {
    const std::string name = "check-" + std::to_string(i);
    plan.push_back(world.Plan(name, check, every, PhaseOf(name, every, 0, 1)));
  }
  return plan;
}

TEST(RunnerClock, FiresNoBurstAfterAPauseOfAnHour) {
  World world(100'000);
  const auto check = world.NewCheck({1ms, Reason::kNone});
  const auto plan = ManyChecks(world, 1000, 60s, check);
  world.runner->SetPlan(plan);
  world.clock.Advance(10min);
  const int before = check->starts();
  world.clock.Freeze(1h);
  EXPECT_LE(check->starts() - before, 2 * 1000 / 60) << "at most what is due in a second";
  world.clock.Advance(10min);

  EXPECT_GE(world.outcomes.size(), 80U * 1000U - 1000U);
  for (const PlannedCheck& planned : plan) {
    world.ExpectEverySlotOnce(planned.identity->name, planned.grid, kMidnight, kMidnight + 80min);
  }
  for (const Outcome& outcome : world.outcomes) {
    if (outcome.reason != Reason::kProberSkipped) continue;
    EXPECT_EQ(outcome.status, Status::kUnknown);
    EXPECT_FALSE(outcome.lateness.has_value());
  }
}

TEST(RunnerClock, StartsASlotLateWhileItsSuccessorIsNotDue) {
  World world;
  const auto check = world.NewCheck({1s, Reason::kNone});
  world.runner->SetPlan({world.Plan("hourly", check, 1h, 10min)});
  world.clock.Advance(9min);
  world.clock.Freeze(20min);
  world.clock.Advance(2s);
  ASSERT_EQ(world.outcomes.size(), 1U);
  EXPECT_EQ(world.outcomes[0].reason, Reason::kNone);
  EXPECT_EQ(world.outcomes[0].lateness, 19min);
  EXPECT_EQ(world.outcomes[0].scheduled_at, kMidnight + 10min);
}

TEST(RunnerClock, BoundsLateStartsAfterAPauseShorterThanTheInterval) {
  World world(100'000);
  const auto check = world.NewCheck({1ms, Reason::kNone});
  const auto plan = ManyChecks(world, 2000, 1h, check);
  world.runner->SetPlan(plan);
  world.clock.Freeze(50min);
  EXPECT_LE(check->starts(), 110);
  EXPECT_GE(check->starts(), 100);
  world.clock.Advance(70min - 1ns);
  for (const PlannedCheck& planned : plan) {
    world.ExpectEverySlotOnce(planned.identity->name, planned.grid, kMidnight, kMidnight + 2h);
  }
}

TEST(RunnerClock, BoundsTheOutcomesOfAVeryLongPauseAndTellsHowManyMore) {
  World world;
  const auto check = world.NewCheck({1ms, Reason::kNone});
  world.runner->SetPlan({world.Plan("a", check, 1s, 500ms)});
  world.clock.Advance(10s);
  world.clock.Freeze(1h);
  EXPECT_EQ(world.Count("a", Reason::kProberSkipped), 1000U);
  const std::string message = world.Of("a")[10].message;
  EXPECT_NE(message.find("2599 earlier slots"), std::string::npos) << message;
}

TEST(RunnerClock, RunsNoSlotTwiceAndFiresNoBurstAfterAStepForward) {
  World world(100'000);
  const auto check = world.NewCheck({1ms, Reason::kNone});
  const auto plan = ManyChecks(world, 1000, 60s, check);
  world.runner->SetPlan(plan);
  world.clock.Advance(10min);
  const int before = check->starts();
  world.clock.StepWall(1h);
  world.clock.Advance(1s);
  EXPECT_LE(check->starts() - before, 3 * 1000 / 60);
  world.clock.Advance(10min - 1s);
  for (const PlannedCheck& planned : plan) {
    world.ExpectEverySlotOnce(planned.identity->name, planned.grid, kMidnight, kMidnight + 80min);
  }
}

TEST(RunnerClock, WaitsForTheNextSlotAfterASmallStepBack) {
  World world;
  const auto check = world.NewCheck({1ms, Reason::kNone});
  world.runner->SetPlan({world.Plan("a", check, 60s)});
  world.clock.Advance(10min + 5s);
  world.clock.StepWall(-50s);
  world.clock.Advance(10min + 46s);
  world.ExpectEverySlotOnce("a", {60s, 0s}, kMidnight, kMidnight + 20min + 1s);
}

TEST(RunnerClock, GoesOnWithTheGridAfterABigStepBack) {
  World world(100'000);
  const auto check = world.NewCheck({1ms, Reason::kNone});
  const auto plan = ManyChecks(world, 1000, 60s, check);
  world.runner->SetPlan(plan);
  world.clock.Advance(10min);
  const int before = check->starts();
  world.clock.StepWall(-2h);
  world.clock.Advance(1s);
  EXPECT_LE(check->starts() - before, 3 * 1000 / 60) << "no burst";
  world.clock.Advance(10min - 1s);
  const int after = check->starts() - before;
  EXPECT_GE(after, 9 * 1000);
  EXPECT_LE(after, 11 * 1000);
}

TEST(RunnerClock, TellsNoSlotAsMissedThatHadItsOutcome) {
  World world;
  const auto check = world.NewCheck({1ms, Reason::kNone});
  world.runner->SetPlan({world.Plan("a", check, 60s, 30s)});
  world.clock.Advance(3h);
  world.clock.StepWall(-2h);
  world.clock.Advance(10min);
  world.clock.StepWall(2h);
  world.clock.Advance(10min);
  EXPECT_EQ(world.Count("a", Reason::kProberSkipped), 0U + 10U)
      << "the ten minutes after the three hours alone were never looked at";
}

TEST(RunnerClock, FollowsASlowSlewWithinASecond) {
  World world;
  const auto check = world.NewCheck({1ms, Reason::kNone});
  world.runner->SetPlan({world.Plan("a", check, 60s)});
  for (int i = 0; i < 3600; ++i) {
    world.clock.Advance(1s);
    world.clock.StepWall(500us);
  }
  world.ExpectEverySlotOnce("a", {60s, 0s}, kMidnight, kMidnight + 1h + 1s);
  for (const Outcome& outcome : world.outcomes) {
    EXPECT_LE(outcome.started_at - outcome.scheduled_at, 1s + 1ms);
  }
}

}  // namespace
}  // namespace gaikei
