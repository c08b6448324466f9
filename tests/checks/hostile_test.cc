/// Servers that misbehave in 45 ways, with what an `http` check makes of each, and what they can
/// make it keep in memory.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
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

/// Resident memory of the whole process, in which the servers live, too: the prober's own share is
/// smaller still. Two claims: no row makes it grow by 16 MiB while it runs (brotli may have its
/// window of 16 MiB beside that, RFC 7932, 9.1), and all of them together do not, either. The first
/// run sets up what is made once (certificates, trust, libraries).
TEST(HostileTable, MakesResidentMemoryGrowByLessThan16MiB) {
  const std::vector<HostileRow> rows = AllRows();
  const auto run = [](const HostileRow& row) {
    const HostileScene scene = row.make();
    RunHostile(scene, row.verdicts.size());
  };
  run(rows.back());
  const std::size_t before = support::ResidentMemory();
  std::size_t most = 0;
  for (const HostileRow& row : rows) {
    const std::size_t now = support::ResidentMemory();
    support::ForgetPeakMemory();
    run(row);
    const std::size_t growth = std::max(support::PeakMemory(), now) - now;
    const bool is_brotli = row.title == "BrotliBomb";
    EXPECT_LT(growth, is_brotli ? 2 * kMemoryBound : kMemoryBound) << NameOf(row);
    if (!is_brotli) most = std::max(most, growth);
    if (growth > kMemoryBound / 2) std::cout << NameOf(row) << ": " << growth / kMiB << " MiB\n";
  }
  const std::size_t after = support::ResidentMemory();
  EXPECT_LT(after, before + kMemoryBound);
  std::cout << "resident " << before / kMiB << " MiB before, " << after / kMiB
            << " MiB after; most in one row " << most / kMiB << " MiB\n";
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
