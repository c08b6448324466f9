#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/scheduler/world.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;

TEST(RunnerReload, LosesNoSlotAndRunsNoneTwiceWheneverItComes) {
  World world;
  const auto check = world.NewCheck({1500ms, Reason::kNone});
  std::mt19937 random(1);  // NOLINT: the same sequence in every run
  std::uniform_int_distribution<int> milliseconds(0, 900);
  std::vector<PlannedCheck> plan;
  for (int i = 0; i < 10; ++i) {
    const std::string name = "check-" + std::to_string(i);
    plan.push_back(world.Plan(name, check, (i + 1) * 1s, i * 100ms));
  }
  const MonoTime end = world.clock.Mono() + 10min;
  while (true) {
    for (PlannedCheck& planned : plan) {
      if (milliseconds(random) < 300) ++planned.revision;
    }
    world.runner->SetPlan(plan);
    const Span step = milliseconds(random) * 1ms;
    if (world.clock.Mono() + step >= end) break;
    // Now and then the reload is handled before the alarm of a slot that is due.
    if (step > 800ms) world.clock.Burn(step % 7ms);
    world.clock.Advance(step);
  }
  const WallTime until = world.clock.Wall() + 1ns;
  world.runner->Stop(1min, nullptr);
  world.clock.Advance(1min);
  for (const PlannedCheck& planned : plan) {
    world.ExpectEverySlotOnce(planned.identity->name, planned.grid, kMidnight, until);
    EXPECT_EQ(world.Count(planned.identity->name, Reason::kProberSkipped), 0U);
  }
}

TEST(RunnerReload, DoesNotRepeatASlotThatIsDueAtThatVeryInstant) {
  World world;
  const auto check = world.NewCheck({1ms, Reason::kNone});
  PlannedCheck planned = world.Plan("a", check, 60s);
  world.runner->SetPlan({planned});
  world.clock.Advance(0s);
  EXPECT_EQ(check->starts(), 1);
  ++planned.revision;
  world.runner->SetPlan({planned});
  world.clock.Advance(59s);
  EXPECT_EQ(check->starts(), 1);
}

TEST(RunnerReload, LetsAttemptsInFlightEndWithTheConfigurationTheyStartedWith) {
  World world;
  const auto old_check = world.NewCheck({5s, Reason::kConnectRefused});
  const auto new_check = world.NewCheck({5s, Reason::kNone});
  world.runner->SetPlan({world.Plan("kept", old_check, 60s), world.Plan("gone", old_check, 60s)});
  world.clock.Advance(2s);
  PlannedCheck changed = world.Plan("kept", new_check, 60s);
  changed.revision = 2;
  world.runner->SetPlan({changed});
  world.clock.Advance(70s);
  EXPECT_EQ(world.Count("kept", Reason::kConnectRefused), 1U);
  EXPECT_EQ(world.Count("kept", Reason::kNone), 1U);
  EXPECT_EQ(world.Count("gone", Reason::kConnectRefused), 1U);
  EXPECT_EQ(world.Of("gone").size(), 1U);
}

TEST(RunnerReload, BeginsANewGridWithItsFirstSlotFromNow) {
  World world;
  const auto check = world.NewCheck({1ms, Reason::kNone});
  world.runner->SetPlan({world.Plan("a", check, 60s)});
  world.clock.Advance(90s);
  world.runner->SetPlan({world.Plan("a", check, 20s, 5s)});
  world.clock.Advance(60s);
  const auto outcomes = world.Of("a");
  ASSERT_EQ(outcomes.size(), 5U);
  EXPECT_EQ(outcomes[1].scheduled_at, kMidnight + 60s);
  EXPECT_EQ(outcomes[2].scheduled_at, kMidnight + 105s);
  EXPECT_EQ(outcomes[4].scheduled_at, kMidnight + 145s);
}

TEST(RunnerReload, KeepsRegionsOfOneCheckApart) {
  World world;
  const auto check = world.NewCheck({1ms, Reason::kNone});
  PlannedCheck here = world.Plan("a", check, 60s, 10s);
  PlannedCheck there = world.Plan("a", check, 60s, 40s);
  Region region;
  region.name = "tokyo";
  there.region = std::make_shared<const Region>(region);
  world.runner->SetPlan({here, there});
  world.clock.Advance(20s);
  world.runner->SetPlan({there, here});
  world.clock.Advance(51s);
  ASSERT_EQ(world.outcomes.size(), 3U);
  EXPECT_EQ(world.outcomes[0].region, "local");
  EXPECT_EQ(world.outcomes[1].region, "tokyo");
  EXPECT_EQ(world.outcomes[2].region, "local");
}

}  // namespace
}  // namespace gaikei
