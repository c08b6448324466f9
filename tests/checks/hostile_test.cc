/// Servers that misbehave in 45 ways, with what an `http` check makes of each, and what they can
/// make it keep in memory.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <iostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/checks/hostile_rows.h"
#include "tests/support/resident_memory.h"

// Without this, memory that was given back would stay resident for AddressSanitizer's sake (256 MiB
// of it), and the figures below would be its own. Means nothing in other builds.
extern "C" const char* __asan_default_options() {  // NOLINT(bugprone-reserved-identifier)
  return "quarantine_size_mb=1:thread_local_quarantine_size_kb=64";
}

namespace gaikei {
namespace {

constexpr std::size_t kMiB = 1024 * 1024;
constexpr std::size_t kMemoryBound = 16 * kMiB;

std::vector<HostileRow> AllRows() {
  std::vector<HostileRow> all;
  for (auto part : {&HostileConnections, &HostileHeads, &HostileFramings, &HostileRedirects,
                    &HostileBodies, &HostileHttp2, &HostileTls}) {
    for (HostileRow& row : part()) all.push_back(std::move(row));
  }
  return all;
}

std::string NameOf(const HostileRow& row) {
  return (row.number < 10 ? "N0" : "N") + std::to_string(row.number) + "_" + row.title;
}

class Hostile : public testing::TestWithParam<HostileRow> {};

TEST_P(Hostile, IsJudged) {
  const HostileRow& row = GetParam();
  const HostileScene scene = row.make();
  ExpectHostile(row, scene, RunHostile(scene, row.verdicts.size()));
}

INSTANTIATE_TEST_SUITE_P(Servers, Hostile, testing::ValuesIn(AllRows()),
                         [](const auto& param) { return NameOf(param.param); });

TEST(HostileTable, HasEveryBehaviour) {
  std::set<int> numbers;
  std::set<std::string> names;
  for (const HostileRow& row : AllRows()) {
    numbers.insert(row.number);
    EXPECT_TRUE(names.insert(NameOf(row)).second) << NameOf(row);
  }
  EXPECT_EQ(numbers.size(), 45U);
  EXPECT_EQ(*numbers.begin(), 1);
  EXPECT_EQ(*numbers.rbegin(), 45);
}

/// The highest resident size of the process while all rows run, one after another, against what it
/// was before: peaks count, not only what is left. The servers live in the same process, so the
/// prober's own share is smaller still. A first row that is not counted sets up what is made once
/// (certificates, trust, libraries).
TEST(HostileTable, MakesResidentMemoryGrowByLessThan16MiB) {
  const std::vector<HostileRow> rows = AllRows();
  const auto run = [](const HostileRow& row) {
    const HostileScene scene = row.make();
    RunHostile(scene, row.verdicts.size());
  };
  run(rows.back());
  const std::size_t before = support::ResidentMemory();
  support::ForgetPeakMemory();
  std::size_t peak = before;
  for (const HostileRow& row : rows) {
    const std::size_t last = peak;
    run(row);
    peak = support::PeakMemory();
    if (peak > last + kMiB) {
      std::cout << NameOf(row) << ": peak grew by " << (peak - last) / kMiB << " MiB\n";
    }
    EXPECT_LT(peak, before + kMemoryBound) << NameOf(row);
  }
  EXPECT_LT(support::ResidentMemory(), before + kMemoryBound);
  std::cout << "resident before " << before / kMiB << " MiB, peak +" << (peak - before) / kMiB
            << " MiB, afterwards " << support::ResidentMemory() / kMiB << " MiB\n";
}

TEST(HostileTable, WouldShowMemoryThatIsNotBounded) {
  const std::size_t before = support::ResidentMemory();
  support::ForgetPeakMemory();
  {
    const std::vector<char> hoard(kMemoryBound, 'x');
    EXPECT_GE(support::ResidentMemory() + kMiB, before + kMemoryBound);
    EXPECT_EQ(hoard.back(), 'x');
  }
  EXPECT_GE(support::PeakMemory() + kMiB, before + kMemoryBound);
}

}  // namespace
}  // namespace gaikei
