#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "scheduler/gate.h"
#include "scheduler/host_limits.h"
#include "scheduler/limiter.h"
#include "tests/scheduler/world.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// Checks of one or several hosts, and how many of their attempts there were at once.
class RunnerLimits : public ::testing::Test {
 protected:
  std::shared_ptr<FakeCheck> Counted(Act act) {
    auto check = world_.NewCheck([this, act](int) {
      if (counted_) most_ = std::max(most_, counted_->alive() + 1);
      return act;
    });
    counted_ = check.get();
    return check;
  }

  PlannedCheck PlanOn(std::uint64_t host, const std::string& name,
                      const std::shared_ptr<const Check>& check, Span every, Span phase = 0ns) {
    PlannedCheck planned = world_.Plan(name, check, every, phase);
    planned.host = host;
    return planned;
  }

  void SetPlan(const LoadLimits& limits, std::vector<PlannedCheck> plan) {
    limits_ = limits;
    limiter_.emplace(limits);
    limiter_->Assign(plan, limits_.in_flight_per_host);
    world_.runner->SetPlan(std::move(plan));
  }

  World world_;
  LoadLimits limits_;
  std::optional<Limiter> limiter_;
  FakeCheck* counted_ = nullptr;
  int most_ = 0;
};

TEST_F(RunnerLimits, KeepToThoseOfAHostAndLetOthersPass) {
  const auto check = Counted({500ms, Reason::kNone});
  const auto other = world_.NewCheck({1ms, Reason::kNone});
  std::vector<PlannedCheck> plan;
  for (int i = 0; i < 9; ++i) plan.push_back(PlanOn(1, "a" + std::to_string(i), check, 1h, 1s));
  plan.push_back(PlanOn(2, "b", other, 1h, 1s + 1ms));
  SetPlan({.in_flight_per_host = 3}, std::move(plan));
  world_.clock.Advance(10s);
  EXPECT_EQ(most_, 3);
  ASSERT_EQ(world_.outcomes.size(), 10U);
  EXPECT_EQ(world_.Of("b")[0].lateness, 0ns);
  std::map<Span, int> starts;
  for (const Outcome& outcome : world_.outcomes) ++starts[outcome.lateness.value()];
  EXPECT_EQ(starts, (std::map<Span, int>{{0ns, 4}, {500ms, 3}, {1s, 3}}));
}

TEST_F(RunnerLimits, KeepToThoseOfAKind) {
  const auto check = Counted({500ms, Reason::kNone});
  std::vector<PlannedCheck> plan;
  for (int i = 0; i < 4; ++i) {
    plan.push_back(PlanOn(static_cast<std::uint64_t>(i), "a" + std::to_string(i), check, 1h, 1s));
  }
  SetPlan({.in_flight_per_kind = {{"fake", 2}}}, std::move(plan));
  world_.clock.Advance(10s);
  EXPECT_EQ(most_, 2);
  EXPECT_EQ(world_.outcomes.size(), 4U);
}

TEST_F(RunnerLimits, SkipASlotThatGotNoPlaceAndLoseNone) {
  const auto stuck = world_.NewCheck([](int attempt) {
    return attempt == 0 ? Act{50s, Reason::kNone} : Act{1ms, Reason::kNone};
  });
  const auto quick = world_.NewCheck({1ms, Reason::kNone});
  PlannedCheck hogging = PlanOn(1, "hog", stuck, 1h);
  hogging.timeout = 60s;
  SetPlan({.in_flight_per_host = 1}, {hogging, PlanOn(1, "quick", quick, 20s, 1s)});
  world_.clock.Advance(12s);
  ASSERT_EQ(world_.Count("quick", Reason::kProberSkipped), 1U);
  EXPECT_THAT(world_.Of("quick")[0].message, HasSubstr("at most 1 attempts to this host"));
  EXPECT_THAT(world_.Of("quick")[0].message, HasSubstr("max_in_flight_per_host"));
  world_.clock.Advance(10min);
  EXPECT_EQ(world_.Count("quick", Reason::kProberSkipped), 2U);
  EXPECT_GT(quick->starts(), 25);
}

TEST_F(RunnerLimits, SpreadWhatAHostIsAskedEvenlyConfirmationsToo) {
  const auto check = world_.NewCheck([](int attempt) {
    return Act{1ms, attempt == 0 ? Reason::kConnectRefused : Reason::kNone};
  });
  std::vector<PlannedCheck> plan;
  for (int i = 0; i < 5; ++i) {
    plan.push_back(PlanOn(1, "a" + std::to_string(i), check, 1h, 1s));
    plan.back().confirm = 2;
  }
  SetPlan({.rate_per_host = 4}, std::move(plan));
  world_.clock.Advance(20s);
  EXPECT_EQ(world_.outcomes.size(), 5U);
  ASSERT_EQ(check->starts(), 6);  // one was repeated
  for (std::size_t i = 1; i < 6; ++i) {
    EXPECT_EQ(check->started()[i] - check->started()[i - 1], 250ms) << i;
  }
}

TEST_F(RunnerLimits, SkipASlotWhoseHostMayNotBeAskedInTime) {
  const auto check = world_.NewCheck({1ms, Reason::kNone});
  std::vector<PlannedCheck> plan;
  for (int i = 0; i < 8; ++i) plan.push_back(PlanOn(1, "a" + std::to_string(i), check, 5s, 1s));
  SetPlan({.rate_per_host = 1}, std::move(plan));
  world_.clock.Advance(5min);
  // Five of eight can be asked within their interval: no more were, and no turn was wasted.
  EXPECT_NEAR(check->starts(), 300, 3);
  std::size_t skipped = 0;
  for (const Outcome& outcome : world_.outcomes) {
    if (outcome.reason != Reason::kProberSkipped) continue;
    ++skipped;
    EXPECT_THAT(outcome.message, HasSubstr("max_rate_per_host"));
  }
  EXPECT_NEAR(static_cast<double>(skipped), 180, 5);
}

TEST_F(RunnerLimits, GiveEverySlotItsOutcomeWhenStoppedAndEveryPlaceBack) {
  const auto check = world_.NewCheck({500ms, Reason::kNone});
  std::vector<PlannedCheck> plan;
  for (int i = 0; i < 5; ++i) plan.push_back(PlanOn(1, "a" + std::to_string(i), check, 1h, 1s));
  SetPlan({.in_flight_per_host = 2}, plan);
  limiter_->Assign(plan, limits_.in_flight_per_host);
  Gate& gate = *plan[0].host_limits->gate;
  world_.clock.Advance(1100ms);
  world_.runner->Stop(1min, nullptr);
  world_.clock.Advance(10s);
  EXPECT_EQ(world_.outcomes.size(), 5U);
  EXPECT_TRUE(gate.Enter(std::make_shared<GateWaiter>()));
  EXPECT_TRUE(gate.Enter(std::make_shared<GateWaiter>()));
  EXPECT_FALSE(gate.Enter(std::make_shared<GateWaiter>()));
}

TEST_F(RunnerLimits, GivePlacesBackWhenDestroyed) {
  const auto check = world_.NewCheck({500ms, Reason::kNone});
  std::vector<PlannedCheck> plan;
  for (int i = 0; i < 3; ++i) plan.push_back(PlanOn(1, "a" + std::to_string(i), check, 1h, 1s));
  SetPlan({.in_flight_per_host = 1}, plan);
  limiter_->Assign(plan, limits_.in_flight_per_host);
  world_.clock.Advance(1100ms);
  EXPECT_EQ(check->alive(), 1);
  world_.runner.reset();
  EXPECT_TRUE(plan[0].host_limits->gate->Enter(std::make_shared<GateWaiter>()));
}

TEST_F(RunnerLimits, AreSharedFairlyByTwoLoops) {
  const auto check = Counted({100ms, Reason::kNone});
  Runner second(world_.clock, world_.engine, {2000, world_.Poster()},
                [this](Outcome outcome) { world_.outcomes.push_back(std::move(outcome)); });
  std::vector<PlannedCheck> plan;
  for (int i = 0; i < 40; ++i) {
    plan.push_back(PlanOn(1, (i < 20 ? "a" : "b") + std::to_string(i), check, 1h, 1s));
  }
  limits_.in_flight_per_host = 1;
  limiter_.emplace(limits_);
  limiter_->Assign(plan, limits_.in_flight_per_host);
  world_.runner->SetPlan({plan.begin(), plan.begin() + 20});
  second.SetPlan({plan.begin() + 20, plan.end()});
  world_.clock.Advance(3050ms);  // half of them had their turn
  EXPECT_EQ(most_, 1);
  const auto done = [this](char loop) {
    return std::count_if(world_.outcomes.begin(), world_.outcomes.end(),
                         [=](const Outcome& outcome) { return outcome.check->name[0] == loop; });
  };
  EXPECT_EQ(done('a') + done('b'), 20);
  // They asked at the same time, the first loop's first.
  EXPECT_EQ(done('a'), 20);
  world_.clock.Advance(10s);
  EXPECT_EQ(done('b'), 20);
  EXPECT_EQ(most_, 1);
}

TEST_F(RunnerLimits, LetTheImportantGoFirst) {
  World world(1);
  const auto check = world.NewCheck({1s, Reason::kNone});
  std::vector<PlannedCheck> plan;
  for (const auto& [name, priority] :
       {std::pair{"first", 50}, {"low", 25}, {"normal", 50}, {"high", 75}}) {
    plan.push_back(world.Plan(name, check, 1h, 1ms * static_cast<int>(plan.size() + 1)));
    plan.back().priority = static_cast<unsigned char>(priority);
  }
  world.runner->SetPlan(std::move(plan));
  world.clock.Advance(10s);
  ASSERT_EQ(world.outcomes.size(), 4U);
  EXPECT_EQ(world.outcomes[0].check->name, "first");
  EXPECT_EQ(world.outcomes[1].check->name, "high");
  EXPECT_EQ(world.outcomes[2].check->name, "normal");
  EXPECT_EQ(world.outcomes[3].check->name, "low");
}

/// Healthy checks every second on a loop with ten places, beside so many that time out after 10 s.
class BlackHoles : public ::testing::TestWithParam<bool> {};

TEST_P(BlackHoles, HoldUpEachOtherAlone) {
  World world(20);
  const bool were_quick = GetParam();
  const auto hole = world.NewCheck([&](int) {
    const bool is_quick = were_quick && world.clock.Mono() < MonoTime() + 1h;
    return is_quick ? Act{1ms, Reason::kNone} : Act{10s, Reason::kConnectTimeout};
  });
  const auto healthy = world.NewCheck({5ms, Reason::kNone});
  std::vector<PlannedCheck> plan;
  for (int i = 0; i < 60; ++i) {
    plan.push_back(world.Plan("hole" + std::to_string(i), hole, 20s, 333ms * i));
  }
  plan.push_back(world.Plan("healthy", healthy, 1s));
  world.runner->SetPlan(std::move(plan));
  world.clock.Advance(were_quick ? 2h : 1h);
  const WallTime settled = kMidnight + (were_quick ? 1h + 1min : 1min);
  std::size_t judged = 0;
  for (const Outcome& outcome : world.Of("healthy")) {
    if (outcome.scheduled_at < settled) continue;
    EXPECT_EQ(outcome.reason, Reason::kNone) << outcome.message;
    EXPECT_EQ(outcome.lateness, 0ns);
    ++judged;
  }
  EXPECT_GT(judged, 3000U);
  // 60 slots of 10 s each in 20 s are twice what fifteen places hold: no more, but all of that.
  std::size_t holes = 0;
  for (const Outcome& outcome : world.outcomes) {
    const bool is_hole = outcome.check->name != "healthy" && outcome.scheduled_at >= settled;
    if (is_hole && outcome.reason == Reason::kConnectTimeout) ++holes;
  }
  EXPECT_NEAR(static_cast<double>(holes), 59 * 60 * 15 / 10.0, 59 * 60 * 15 / 10.0 / 20);
}

INSTANTIATE_TEST_SUITE_P(FromTheStartOrLater, BlackHoles, ::testing::Bool());

TEST(Gate, ForgetsWhoGivesUpAndTellsWhoWasGrantedMeanwhile) {
  Gate gate(1);
  int granted = 0;
  const auto waiter = [&] {
    return std::make_shared<GateWaiter>(GateWaiter{[&granted] { ++granted; }});
  };
  const auto first = waiter();
  const auto second = waiter();
  EXPECT_TRUE(gate.Enter(waiter()));
  EXPECT_FALSE(gate.Enter(first));
  EXPECT_FALSE(gate.Enter(second));
  EXPECT_TRUE(gate.Withdraw(first));
  gate.Leave();
  EXPECT_EQ(granted, 1);
  EXPECT_FALSE(gate.Withdraw(second));
  gate.Leave();
  EXPECT_EQ(granted, 1);
  EXPECT_TRUE(gate.Enter(waiter()));
}

TEST(TheLimiter, GivesGatesOnlyWhereTheyMatterAndKeepsThemOverAChangeOfPlan) {
  Limiter limiter(LoadLimits{});
  std::vector<PlannedCheck> plan(5);
  for (std::size_t i = 0; i < plan.size(); ++i) {
    plan[i].identity = std::make_shared<const CheckIdentity>(CheckIdentity{"c", "http", "", {}});
    plan[i].grid = {10s, 0ns};
    plan[i].timeout = 10s;
    plan[i].host = i < 2 ? 1 : i < 4 ? 2 : 0;
  }
  plan[3].timeout = 15s;  // two at once
  limiter.Assign(plan, 2);
  EXPECT_EQ(plan[0].host_limits, nullptr);
  ASSERT_NE(plan[2].host_limits, nullptr);
  EXPECT_EQ(plan[2].host_limits, plan[3].host_limits);
  EXPECT_EQ(plan[4].host_limits, nullptr);
  std::vector<PlannedCheck> again = plan;
  again[2].host_limits = nullptr;
  limiter.Assign(again, 2);
  EXPECT_EQ(again[2].host_limits, plan[2].host_limits);
}

}  // namespace
}  // namespace gaikei
