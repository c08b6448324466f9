// A file, its log or its directory that is cut off, taken away or somebody else's: what is lost is
// told and counted, and nothing that was sent is sent again.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>

#include "results/database.h"
#include "tests/results/spool/spool_rig.h"
#include "tests/support/temp_dir.h"

namespace gaikei::testing {
namespace {

using support::ReadFile;
using support::WriteFile;
using ::testing::SizeIs;

/// 30 samples of three series, 7 of them sent, and then somebody's hand in the closed file.
void Spoil(SpoolRig& rig, const char* sql) {
  ASSERT_EQ(rig.Open(), "");
  rig.AppendAndCommit(30, 3);
  EXPECT_EQ(rig.Send("up", 7), 7U);
  rig.Close();
  {
    auto database = Database::Open(rig.path());
    ASSERT_TRUE(database->Execute(sql));
  }
  ASSERT_EQ(rig.Open(), "");
}

TEST(SpoolLoss, KnowsALanesAccountByTheMark) {
  SpoolRig rig;
  ASSERT_NO_FATAL_FAILURE(Spoil(rig, "DELETE FROM lane; DELETE FROM lane_copy"));
  EXPECT_EQ(rig.Account().sent, 7U);
  EXPECT_THAT(rig.Drain(), SizeIs(23));
  rig.Check("mark");
}

TEST(SpoolLoss, BeginsAtTheEndOfALogThatIsLost) {
  SpoolRig rig;
  ASSERT_NO_FATAL_FAILURE(Spoil(rig, "DELETE FROM batch; DELETE FROM counter"));
  EXPECT_EQ(rig.Account().dropped["corrupt"], 23U);
  rig.AppendAndCommit(5);
  EXPECT_THAT(rig.Drain(), SizeIs(5));
  rig.Check("end");
}

/// What is beside a spool that ended without a word, as it is while it lives.
struct Remains {
  std::string file, log, mark;

  static Remains Of(const SpoolRig& rig) {
    return {ReadFile(rig.path()), ReadFile(rig.path() + "-wal"), ReadFile(rig.path() + "-mark")};
  }
  void Leave(const SpoolRig& rig) const {
    WriteFile(rig.path(), file);
    WriteFile(rig.path() + "-wal", log);
    WriteFile(rig.path() + "-mark", mark);
  }
};

/// 90 samples of three series, 20 of them sent, a state of the lane.
Remains Killed() {
  SpoolRig rig;
  EXPECT_EQ(rig.Open(), "");
  for (int i = 0; i < 3; ++i) {
    rig.AppendAndCommit(30, 3);
    rig.now += std::chrono::minutes(1);
  }
  rig.Send("up", 20);
  rig.spool().Settle("up", {.states = {{1, "kept"}}});
  rig.spool().Commit();
  return Remains::Of(rig);
}

/// What is opened says how much is lost, and that is what the account says, too.
void ExpectLossIsTold(SpoolRig& rig, const std::string& what) {
  ASSERT_EQ(rig.Open(), "") << what;
  rig.AppendAndCommit(3, 3);
  const LaneAccount account = rig.Account();
  ExpectBalanced(account, what);
  EXPECT_EQ(account.produced, 93U) << what;
  EXPECT_EQ(account.sent, 20U) << what;
  const auto found = account.dropped.find("corrupt");
  const std::uint64_t lost = found == account.dropped.end() ? 0 : found->second;
  EXPECT_EQ(account.spooled + lost, 73U) << what;
  const std::string told = fmt::format("samples are lost, and count as dropped: {} of up", lost);
  EXPECT_EQ(std::ranges::any_of(rig.errors(),
                                [&](const std::string& text) { return text.ends_with(told); }),
            lost > 0)
      << what;
}

TEST(SpoolLoss, TellsWhatALogHadThatWasTakenAwayOrCut) {
  const Remains remains = Killed();
  ASSERT_FALSE(remains.log.empty());
  for (std::size_t size = 0; size < remains.log.size(); size += 1000) {
    SpoolRig rig;
    remains.Leave(rig);
    std::filesystem::resize_file(rig.path() + "-wal", size);
    if (size == 0) std::filesystem::remove(rig.path() + "-wal");
    const std::string what = fmt::format("log of {}", size);
    ExpectLossIsTold(rig, what);
    rig.Check(what);
    if (HasFailure()) return;
    // It may be older than what was sent by it.
    EXPECT_FALSE(rig.spool().LoadState("up", 1)) << what;
    rig.Restart();
    EXPECT_FALSE(rig.spool().LoadState("up", 1)) << what;
    const std::uint64_t spooled = rig.Account().spooled;
    EXPECT_THAT(rig.Drain(), SizeIs(spooled)) << what;
  }
  SpoolRig rig;
  remains.Leave(rig);
  ExpectLossIsTold(rig, "whole");
  EXPECT_EQ(rig.spool().LoadState("up", 1), "kept");
  EXPECT_EQ(rig.Account().spooled, 73U);
}

TEST(SpoolLoss, TellsWhatAFileHadThatWasEmptiedOrTakenAway) {
  const Remains remains = Killed();
  for (const bool is_there : {true, false}) {
    for (const bool has_log : {true, false}) {
      SpoolRig rig;
      remains.Leave(rig);
      if (is_there) {
        WriteFile(rig.path(), "");
      } else {
        std::filesystem::remove(rig.path());
      }
      if (!has_log) std::filesystem::remove(rig.path() + "-wal");
      const std::string what = fmt::format("file {}, log {}", is_there, has_log);
      ExpectLossIsTold(rig, what);
      rig.Check(what);
      if (HasFailure()) return;
      // All that there was is in the log.
      EXPECT_EQ(rig.Account().spooled, has_log ? 73U : 3U) << what;
      EXPECT_EQ(rig.spool().LoadState("up", 1).has_value(), has_log) << what;
      EXPECT_EQ(rig.CountAside(), has_log ? 1U : 0U) << what;
      EXPECT_FALSE(rig.errors().empty());
    }
  }
}

TEST(SpoolLoss, TellsWhatAFileHadThatWasCut) {
  SpoolRig whole;
  ASSERT_EQ(whole.Open(), "");
  for (int i = 0; i < 3; ++i) whole.AppendAndCommit(30, 3);
  whole.Send("up", 20);
  whole.spool().Settle("up", {.states = {{1, "kept"}}});
  whole.Close();
  const std::string bytes = ReadFile(whole.path());
  for (std::size_t size = 0; size < bytes.size(); size += 1024) {
    SpoolRig rig;
    WriteFile(rig.path(), bytes.substr(0, size));
    WriteFile(rig.path() + "-mark", ReadFile(whole.path() + "-mark"));
    const std::string what = fmt::format("file of {}", size);
    ExpectLossIsTold(rig, what);
    const auto state = rig.spool().LoadState("up", 1);
    EXPECT_TRUE(!state || state == "kept");
    // Items that are damaged are found when they are read.
    rig.Drain();
    rig.Check(what);
    if (HasFailure()) return;
  }
}

TEST(SpoolLoss, NoticesThatItIsCutWhileItIsInUse) {
  for (const std::size_t pages : {0U, 1U, 3U, 8U}) {
    SpoolRig rig;
    ASSERT_EQ(rig.Open(), "");
    for (int i = 0; i < 40; ++i) rig.AppendAndCommit(100, 3);
    {
      auto database = Database::Open(rig.path());
      (void)database->Execute("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    rig.AppendAndCommit(100, 3);
    const std::string what = fmt::format("{} pages", pages);
    ASSERT_GT(std::filesystem::file_size(rig.path()), pages * 4096) << what;
    std::filesystem::resize_file(rig.path(), pages * 4096);
    rig.AppendAndCommit(100, 3);
    EXPECT_EQ(rig.spool().counts().put_aside, 1U) << what;
    const LaneAccount account = rig.Account();
    EXPECT_EQ(account.produced, 4200U) << what;
    EXPECT_GT(account.dropped.at("corrupt"), 0U) << what;
    EXPECT_GE(account.spooled, 100U) << what;
    EXPECT_THAT(rig.Drain(), SizeIs(account.spooled)) << what;
    rig.Check(what);
    rig.Restart();
    rig.Check(what);
    EXPECT_EQ(rig.spool().counts().put_aside, 0U) << what;
  }
}

TEST(SpoolLoss, WritesALogAnewThatIsTakenAwayOrCutWhileItIsInUse) {
  for (const bool is_cut : {false, true}) {
    SpoolRig rig;
    ASSERT_EQ(rig.Open(), "");
    for (int i = 0; i < 3; ++i) rig.AppendAndCommit(30, 3);
    const std::string log = rig.path() + "-wal";
    if (is_cut) {
      std::filesystem::resize_file(log, 0);
    } else {
      std::filesystem::remove(log);
    }
    rig.AppendAndCommit(30, 3);
    rig.AppendAndCommit(30, 3);
    EXPECT_THAT(rig.errors(), ::testing::Contains(::testing::HasSubstr("the log beside it")));
    const LaneAccount account = rig.Account();
    EXPECT_EQ(account.produced, 150U);
    EXPECT_TRUE(is_cut || account.spooled == 150);
    rig.Check("log");
    const Remains remains = Remains::Of(rig);
    SpoolRig next;
    remains.Leave(next);
    ASSERT_EQ(next.Open(), "");
    EXPECT_EQ(next.Account().spooled, account.spooled);
    next.Check("after the end");
  }
}

TEST(SpoolLoss, LeavesADirectoryToOthersThatHaveTakenIt) {
  for (const bool is_gone : {false, true}) {
    Holding holding = Holding::kHeld;
    SpoolRig rig;
    rig.options.hold = [&] { return holding; };
    ASSERT_EQ(rig.Open(), "");
    rig.AppendAndCommit(30, 3);
    holding = Holding::kOthers;
    if (is_gone) {
      for (const char* part : {"", "-wal", "-shm", "-mark"}) {
        std::filesystem::remove(rig.path() + part);
      }
      WriteFile(rig.path(), "of another process");
    }
    const std::string before = ReadFile(rig.path());
    rig.AppendAndCommit(10, 3);
    EXPECT_FALSE(rig.spool().is_durable());
    // What stands in a file that the other one has, too, is its to deliver.
    EXPECT_THAT(rig.Drain(), SizeIs(is_gone ? 40 : 10));
    ExpectBalanced(rig.Account(), "left");
    rig.AppendAndCommit(10, 3);
    EXPECT_THAT(rig.Drain(), SizeIs(10));
    rig.Close();
    EXPECT_TRUE(!is_gone || ReadFile(rig.path()) == before);
    EXPECT_EQ(rig.CountAside(), 0U);
  }
}

TEST(SpoolLoss, BeginsInMemoryWhereNobodyCanHoldTheDirectory) {
  Holding holding = Holding::kOut;
  SpoolRig rig;
  rig.options.hold = [&] { return holding; };
  ASSERT_EQ(rig.Open(), "");
  rig.AppendAndCommit(30, 3);
  EXPECT_FALSE(rig.spool().is_durable());
  EXPECT_FALSE(std::filesystem::exists(rig.path()));
  EXPECT_EQ(rig.Send("up", 10), 10U);
  holding = Holding::kHeld;
  rig.AppendAndCommit(10, 3);
  EXPECT_TRUE(rig.spool().is_durable());
  rig.Restart();
  EXPECT_EQ(rig.Account().sent, 10U);
  EXPECT_THAT(rig.Drain(), SizeIs(30));
  rig.Check("held again");
  // One that is there and cannot be held is left alone.
  rig.AppendAndCommit(5);
  rig.Close();
  holding = Holding::kOut;
  ASSERT_EQ(rig.Open(), "");
  rig.AppendAndCommit(7);
  EXPECT_THAT(rig.Drain(), SizeIs(7));
  holding = Holding::kHeld;
  rig.AppendAndCommit(7);
  EXPECT_FALSE(rig.spool().is_durable());
  rig.Restart();
  EXPECT_THAT(rig.Drain(), SizeIs(5));
  rig.Check("at last");
}

}  // namespace
}  // namespace gaikei::testing
