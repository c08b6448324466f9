// What Commit() has returned for is there again, whenever the process is killed or the power fails.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <random>
#include <set>

#include "tests/results/spool/spool_rig.h"
#include "tests/support/crash_vfs.h"

namespace gaikei::testing {
namespace {

using support::CrashVfs;

/// Uses a spool on a disk that forgets, and knows what must be there afterwards.
class Machine {
 public:
  explicit Machine(std::uint64_t seed) : random_(seed) {}

  CrashVfs& disk() { return disk_; }
  SpoolRig& rig() { return rig_; }

  void Open() {
    ASSERT_EQ(rig_.Open({{.name = "folds", .max_bytes = 20'000}, {.name = "up"}}), "");
  }

  /// One round of a process: appends, commits, delivers some. Ends early when the disk is dead.
  void Use(int rounds) {
    for (int round = 0; round < rounds && !disk_.is_dead(); ++round) {
      for (int i = 0; i < 20; ++i) {
        const Outcome outcome = rig_.Make(fmt::format("check{}", i % 3));
        rig_.spool().Append({&outcome, 1});
        waiting_.push_back(fmt::format("{} tokyo {}", outcome.check->name,
                                       outcome.scheduled_at.time_since_epoch().count()));
      }
      Commit();
      const auto backlog = rig_.spool().Read("up", 13, 1 << 20);
      if (backlog.items.empty()) continue;
      for (const SpoolItem* item : backlog.items) delivered_.insert(SpoolRig::Identity(*item));
      const std::uint64_t count = backlog.items.size();
      sent_ += count;
      rig_.spool().Settle("up", {.end = backlog.items.back()->end,
                                 .sent = count,
                                 .states = {{1, fmt::format("sent {}", sent_)}}});
      Commit();
    }
  }

  void Commit() {
    rig_.spool().Commit();
    if (disk_.is_dead() || !rig_.spool().is_durable()) return;
    committed_.insert(committed_.end(), waiting_.begin(), waiting_.end());
    waiting_.clear();
    committed_sent_ = sent_;
  }

  void Crash(CrashVfs::Loss loss) {
    disk_.Kill();
    rig_.Close();  // what it says to a disk that is gone is not heard
    disk_.Crash(loss, random_);
    waiting_.clear();  // may be there, or not
  }

  /// Opens it again: everything committed was delivered or is there, in order.
  void Verify(const std::string& what) {
    Open();
    EXPECT_EQ(rig_.spool().counts().errors, 0U) << what;
    EXPECT_EQ(rig_.spool().counts().put_aside, 0U) << what;
    for (const LaneAccount& account : rig_.spool().accounts()) ExpectBalanced(account, what);
    const LaneAccount up = rig_.Account();
    if (!committed_.empty()) {
      EXPECT_GE(up.produced, committed_.size()) << what;
      EXPECT_GE(up.sent, committed_sent_) << what;
      EXPECT_GE(rig_.Account("folds").spooled, committed_.size()) << what;
      EXPECT_EQ(rig_.Account("folds").spooled, rig_.Account("folds").produced) << what;
      // What an upstream remembers belongs to its position.
      const auto state = rig_.spool().LoadState("up", 1);
      EXPECT_EQ(state.value_or("sent 0"), fmt::format("sent {}", up.sent)) << what;
    }
    const auto rest = rig_.Drain();
    EXPECT_EQ(rest.size(), up.spooled) << what;
    for (const std::string& identity : rest) delivered_.insert(identity);
    for (const std::string& identity : committed_) {
      ASSERT_TRUE(delivered_.contains(identity)) << what << ": " << identity;
    }
    std::uint64_t folded = 0;
    const auto backlog = rig_.spool().Read("folds", 1'000'000, 1 << 30);
    for (const SpoolItem* item : backlog.items) folded += item->samples();
    EXPECT_LE(folded, rig_.Account("folds").spooled) << what;
    sent_ = rig_.Account().sent;
    committed_sent_ = sent_;
    rig_.spool().Settle("up", {.states = {{1, fmt::format("sent {}", sent_)}}});
    rig_.Close();
  }

 private:
  std::mt19937_64 random_;
  CrashVfs disk_;
  SpoolRig rig_;
  std::vector<std::string> waiting_;
  std::vector<std::string> committed_;
  std::set<std::string> delivered_;
  std::uint64_t sent_ = 0;
  std::uint64_t committed_sent_ = 0;
};

constexpr int kRounds = 12;

/// Operations of the disk from the opening to the end of Machine::Use().
std::uint64_t CountOperations() {
  Machine machine(1);
  machine.Open();
  machine.Use(kRounds);
  return machine.disk().operations();
}

class SpoolPower : public ::testing::TestWithParam<CrashVfs::Loss> {};

TEST_P(SpoolPower, KeepsWhatWasCommittedAtEveryOperation) {
  const std::uint64_t operations = CountOperations();
  ASSERT_GT(operations, 200U);
  for (std::uint64_t n = 1; n <= operations; n += 1 + n % 3) {
    Machine machine(n);
    machine.disk().CrashAt(n);
    machine.Open();
    machine.Use(kRounds);
    machine.Crash(GetParam());
    machine.Verify(fmt::format("operation {}", n));
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(All, SpoolPower,
                         ::testing::Values(CrashVfs::Loss::kNone, CrashVfs::Loss::kAll,
                                           CrashVfs::Loss::kRandom));

TEST(SpoolPower, GoesOnAfterOneCrashAfterTheOther) {
  Machine machine(7);
  std::mt19937_64 random(7);
  for (int i = 0; i < 40; ++i) {
    machine.disk().CrashAt(1 + random() % 150);
    machine.Open();
    machine.Use(kRounds);
    machine.Crash(CrashVfs::Loss::kRandom);
    machine.Verify(fmt::format("crash {}", i));
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace gaikei::testing
