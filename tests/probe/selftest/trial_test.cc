#include "probe/selftest/trial.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace gaikei::selftest {
namespace {

using namespace std::chrono_literals;

TEST(Trials, AreOfEveryKindAndEveryDelayAlsoInAShortTest) {
  for (const Span window : {Span(1ms), Span(1s)}) {
    std::set<std::pair<Trial::Kind, Span>> processing;
    std::set<Span> resolve;
    std::set<Span> transfer;
    for (const Trial& trial : MakeTrials(window)) {
      processing.emplace(trial.kind, trial.processing);
      if (trial.kind != Trial::Kind::kHttp) continue;
      resolve.insert(trial.resolve);
      transfer.insert(trial.transfer);
    }
    for (const auto kind : {Trial::Kind::kHttp, Trial::Kind::kTcp, Trial::Kind::kDns}) {
      for (const Span delay : kDelays) EXPECT_TRUE(processing.contains({kind, delay}));
    }
    EXPECT_EQ(resolve.size(), kDelays.size());
    EXPECT_EQ(transfer.size(), kDelays.size());
  }
}

TEST(Trials, AreAsManyAsTheRateSays) { EXPECT_EQ(MakeTrials(3s).size(), 3 * kRate); }

TEST(Trials, AreDueOneAfterTheOtherAndOnceEach) {
  const std::vector<Trial> trials = MakeTrials(1s);
  // Slots of a grid begin anew at midnight: the test goes on over it.
  const WallTime begin = WallTime(24h * 20'000) - 500ms;
  auto plan = PlanTrials(trials, 4711, 4712);
  Schedule(plan, begin, 1s);
  ASSERT_EQ(plan.size(), trials.size());
  std::optional<WallTime> before;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    EXPECT_EQ(plan[i].identity->name, std::to_string(i));
    EXPECT_EQ(plan[i].identity->kind, Name(trials[i].kind));
    const SlotGrid& grid = plan[i].grid;
    const WallTime due = SlotTime(grid, FirstSlotAtOrAfter(grid, begin));
    EXPECT_EQ(due, begin + 10ms * i);
    EXPECT_EQ(SlotsBetween(grid, begin, begin + 5min), 1);
  }
}

}  // namespace
}  // namespace gaikei::selftest
