// What further attempts of a slot change, and what a slot that was healed is worth.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/scheduler/world.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;
using Told = std::vector<std::string>;

/// Runs one slot of a check that fails `failures` times, with at most four attempts.
Outcome RunSlot(World& world, const std::shared_ptr<FakeCheck>& check,
                ConfirmCounts counts = ConfirmCounts::kFirst) {
  PlannedCheck planned = world.Plan("a", check, 60s);
  planned.confirm = 4;
  planned.confirm_counts = counts;
  world.runner->SetPlan({planned});
  world.clock.Advance(30s);
  EXPECT_EQ(world.outcomes.size(), 1U);
  return world.outcomes.at(0);
}

std::shared_ptr<FakeCheck> Failing(World& world, int failures) {
  return world.NewCheck([failures](int attempt) {
    if (attempt == 0) return Act{2s, Reason::kConnectTimeout};
    return Act{1s, attempt < failures ? Reason::kReset : Reason::kNone};
  });
}

TEST(RunnerChange, ChangesOneThingAnAttemptAndNamesWhatHealed) {
  World world;
  const auto check = Failing(world, 2);
  check->set_possible_changes({Change::kAddress, Change::kFamily, Change::kResolver});
  const Outcome outcome = RunSlot(world, check);
  EXPECT_EQ(check->told(),
            (Told{"", "address after connect_timeout", "family after connect_timeout"}))
      << "the failure shown is the first one";
  EXPECT_EQ(check->asked_after(), std::vector{Reason::kConnectTimeout}) << "asked once";
  EXPECT_EQ(outcome.status, Status::kPass);
  EXPECT_EQ(outcome.healed_by, "family");
  ASSERT_EQ(outcome.attempts.size(), 3U);
  EXPECT_EQ(outcome.attempts[0].change, "");
  EXPECT_EQ(outcome.attempts[1].change, "address");
  EXPECT_EQ(outcome.attempts[1].reason, Reason::kReset);
  EXPECT_FALSE(outcome.attempts[1].message.empty());
  EXPECT_EQ(outcome.attempts[2].change, "family");
}

TEST(RunnerChange, ChangesNothingWhereNothingIsLeft) {
  World world;
  const auto check = Failing(world, 3);
  check->set_possible_changes({Change::kHttpVersion});
  const Outcome outcome = RunSlot(world, check);
  EXPECT_EQ(check->told(),
            (Told{"", "http_version after connect_timeout", "nothing after connect_timeout",
                  "nothing after connect_timeout"}));
  EXPECT_EQ(outcome.healed_by, "nothing");
}

TEST(RunnerChange, AHealedSlotCountsAsItsFirstAttemptDid) {
  World world;
  const Outcome outcome = RunSlot(world, Failing(world, 1));
  EXPECT_EQ(outcome.status, Status::kPass);
  EXPECT_EQ(outcome.counts(), Counts::kBad);
}

TEST(RunnerChange, AHealedSlotCountsAsTheLastAttemptWhereTheCheckSaysSo) {
  World world;
  const Outcome outcome = RunSlot(world, Failing(world, 1), ConfirmCounts::kLast);
  EXPECT_EQ(outcome.healed_by, "nothing");
  EXPECT_EQ(outcome.counts(), Counts::kGood);
}

TEST(RunnerChange, NothingHealedWhatPassedAtOnceOrNeverPassed) {
  World passed;
  const Outcome good = RunSlot(passed, passed.NewCheck({1s, Reason::kNone}));
  EXPECT_EQ(good.healed_by, "");
  EXPECT_EQ(good.counts(), Counts::kGood);
  World failed;
  const Outcome bad = RunSlot(failed, Failing(failed, 9), ConfirmCounts::kLast);
  EXPECT_EQ(bad.healed_by, "");
  EXPECT_EQ(bad.counts(), Counts::kBad);
  World unknown;
  const Outcome missing = RunSlot(unknown, unknown.NewCheck({1s, Reason::kProberFdLimit}));
  EXPECT_EQ(missing.counts(), Counts::kMissing);
}

}  // namespace
}  // namespace gaikei
