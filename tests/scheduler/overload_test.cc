#include "scheduler/overload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scheduler/world.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr LoadSigns kWell{};

/// Looks once a second.
class Overload : public ::testing::Test {
 protected:
  unsigned Look(const LoadSigns& signs, int seconds) {
    for (int i = 0; i < seconds; ++i) manager_.Look(signs, now_ += 1s);
    return manager_.stage();
  }

  OverloadManager manager_;
  MonoTime now_{};
};

TEST_F(Overload, GetsWorseStepByStepAndBetterMoreSlowly) {
  LoadSigns late = kWell;
  late.loop_lag = 201ms;
  EXPECT_EQ(Look(kWell, 100), 0U);
  EXPECT_EQ(Look(late, 5), 0U);
  EXPECT_EQ(Look(late, 1), 1U);
  EXPECT_THAT(manager_.trouble(), HasSubstr("201ms late"));
  EXPECT_EQ(Look(late, 5), 2U);
  EXPECT_EQ(Look(late, 60), 4U);
  EXPECT_EQ(Look(kWell, 30), 4U);
  EXPECT_EQ(manager_.trouble(), "");
  EXPECT_EQ(Look(kWell, 1), 3U);
  EXPECT_EQ(Look(kWell, 29), 3U);
  EXPECT_EQ(Look(kWell, 1), 2U);
  EXPECT_EQ(Look(kWell, 60), 0U);
}

TEST_F(Overload, IsNotOfAMoment) {
  LoadSigns waiting = kWell;
  waiting.waiting = 7;
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(Look(waiting, 4), 0U);
    EXPECT_EQ(Look(kWell, 1), 0U);
  }
}

TEST_F(Overload, HasThreeSigns) {
  LoadSigns signs = kWell;
  signs.memory_left = 0.04;
  Look(signs, 1);
  EXPECT_EQ(manager_.trouble(), "4.0 % of the memory are left");
  signs = kWell;
  signs.waiting = 7;
  Look(signs, 1);
  EXPECT_EQ(manager_.trouble(), "7 slots wait for a place");
  signs = kWell;
  signs.loop_lag = 200ms;
  signs.memory_left = 0.05;
  Look(signs, 1);
  EXPECT_EQ(manager_.trouble(), "");
}

TEST(Stretch, IsThatOfTheManual) {
  const unsigned table[5][4] = {
      {1, 1, 1, 1}, {1, 1, 1, 1}, {2, 1, 1, 1}, {4, 2, 1, 1}, {8, 4, 2, 1}};
  for (unsigned stage = 0; stage <= OverloadManager::kMostStage; ++stage) {
    EXPECT_EQ(StretchOf(stage, 0), table[stage][0]) << stage;
    EXPECT_EQ(StretchOf(stage, 33), table[stage][0]) << stage;
    EXPECT_EQ(StretchOf(stage, 34), table[stage][1]) << stage;
    EXPECT_EQ(StretchOf(stage, 66), table[stage][1]) << stage;
    EXPECT_EQ(StretchOf(stage, 67), table[stage][2]) << stage;
    EXPECT_EQ(StretchOf(stage, 99), table[stage][2]) << stage;
    EXPECT_EQ(StretchOf(stage, 100), table[stage][3]) << stage;
  }
}

TEST(Stretch, LeavesSlotsOutEvenlyAndTellsEachOfThem) {
  World world;
  const auto check = world.NewCheck({1ms, Reason::kNone});
  std::vector<PlannedCheck> plan;
  for (const auto& [name, priority] : {std::pair{"low", 25}, {"normal", 50}, {"high", 75}}) {
    plan.push_back(world.Plan(name, check, 10s));
    plan.back().priority = static_cast<unsigned char>(priority);
  }
  world.runner->SetPlan(std::move(plan));
  world.runner->SetOverloadStage(3);
  world.clock.Advance(10min + 1s);
  for (const auto& [name, left_out] : {std::pair{"low", 45U}, {"normal", 30U}, {"high", 0U}}) {
    world.ExpectEverySlotOnce(name, {10s, 0s}, kMidnight, kMidnight + 10min + 1ns);
    EXPECT_NEAR(static_cast<double>(world.Count(name, Reason::kProberOverload)), left_out, 1)
        << name;
  }
  for (const Outcome& outcome : world.Of("normal")) {
    if (outcome.reason == Reason::kNone) continue;
    EXPECT_EQ(outcome.status, Status::kUnknown);
    EXPECT_THAT(outcome.message, HasSubstr("in stage 3 the check is made every 2 slots"));
  }
  world.runner->SetOverloadStage(0);
  world.outcomes.clear();
  world.clock.Advance(10min);
  EXPECT_EQ(world.Count("low", Reason::kProberOverload), 0U);
}

}  // namespace
}  // namespace gaikei
