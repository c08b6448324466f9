#include "scheduler/plan.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gaikei {
namespace {

using namespace std::chrono_literals;

WallTime At(Span since_epoch) { return WallTime(since_epoch); }

TEST(Plan, HashesTheSameForEver) {
  EXPECT_EQ(StableHash(""), 17280346270528514342ULL);
  EXPECT_EQ(StableHash("a"), 9413272369427828315ULL);
  EXPECT_EQ(StableHash("website"), 14448999070752568311ULL);
  EXPECT_EQ(StableHash(std::string_view("website\0local", 13)), 11403060840134097856ULL);
}

TEST(Plan, GivesTheSamePhasesForEver) {
  EXPECT_EQ(PhaseOf("website", 60s, 0, 1), 10752568311ns);
  EXPECT_EQ(PhaseOf("website", 60s, 1, 3), 30752568311ns);
  EXPECT_EQ(PhaseOf("dns of example.org", 5min, 0, 1), 98118269864ns);
}

TEST(Plan, InterleavesTheRegionsEvenly) {
  const Span first = PhaseOf("website", 60s, 0, 4);
  for (unsigned region = 1; region < 4; ++region) {
    EXPECT_EQ(PhaseOf("website", 60s, region, 4), (first + region * 15s) % 60s);
  }
}

TEST(Plan, KeepsPhasesInsideTheInterval) {
  for (const Span every : {Span(1ns), Span(3ns), Span(1s), Span(24h), Span(876000h)}) {
    for (unsigned region = 0; region < 7; ++region) {
      const Span phase = PhaseOf("website", every, region, 7);
      EXPECT_GE(phase, 0ns);
      EXPECT_LT(phase, every);
    }
  }
}

TEST(Plan, SpreadsTenThousandChecksSoThatNoSecondHasTwiceTheMean) {
  constexpr int kChecks = 10'000;
  std::vector<int> started(60);
  for (int i = 0; i < kChecks; ++i) {
    const Span phase = PhaseOf("check-" + std::to_string(i), 60s, 0, 1);
    ++started[static_cast<std::size_t>(phase / 1s)];
  }
  for (const int count : started) EXPECT_LT(count, 2 * kChecks / 60);
}

TEST(Plan, FindsTheFirstSlotAtOrAfterAnInstant) {
  const SlotGrid grid{60s, 7s};
  EXPECT_EQ(FirstSlotAtOrAfter(grid, At(7s)), 0);
  EXPECT_EQ(FirstSlotAtOrAfter(grid, At(7s + 1ns)), 1);
  EXPECT_EQ(FirstSlotAtOrAfter(grid, At(67s)), 1);
  EXPECT_EQ(FirstSlotAtOrAfter(grid, At(0s)), 0);
}

TEST(Plan, KeepsTheGridBeforeTheEpoch) {
  const SlotGrid grid{60s, 7s};
  EXPECT_EQ(FirstSlotAtOrAfter(grid, At(-53s)), -1);
  EXPECT_EQ(FirstSlotAtOrAfter(grid, At(-53s - 1ns)), -1);
  EXPECT_EQ(FirstSlotAtOrAfter(grid, At(-53s + 1ns)), 0);
  EXPECT_EQ(FirstSlotAtOrAfter(grid, At(-113s - 1ns)), -2);
  for (std::int64_t k = -3; k <= 3; ++k) EXPECT_EQ(FirstSlotAtOrAfter(grid, SlotTime(grid, k)), k);
}

TEST(Plan, CountsSlotsFromIncludedToExcluded) {
  const SlotGrid grid{60s, 7s};
  EXPECT_EQ(SlotsBetween(grid, At(7s), At(67s)), 1);
  EXPECT_EQ(SlotsBetween(grid, At(7s), At(67s + 1ns)), 2);
  EXPECT_EQ(SlotsBetween(grid, At(8s), At(67s)), 0);
  EXPECT_EQ(SlotsBetween(grid, At(-24h), At(24h)), 2 * 24 * 60);
  EXPECT_EQ(SlotsBetween(grid, At(67s), At(7s)), 0);
}

TEST(Plan, PutsSlotsBeyondTheClockAtItsEnd) {
  const SlotGrid grid{876000h, 1h};
  EXPECT_EQ(SlotTime(grid, 1000), WallTime::max());
}

}  // namespace
}  // namespace gaikei
