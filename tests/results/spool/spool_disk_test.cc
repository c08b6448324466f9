// While the disk takes nothing, samples wait in memory, can be read, and are written later.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <random>
#include <set>

#include "tests/results/spool/spool_rig.h"
#include "tests/support/crash_vfs.h"

namespace gaikei::testing {
namespace {

using support::CrashVfs;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// How the disk fails, and heals.
struct Fault {
  const char* name;
  void (*begin)(CrashVfs& disk);
  void (*end)(CrashVfs& disk);
};

void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.name; }

const Fault kFaults[] = {
    {"full", [](CrashVfs& disk) { disk.FailWrites(SQLITE_FULL); },
     [](CrashVfs& disk) { disk.FailWrites(0); }},
    {"writes fail", [](CrashVfs& disk) { disk.FailWrites(SQLITE_IOERR_WRITE); },
     [](CrashVfs& disk) { disk.FailWrites(0); }},
    {"syncs fail", [](CrashVfs& disk) { disk.FailSyncs(SQLITE_IOERR_FSYNC); },
     [](CrashVfs& disk) { disk.FailSyncs(0); }},
    {"read only", [](CrashVfs& disk) { disk.FailWrites(SQLITE_READONLY); },
     [](CrashVfs& disk) { disk.FailWrites(0); }},
    {"nothing can be opened or written",
     [](CrashVfs& disk) {
       disk.FailWrites(SQLITE_IOERR_WRITE);
       disk.FailOpens(SQLITE_CANTOPEN);
     },
     [](CrashVfs& disk) {
       disk.FailWrites(0);
       disk.FailOpens(0);
     }},
};

class SpoolDisk : public ::testing::TestWithParam<Fault> {
 protected:
  CrashVfs disk_;
  SpoolRig rig_;
};

TEST_P(SpoolDisk, GoesOnInMemoryAndRecovers) {
  ASSERT_EQ(rig_.Open({{.name = "dead"}, {.name = "up"}}), "");
  rig_.AppendAndCommit(10, 3);
  EXPECT_THAT(rig_.Drain(), SizeIs(10));
  GetParam().begin(disk_);
  for (int round = 0; round < 5; ++round) {
    rig_.AppendAndCommit(10, 3);
    EXPECT_TRUE(rig_.spool().counts().is_degraded);
    EXPECT_FALSE(rig_.spool().is_durable());
    EXPECT_THAT(rig_.Drain(), SizeIs(10)) << round;
    for (const LaneAccount& account : rig_.spool().accounts()) ExpectBalanced(account, "degraded");
  }
  EXPECT_THAT(rig_.Account("dead").dropped, IsEmpty());
  EXPECT_GE(rig_.spool().counts().errors, 5U);
  // The same trouble is told once.
  EXPECT_LE(rig_.errors().size(), 3U);
  GetParam().end(disk_);
  rig_.spool().Commit();
  EXPECT_FALSE(rig_.spool().counts().is_degraded);
  EXPECT_TRUE(rig_.spool().is_durable());
  EXPECT_EQ(rig_.Account("dead").spooled, 60U);
  EXPECT_EQ(rig_.Account("up").sent, 60U);

  // It is on the disk, and stays there when the power fails.
  std::mt19937_64 random(1);
  disk_.Kill();
  rig_.Close();
  disk_.Crash(CrashVfs::Loss::kAll, random);
  ASSERT_EQ(rig_.Open({{.name = "dead"}, {.name = "up"}}), "");
  EXPECT_EQ(rig_.spool().counts().errors, 0U);
  EXPECT_EQ(rig_.Account("up").sent, 60U);
  EXPECT_THAT(rig_.Drain("up"), IsEmpty());
  EXPECT_THAT(rig_.Drain("dead"), SizeIs(60));
  rig_.Check("end");
}

TEST_P(SpoolDisk, HoldsNoMoreInMemoryThanItMay) {
  rig_.options.max_unwritten_bytes = 40'000;
  ASSERT_EQ(
      rig_.Open({{.name = "dead"}, {.name = "plain", .takes_rollups = false}, {.name = "up"}}), "");
  rig_.AppendAndCommit(10, 3);
  GetParam().begin(disk_);
  std::uint64_t in_flight = 0;
  for (int round = 0; round < 40; ++round) {
    rig_.Append(500, 5);
    rig_.now += std::chrono::minutes(1);
    rig_.spool().Commit();
    for (const LaneAccount& account : rig_.spool().accounts()) {
      ExpectBalanced(account, fmt::format("round {}", round));
    }
    // A delivery is under way while the rest is folded.
    const auto backlog = rig_.spool().Read("up", 7, 1 << 20);
    if (backlog.items.empty()) continue;
    rig_.spool().Commit();
    std::uint64_t samples = 0;
    for (const SpoolItem* item : backlog.items) samples += item->samples();
    rig_.spool().Settle("up", {.end = backlog.items.back()->end, .sent = samples});
    in_flight += samples;
  }
  EXPECT_LE(rig_.Account("dead").bytes, 100'000U);
  EXPECT_EQ(rig_.Account("dead").spooled, 20'010U);
  EXPECT_THAT(rig_.Account("dead").dropped, IsEmpty());
  EXPECT_THAT(rig_.Account("up").dropped, IsEmpty());
  EXPECT_EQ(rig_.Account("up").sent, in_flight);
  EXPECT_GT(rig_.Account("plain").dropped["disk"], 1000U);
  GetParam().end(disk_);
  rig_.Restart();
  for (const char* lane : {"dead", "plain", "up"}) {
    rig_.Drain(lane);
    EXPECT_EQ(rig_.Account(lane).spooled, 0U);
    ExpectBalanced(rig_.Account(lane), "drained");
    EXPECT_EQ(rig_.Account(lane).produced, 20'010U);
  }
  EXPECT_EQ(rig_.Account("dead").sent, 20'010U);
  EXPECT_EQ(rig_.Account("up").sent, 20'010U);
}

TEST_P(SpoolDisk, StartsWithoutAFile) {
  GetParam().begin(disk_);
  ASSERT_EQ(rig_.Open(), "");
  rig_.AppendAndCommit(10, 3);
  EXPECT_TRUE(rig_.spool().counts().is_degraded);
  EXPECT_EQ(rig_.Send("up", 4), 4U);
  GetParam().end(disk_);
  rig_.Restart();
  EXPECT_EQ(rig_.Account().sent, 4U);
  EXPECT_THAT(rig_.Drain(), SizeIs(6));
}

INSTANTIATE_TEST_SUITE_P(Faults, SpoolDisk, ::testing::ValuesIn(kFaults));

TEST(SpoolFailures, FailsAndRecoversAtEveryOperation) {
  // The n-th operation fails, and with it all that follow for a while.
  for (const auto& fault : kFaults) {
    for (std::uint64_t n = 1; n < 200; n += 7) {
      SCOPED_TRACE(fmt::format("{}, operation {}", fault.name, n));
      CrashVfs disk;
      SpoolRig rig;
      ASSERT_EQ(rig.Open({{.name = "dead", .max_bytes = 20'000}, {.name = "up"}}), "");
      std::set<std::string> delivered;
      bool is_failing = false;
      for (int round = 0; round < 30; ++round) {
        if (disk.operations() >= n && !is_failing && round < 20) {
          fault.begin(disk);
          is_failing = true;
        } else if (is_failing && round >= 20) {
          fault.end(disk);
          is_failing = false;
        }
        rig.AppendAndCommit(10, 2);
        for (const std::string& identity : rig.Drain()) delivered.insert(identity);
        for (const LaneAccount& account : rig.spool().accounts()) ExpectBalanced(account, "round");
      }
      rig.spool().Commit();
      ASSERT_FALSE(rig.spool().counts().is_degraded);
      EXPECT_THAT(rig.Drain(), IsEmpty());
      EXPECT_EQ(delivered.size(), 300U);
      EXPECT_EQ(rig.Account().sent, 300U);
      EXPECT_EQ(rig.Account("dead").spooled, 300U);
      rig.Restart();
      EXPECT_EQ(rig.Account("dead").spooled, 300U);
      rig.Drain("dead");
      EXPECT_EQ(rig.Account("dead").sent, 300U);
      if (::testing::Test::HasFailure()) return;
    }
  }
}

TEST(SpoolFailures, SkipsARowThatCanNeverBeRead) {
  CrashVfs disk;
  SpoolRig rig;
  ASSERT_EQ(rig.Open(), "");
  rig.AppendAndCommit(1000);
  rig.Restart();
  disk.FailReads(SQLITE_IOERR_READ);
  // Not at once: it may be a moment's trouble.
  EXPECT_THAT(rig.Drain(), IsEmpty());
  EXPECT_EQ(rig.Account().spooled, 1000U);
  disk.FailReads(0);
  EXPECT_EQ(rig.Send("up", 100), 100U);
  rig.Restart();
  disk.FailReads(SQLITE_IOERR_READ);
  for (int i = 0; i < 3; ++i) EXPECT_THAT(rig.Drain(), IsEmpty());
  disk.FailReads(0);
  rig.AppendAndCommit(5);
  EXPECT_THAT(rig.Drain(), SizeIs(5));
  EXPECT_EQ(rig.Account().dropped["corrupt"], 900U);
  rig.Check("end");
}

TEST(SpoolFailures, OutlivesItsDirectory) {
  SpoolRig rig;
  ASSERT_EQ(rig.Open(), "");
  rig.AppendAndCommit(10);
  const std::string elsewhere = rig.dir() + ".away";
  std::filesystem::rename(rig.dir(), elsewhere);
  rig.AppendAndCommit(5);
  EXPECT_TRUE(rig.spool().counts().is_degraded);
  EXPECT_THAT(rig.Drain("up", 3), SizeIs(15));
  std::filesystem::rename(elsewhere, rig.dir());
  rig.AppendAndCommit(2);
  EXPECT_FALSE(rig.spool().counts().is_degraded);
  EXPECT_EQ(rig.spool().counts().put_aside, 0U);
  rig.Restart();
  EXPECT_THAT(rig.Drain(), SizeIs(2));
  EXPECT_EQ(rig.Account().sent, 17U);
  rig.Check("end");
}

TEST(SpoolFailures, BeginsAnotherFileWhereItsOwnWasDeleted) {
  SpoolRig rig;
  ASSERT_EQ(rig.Open(), "");
  rig.AppendAndCommit(10);
  EXPECT_EQ(rig.Send("up", 4), 4U);
  rig.spool().Settle("up", {.states = {{1, "kept"}}});
  rig.spool().Commit();
  std::filesystem::remove_all(rig.dir());
  rig.AppendAndCommit(5);
  EXPECT_TRUE(rig.spool().counts().is_degraded);
  EXPECT_EQ(rig.spool().LoadState("up", 1), "kept");
  EXPECT_EQ(rig.Send("up", 3), 3U);
  std::filesystem::create_directory(rig.dir());
  rig.AppendAndCommit(1);
  EXPECT_FALSE(rig.spool().counts().is_degraded);
  rig.Restart();
  EXPECT_EQ(rig.spool().LoadState("up", 1), "kept");
  EXPECT_EQ(rig.Account().sent, 7U);
  EXPECT_THAT(rig.Account().dropped, IsEmpty());
  EXPECT_THAT(rig.Drain(), SizeIs(9));
  rig.Check("end");
}

TEST(SpoolFailures, PutsAsideWhatTookThePlaceOfItsFile) {
  SpoolRig rig;
  ASSERT_EQ(rig.Open(), "");
  rig.AppendAndCommit(10);
  std::filesystem::remove(rig.path());
  std::ofstream(rig.path()) << "somebody else's";
  rig.AppendAndCommit(5);
  EXPECT_FALSE(rig.spool().counts().is_degraded);
  rig.Restart();
  EXPECT_THAT(rig.Drain(), SizeIs(15));
  std::size_t aside = 0;
  for (const auto& entry : std::filesystem::directory_iterator(rig.dir())) {
    if (ReadFile(entry.path()).starts_with("somebody else's")) ++aside;
  }
  EXPECT_EQ(aside, 1U);
}

/// Writes until the disk takes no more.
void Fill(const std::string& path) {
  std::ofstream file(path);
  const std::string block(4096, 'x');
  while (file.write(block.data(), 4096).flush()) {
  }
}

/// What a child returns where file systems cannot be mounted: the tests need the rights to do so.
constexpr int kNotPossible = 77;

bool MountSmallDisk(const std::string& directory, const char* size) {
  if (::unshare(CLONE_NEWNS) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  (void)::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
  return ::mount("none", directory.c_str(), "tmpfs", 0, size) == 0;
}

/// Runs in a child; what it returns is 0 when all is well.
int OnSmallDisk(const char* size) {
  SpoolRig rig;
  if (!MountSmallDisk(rig.dir(), size)) return kNotPossible;
  if (const std::string error = rig.Open(); !error.empty()) return 1;
  const std::string filler = rig.dir() + "/filler";
  Fill(filler);
  // Full from the start, as far as the spool's own pages go.
  for (int i = 0; i < 30; ++i) rig.AppendAndCommit(200, 3);
  if (!rig.spool().counts().is_degraded) return 2;
  std::size_t delivered = rig.Drain().size();
  rig.AppendAndCommit(100, 3);
  delivered += rig.Drain().size();
  std::filesystem::remove(filler);
  rig.AppendAndCommit(100, 3);
  if (rig.spool().counts().is_degraded) return 3;
  rig.Restart();
  delivered += rig.Drain().size();
  if (delivered != 6200) return 4;
  rig.Check("on a small disk");
  rig.AppendAndCommit(50, 3);
  rig.Close();
  // Starting on a full disk: what is there can be read, what comes waits.
  Fill(filler);
  if (const std::string error = rig.Open(); !error.empty()) return 6;
  rig.AppendAndCommit(50, 3);
  if (rig.Drain().size() != 100) return 7;
  std::filesystem::remove(filler);
  rig.Restart();
  if (!rig.Drain().empty()) return 8;
  rig.Check("after a start on a full disk");
  return ::testing::Test::HasFailure() ? 5 : 0;
}

/// The spool is alone on the disk: nothing becomes free but what is delivered.
int AloneOnSmallDisk(const char* size) {
  SpoolRig rig;
  if (!MountSmallDisk(rig.dir(), size)) return kNotPossible;
  if (const std::string error = rig.Open(); !error.empty()) return 1;
  for (int i = 0; i < 1000 && !rig.spool().counts().is_degraded; ++i) rig.AppendAndCommit(500, 3);
  if (!rig.spool().counts().is_degraded) return 2;
  rig.AppendAndCommit(500, 3);
  const std::uint64_t produced = rig.Account().produced;
  if (rig.Drain().size() != produced) return 3;
  for (int i = 0; i < 3; ++i) rig.spool().Commit();
  if (rig.spool().counts().is_degraded) return 4;
  rig.AppendAndCommit(500, 3);
  if (rig.spool().counts().is_degraded) return 5;
  rig.Restart();
  if (rig.Account().sent != produced || rig.Drain().size() != 500) return 6;
  rig.Check("after room was made");
  return ::testing::Test::HasFailure() ? 7 : 0;
}

/// Runs it in a child, with file systems of its own.
int InChild(int (*run)(const char*), const char* size) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(run(size));
  int status = 0;
  if (::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

TEST(SpoolFailures, OutlivesASmallDiskThatIsFull) {
  EXPECT_EQ(InChild(OnSmallDisk, "size=512k"), 0);
}

TEST(SpoolFailures, GetsRoomFromWhatIsDelivered) {
  for (const char* size : {"size=4m", "size=5m", "size=6m", "size=9m"}) {
    EXPECT_EQ(InChild(AloneOnSmallDisk, size), 0) << size;
  }
}

}  // namespace
}  // namespace gaikei::testing
