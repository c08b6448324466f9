// Confirmation, the watchdog, fitness to judge, and stopping.

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "scheduler/fitness.h"
#include "tests/scheduler/world.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;

constexpr Span kNever = -1ns;

TEST(RunnerConfirm, RepeatsAFailureUntilAnAttemptDoesNotFail) {
  World world;
  const auto check = world.NewCheck([](int attempt) {
    return attempt == 0 ? Act{2s, Reason::kConnectRefused} : Act{1s, Reason::kNone};
  });
  PlannedCheck planned = world.Plan("a", check, 60s);
  planned.confirm = 3;
  world.runner->SetPlan({planned});
  world.clock.Advance(30s);
  ASSERT_EQ(world.outcomes.size(), 1U);
  const Outcome& outcome = world.outcomes[0];
  EXPECT_EQ(outcome.status, Status::kPass);
  EXPECT_EQ(outcome.duration, 1s) << "of the attempt that decided";
  ASSERT_EQ(outcome.attempts.size(), 2U);
  EXPECT_EQ(outcome.attempts[0].reason, Reason::kConnectRefused);
  EXPECT_EQ(outcome.attempts[0].duration, 2s);
  EXPECT_EQ(outcome.attempts[1].status, Status::kPass);
  EXPECT_EQ(check->started()[1] - check->started()[0], 2s) << "at once";
  EXPECT_EQ(check->timeout(), 10s) << "each attempt has the whole timeout";
}

TEST(RunnerConfirm, FailsWhenAllAttemptsFailed) {
  World world;
  const auto check = world.NewCheck({1s, Reason::kConnectRefused});
  PlannedCheck planned = world.Plan("a", check, 60s);
  planned.confirm = 3;
  world.runner->SetPlan({planned});
  world.clock.Advance(30s);
  ASSERT_EQ(world.outcomes.size(), 1U);
  EXPECT_EQ(world.outcomes[0].status, Status::kFail);
  EXPECT_EQ(world.outcomes[0].attempts.size(), 3U);
  EXPECT_EQ(check->starts(), 3);
}

TEST(RunnerConfirm, DoesNotRepeatWhatIsNoFailure) {
  World world;
  const auto check = world.NewCheck({1s, Reason::kProberFdLimit});
  PlannedCheck planned = world.Plan("a", check, 60s);
  planned.confirm = 3;
  world.runner->SetPlan({planned});
  world.clock.Advance(30s);
  ASSERT_EQ(world.outcomes.size(), 1U);
  EXPECT_EQ(world.outcomes[0].status, Status::kUnknown);
  EXPECT_EQ(check->starts(), 1);
}

TEST(RunnerWatchdog, EndsACheckThatNeverReports) {
  World world;
  const auto check = world.NewCheck({kNever, Reason::kNone});
  world.runner->SetPlan({world.Plan("a", check, 60s)});
  world.clock.Advance(10s + 900ms);
  EXPECT_TRUE(world.outcomes.empty());
  world.clock.Advance(400ms);
  ASSERT_EQ(world.outcomes.size(), 1U);
  EXPECT_EQ(world.outcomes[0].reason, Reason::kProberInternal);
  EXPECT_EQ(world.outcomes[0].attempts.size(), 1U);
  EXPECT_EQ(check->alive(), 0);
  EXPECT_EQ(world.runner->in_flight(), 0U);
}

class ThrowingCheck final : public Check {
 public:
  std::unique_ptr<Attempt> Start(const AttemptContext&, AttemptDone) const override {
    throw std::runtime_error("no luck");
  }
};

TEST(RunnerWatchdog, TellsOfACheckThatCouldNotStart) {
  World world;
  world.runner->SetPlan({world.Plan("a", std::make_shared<ThrowingCheck>(), 60s)});
  world.clock.Advance(1s);
  ASSERT_EQ(world.outcomes.size(), 1U);
  EXPECT_EQ(world.outcomes[0].reason, Reason::kProberInternal);
  EXPECT_NE(world.outcomes[0].message.find("no luck"), std::string::npos);
}

TEST(RunnerFitness, DoesNotBlameTheTargetForATimeoutDuringAStall) {
  World world;
  const auto check = world.NewCheck({10s, Reason::kResponseTimeout});
  world.runner->SetPlan({world.Plan("a", check, 60s)});
  world.clock.Advance(7s);
  world.clock.Freeze(4s);
  ASSERT_EQ(world.outcomes.size(), 1U);
  EXPECT_EQ(world.outcomes[0].status, Status::kUnknown);
  EXPECT_EQ(world.outcomes[0].reason, Reason::kProberOverload);
  EXPECT_NE(world.outcomes[0].message.find("response_timeout"), std::string::npos);
  EXPECT_GE(world.outcomes[0].prober.loop_lag, 3s);
  EXPECT_GE(world.runner->loop_lag(), 3s);
}

TEST(RunnerFitness, DoesNotBlameTheTargetForATimeoutAcrossASuspend) {
  World world;
  const auto check = world.NewCheck({10s, Reason::kResponseTimeout});
  world.runner->SetPlan({world.Plan("a", check, 10h)});
  world.clock.Advance(5s);
  world.clock.StepWall(1h);
  world.clock.Advance(6s);
  ASSERT_EQ(world.outcomes.size(), 1U);
  EXPECT_EQ(world.outcomes[0].reason, Reason::kProberOverload);
}

TEST(RunnerFitness, BlamesTheTargetForATimeoutThatBeganAfterTheStall) {
  World world;
  const auto check = world.NewCheck({10s, Reason::kResponseTimeout});
  world.runner->SetPlan({world.Plan("a", check, 60s, 30s)});
  world.clock.Advance(20s);
  world.clock.Freeze(10s + 500ms);
  world.clock.Advance(20s);
  ASSERT_EQ(world.outcomes.size(), 1U);
  EXPECT_EQ(world.outcomes[0].reason, Reason::kResponseTimeout);
}

TEST(RunnerFitness, BlamesTheTargetForWhatAStallDoesNotExplain) {
  World world;
  const auto check = world.NewCheck({9s, Reason::kExpectStatus});
  world.runner->SetPlan({world.Plan("a", check, 60s)});
  world.clock.Advance(5s);
  world.clock.Freeze(5s);
  ASSERT_EQ(world.outcomes.size(), 1U);
  EXPECT_EQ(world.outcomes[0].reason, Reason::kExpectStatus);
}

TEST(RunnerFitness, AsksForAStallThatMattersToTheTimeout) {
  EXPECT_EQ(ExcusingStandstill(Reason::kConnectTimeout, 1s), Span(500ms));
  EXPECT_EQ(ExcusingStandstill(Reason::kConnectTimeout, 10s), Span(2500ms));
  EXPECT_EQ(ExcusingStandstill(Reason::kExpectDuration, 10s), Span(100ms));
  EXPECT_FALSE(ExcusingStandstill(Reason::kConnectRefused, 10s).has_value());
}

TEST(RunnerFitness, LeavesASuccessAlone) {
  World world;
  const auto check = world.NewCheck({2s, Reason::kNone});
  world.runner->SetPlan({world.Plan("a", check, 60s)});
  world.clock.Advance(1s);
  world.clock.Freeze(8s);
  ASSERT_EQ(world.outcomes.size(), 1U);
  EXPECT_EQ(world.outcomes[0].status, Status::kPass);
}

TEST(RunnerStop, KeepsWhatEndsWithinTheGraceAndSkipsTheRest) {
  World world(3);
  const auto quick = world.NewCheck({4s, Reason::kNone});
  const auto slow = world.NewCheck({9s, Reason::kNone});
  world.runner->SetPlan({world.Plan("quick", quick, 60s), world.Plan("slow", slow, 60s, 1ms),
                         world.Plan("slow too", slow, 60s, 2ms),
                         world.Plan("waiting", quick, 60s, 3ms),
                         world.Plan("due", quick, 60s, 2s)});
  world.clock.Advance(1s);
  world.clock.Burn(1s);  // "due" is due, but its alarm has not fired
  int done = 0;
  world.runner->Stop(5s, [&] { ++done; });
  EXPECT_EQ(world.Count("waiting", Reason::kProberSkipped), 1U);
  EXPECT_EQ(world.Count("due", Reason::kProberSkipped), 1U);
  world.clock.Advance(4s);
  EXPECT_EQ(world.Count("quick", Reason::kNone), 1U);
  EXPECT_EQ(done, 0);
  world.clock.Advance(1s);
  EXPECT_EQ(done, 1);
  EXPECT_EQ(world.Count("slow", Reason::kProberSkipped), 1U);
  EXPECT_EQ(world.Count("slow too", Reason::kProberSkipped), 1U);
  EXPECT_EQ(world.outcomes.size(), 5U);
  EXPECT_EQ(slow->alive(), 0);
  EXPECT_FALSE(world.clock.has_armed());
  world.clock.Advance(1h);
  EXPECT_EQ(world.outcomes.size(), 5U);
  EXPECT_EQ(done, 1);
}

TEST(RunnerStop, DoesNotWaitLongerThanTheAttemptsDo) {
  World world;
  const auto check = world.NewCheck({2s, Reason::kNone});
  world.runner->SetPlan({world.Plan("a", check, 60s)});
  world.clock.Advance(1s);
  int done = 0;
  world.runner->Stop(1h, [&] {
    ++done;
    world.runner.reset();
  });
  EXPECT_EQ(done, 0);
  world.clock.Advance(1s);
  EXPECT_EQ(done, 1);
  EXPECT_EQ(world.Count("a", Reason::kNone), 1U);
}

TEST(RunnerStop, EndsAtOnceWithoutGraceAndOnce) {
  World world;
  const auto check = world.NewCheck({2s, Reason::kNone});
  world.runner->SetPlan({world.Plan("a", check, 60s)});
  world.clock.Advance(1s);
  int done = 0;
  world.runner->Stop(0s, [&] { ++done; });
  world.runner->Stop(0s, [&] { ++done; });
  EXPECT_EQ(done, 1);
  EXPECT_EQ(world.Count("a", Reason::kProberSkipped), 1U);
  int round_done = 0;
  world.runner->RunOnce({world.Plan("late", check, 60s)}, [&] { ++round_done; });
  EXPECT_EQ(round_done, 1);
  EXPECT_EQ(world.Count("late", Reason::kProberSkipped), 1U);
}

TEST(Runner, CancelsSilentlyWhenItIsDestroyed) {
  World world;
  const auto check = world.NewCheck({2s, Reason::kNone});
  world.runner->SetPlan({world.Plan("a", check, 60s)});
  world.clock.Advance(1s);
  world.runner.reset();
  world.clock.Advance(1h);
  EXPECT_TRUE(world.outcomes.empty());
  EXPECT_EQ(check->alive(), 0);
}

}  // namespace
}  // namespace gaikei
