// A file that is damaged, somebody else's, or of another time: the process goes on, the rest is
// delivered, what is lost is counted.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <fstream>
#include <random>
#include <set>

#include "results/database.h"
#include "tests/results/spool/spool_rig.h"
#include "tests/support/temp_dir.h"

namespace gaikei::testing {
namespace {

using support::ReadFile;
using support::WriteFile;
using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::SizeIs;

bool IsFirst(const SampleSeries& series) { return series.check->name == "check0"; }

std::vector<SpoolLane> Lanes() {
  return {{.name = "first", .selects = IsFirst},
          {.name = "folded", .max_bytes = 9'000, .max_age = std::chrono::hours(10'000)},
          {.name = "up", .max_age = std::chrono::hours(10'000)}};
}

/// A small spool, closed, with some of everything in it.
struct Prepared {
  std::string bytes;
  std::map<std::string, std::uint64_t> spooled;
  std::map<std::string, std::uint64_t> produced;
  std::vector<std::string> up;  ///< what lane "up" has still to deliver
};

const Prepared& Prepare() {
  static const Prepared kPrepared = [] {
    Prepared prepared;
    SpoolRig rig;
    EXPECT_EQ(rig.Open(Lanes()), "");
    for (int i = 0; i < 12; ++i) {
      rig.AppendAndCommit(15, 3);
      rig.now += std::chrono::minutes(7);
    }
    rig.Send("up", 20);
    rig.spool().Settle("up", {.states = {{1, "kept"}, {2, std::string(300, 'x')}}});
    rig.Send("first", 5);
    rig.spool().Depart("check2", "tokyo");
    rig.spool().Commit();
    for (const LaneAccount& account : rig.spool().accounts()) {
      prepared.spooled[account.name] = account.spooled;
      prepared.produced[account.name] = account.produced;
    }
    EXPECT_GT(rig.Account("folded").fold_level, 0U);
    const auto backlog = rig.spool().Read("up", 1'000'000, 1 << 30);
    for (const SpoolItem* item : backlog.items) {
      prepared.up.push_back(SpoolRig::Identity(*item));
    }
    rig.Close();
    prepared.bytes = ReadFile(rig.path());
    return prepared;
  }();
  return kPrepared;
}

/// Opens a spool that is somehow damaged, and goes on with it. Gives what lane "up" delivers of
/// what was there before.
std::set<std::string> GoOn(SpoolRig& rig, const std::string& what) {
  const std::string error = rig.Open(Lanes());
  EXPECT_EQ(error, "") << what;
  if (!error.empty()) return {};
  rig.Append(6, 3);
  const auto delivered = rig.Drain("up", 50);
  rig.spool().Commit();
  const auto fresh = rig.Drain("up", 50);
  EXPECT_THAT(fresh, SizeIs(::testing::Ge(6U))) << what;
  for (const char* lane : {"first", "folded"}) rig.Drain(lane, 50);
  rig.spool().Commit();
  for (const LaneAccount& account : rig.spool().accounts()) {
    ExpectBalanced(account, what);
    const bool is_there = Prepare().spooled.contains(account.name);
    EXPECT_TRUE(!is_there || account.spooled == 0) << what << ": " << account.name;
  }
  rig.Check(what);
  EXPECT_FALSE(rig.spool().counts().is_degraded) << what;
  rig.Close();
  std::set<std::string> all(delivered.begin(), delivered.end());
  all.insert(fresh.begin(), fresh.end());
  // Nothing comes twice.
  EXPECT_EQ(all.size(), delivered.size() + fresh.size()) << what;
  return all;
}

/// How many of those that waited are in `delivered`.
std::size_t CountPrepared(const std::set<std::string>& delivered) {
  return static_cast<std::size_t>(std::ranges::count_if(
      Prepare().up, [&](const std::string& item) { return delivered.contains(item); }));
}

TEST(SpoolDamage, NothingIsLostOfAFileThatIsSound) {
  SpoolRig rig;
  WriteFile(rig.path(), Prepare().bytes);
  EXPECT_EQ(CountPrepared(GoOn(rig, "sound")), Prepare().up.size());
  EXPECT_EQ(rig.CountAside(), 0U);
}

class SpoolFlips : public ::testing::TestWithParam<int> {};

TEST_P(SpoolFlips, OutlivesEveryByteThatIsFlipped) {
  const int pattern = GetParam();
  std::string bytes = Prepare().bytes;
  std::size_t lost = 0;
  std::size_t tries = 0;
  // Every so many, beginning somewhere else for each pattern; all of the first page's head.
  for (std::size_t at = static_cast<std::size_t>(pattern) % 11; at < bytes.size();
       at += at < 100 ? 1 : 97) {
    SpoolRig rig;
    const char before = bytes[at];
    bytes[at] = static_cast<char>(bytes[at] ^ pattern);
    WriteFile(rig.path(), bytes);
    bytes[at] = before;
    const auto delivered = GoOn(rig, fmt::format("byte {} ^ {:#x}", at, pattern));
    if (HasFailure()) return;
    lost += Prepare().up.size() - CountPrepared(delivered);
    ++tries;
  }
  // On average little is lost: a row at most.
  EXPECT_LT(lost * 100, tries * Prepare().up.size());
}

INSTANTIATE_TEST_SUITE_P(Patterns, SpoolFlips, ::testing::Values(0x01, 0x80, 0xff, 0x10));

TEST(SpoolDamage, OutlivesEveryTruncation) {
  const std::string& bytes = Prepare().bytes;
  for (std::size_t size = 0; size < bytes.size(); size += size < 600 ? 50 : 1009) {
    SpoolRig rig;
    WriteFile(rig.path(), bytes.substr(0, size));
    GoOn(rig, fmt::format("truncated to {}", size));
    if (HasFailure()) return;
  }
}

TEST(SpoolDamage, OutlivesAZeroedTailAndZeroedPages) {
  constexpr std::size_t kPage = 4096;
  const std::string& bytes = Prepare().bytes;
  for (std::size_t at = 0; at < bytes.size(); at += kPage) {
    for (const std::size_t size : {kPage, bytes.size() - at}) {
      SpoolRig rig;
      std::string damaged = bytes;
      std::fill_n(damaged.begin() + static_cast<std::ptrdiff_t>(at), size, '\0');
      WriteFile(rig.path(), damaged);
      GoOn(rig, fmt::format("{} bytes zeroed at {}", size, at));
      if (HasFailure()) return;
    }
  }
}

TEST(SpoolDamage, OutlivesPagesThatHaveChangedPlaces) {
  constexpr std::size_t kPage = 4096;
  const std::string& bytes = Prepare().bytes;
  for (std::size_t at = kPage; at + 2 * kPage <= bytes.size(); at += kPage) {
    SpoolRig rig;
    std::string damaged = bytes;
    std::swap_ranges(damaged.begin() + static_cast<std::ptrdiff_t>(at),
                     damaged.begin() + static_cast<std::ptrdiff_t>(at + kPage),
                     damaged.begin() + static_cast<std::ptrdiff_t>(at + kPage));
    WriteFile(rig.path(), damaged);
    GoOn(rig, fmt::format("pages changed at {}", at));
    if (HasFailure()) return;
  }
}

TEST(SpoolDamage, CountsARowThatIsDamagedAndDeliversTheRest) {
  SpoolRig rig;
  ASSERT_EQ(rig.Open({{.name = "a"}, {.name = "b", .selects = IsFirst}}), "");
  for (int i = 0; i < 5; ++i) rig.AppendAndCommit(30, 3);
  EXPECT_EQ(rig.Send("a", 40), 40U);
  rig.Close();
  {
    auto database = Database::Open(rig.path());
    ASSERT_TRUE(database);
    // The row that lane "a" is in the middle of, and a later one.
    ASSERT_TRUE(
        database->Execute("UPDATE batch SET bytes = zeroblob(length(bytes)) "
                          "WHERE first IN (31, 91)"));
  }
  ASSERT_EQ(rig.Open({{.name = "a"}, {.name = "b", .selects = IsFirst}}), "");
  EXPECT_THAT(rig.Drain("a"), SizeIs(60));
  EXPECT_THAT(rig.Drain("b"), SizeIs(30));
  EXPECT_THAT(rig.Account("a").dropped, ElementsAre(Pair("corrupt", 50)));
  EXPECT_THAT(rig.Account("b").dropped, ElementsAre(Pair("corrupt", 20)));
  EXPECT_EQ(rig.Account("a").sent, 100U);
  EXPECT_GE(rig.spool().counts().errors, 1U);
  EXPECT_EQ(rig.spool().counts().put_aside, 0U);
  rig.Check("end");
}

TEST(SpoolDamage, DeliversASeriesThatIsSoundBesideOneThatIsLost) {
  SpoolRig rig;
  ASSERT_EQ(rig.Open(), "");
  rig.AppendAndCommit(30, 3);
  rig.Close();
  {
    auto database = Database::Open(rig.path());
    ASSERT_TRUE(
        database->Execute("UPDATE series SET target = 'x' WHERE check_name IN ('check0', 'check1');"
                          "UPDATE series_copy SET target = 'x' WHERE check_name = 'check1'"));
  }
  ASSERT_EQ(rig.Open(), "");
  EXPECT_EQ(rig.Account().spooled, 20U);
  EXPECT_THAT(rig.Account().dropped, ElementsAre(Pair("corrupt", 10)));
  rig.AppendAndCommit(30, 3);
  EXPECT_THAT(rig.Drain(), SizeIs(50));
  rig.Check("end");
}

TEST(SpoolDamage, KnowsALanesAccountByItsCopy) {
  for (const char* table : {"lane", "lane_copy"}) {
    SpoolRig rig;
    ASSERT_EQ(rig.Open(), "");
    rig.AppendAndCommit(30, 3);
    EXPECT_EQ(rig.Send("up", 7), 7U);
    rig.Close();
    {
      auto database = Database::Open(rig.path());
      const std::string sql = fmt::format("UPDATE {} SET crc = crc + 1", table);
      ASSERT_TRUE(database->Execute(sql.c_str()));
    }
    ASSERT_EQ(rig.Open(), "");
    EXPECT_EQ(rig.Account().sent, 7U);
    EXPECT_THAT(rig.Drain(), SizeIs(23));
    rig.Check(table);
  }
}

TEST(SpoolDamage, DeliversAgainWhereTheAccountIsLost) {
  SpoolRig rig;
  ASSERT_EQ(rig.Open({{.name = "other"}, {.name = "up"}}), "");
  rig.AppendAndCommit(30, 3);
  EXPECT_EQ(rig.Send("up", 7), 7U);
  rig.Close();
  {
    auto database = Database::Open(rig.path());
    ASSERT_TRUE(
        database->Execute("UPDATE lane SET crc = crc + 1 WHERE name = 'up';"
                          "UPDATE lane_copy SET crc = crc + 1 WHERE name = 'up'"));
  }
  std::filesystem::remove(rig.path() + "-mark");
  ASSERT_EQ(rig.Open({{.name = "other"}, {.name = "up"}}), "");
  EXPECT_THAT(rig.Drain("up"), SizeIs(30));
  EXPECT_THAT(rig.Drain("other"), SizeIs(30));
  EXPECT_EQ(rig.Account().produced, 30U);
  rig.Check("end");
}

TEST(SpoolDamage, PutsAFileAsideThatIsNotOurs) {
  const std::string foreign[] = {"not a database at all", std::string(5000, 'x'),
                                 std::string("SQLite format 3\0", 16) + std::string(4080, '\1')};
  for (const std::string& bytes : foreign) {
    SpoolRig rig;
    WriteFile(rig.path(), bytes);
    GoOn(rig, "foreign");
    ASSERT_EQ(rig.CountAside(), 1U);
  }
  SpoolRig rig;
  {
    auto database = Database::Open(rig.path());
    ASSERT_TRUE(database->Execute("CREATE TABLE batch (x); INSERT INTO batch VALUES (1)"));
  }
  GoOn(rig, "another program's database");
  EXPECT_EQ(rig.CountAside(), 1U);
}

TEST(SpoolDamage, TakesAnEmptyFile) {
  SpoolRig rig;
  WriteFile(rig.path(), "");
  GoOn(rig, "empty");
  EXPECT_EQ(rig.CountAside(), 0U);
}

TEST(SpoolDamage, LeavesTheFileOfANewerVersionAlone) {
  SpoolRig rig;
  ASSERT_EQ(rig.Open(), "");
  rig.AppendAndCommit(5);
  rig.Close();
  {
    auto database = Database::Open(rig.path());
    ASSERT_TRUE(database->Execute("PRAGMA user_version = 2; PRAGMA journal_mode = DELETE"));
  }
  const std::string before = ReadFile(rig.path());
  ASSERT_EQ(rig.Open(), "");
  EXPECT_FALSE(rig.spool().is_durable());
  ASSERT_THAT(rig.errors(), SizeIs(1));
  EXPECT_THAT(rig.errors()[0], ::testing::HasSubstr("made by a newer version of gaikei"));
  rig.AppendAndCommit(3);
  EXPECT_THAT(rig.Drain(), SizeIs(3));
  rig.Close();
  EXPECT_EQ(ReadFile(rig.path()), before);
  EXPECT_EQ(rig.CountAside(), 0U);
}

TEST(SpoolDamage, GoesOnWithoutItsLog) {
  SpoolRig rig;
  ASSERT_EQ(rig.Open(), "");
  rig.AppendAndCommit(30, 3);
  const std::string copy = ReadFile(rig.path());
  const std::string wal = ReadFile(rig.path() + "-wal");
  rig.Close();
  std::mt19937_64 random(3);
  for (int i = 0; i < 60; ++i) {
    SpoolRig other;
    WriteFile(other.path(), copy);
    std::string damaged = wal.substr(0, i == 0 ? 0 : random() % wal.size());
    if (i % 2 == 0 && !damaged.empty()) damaged[random() % damaged.size()] ^= 0x20;
    if (i > 0) WriteFile(other.path() + "-wal", damaged);
    GoOn(other, fmt::format("log {}", i));
    if (HasFailure()) return;
  }
}

TEST(SpoolDamage, MendsWhatIsDamagedWhileItIsInUse) {
  SpoolRig rig;
  ASSERT_EQ(rig.Open(Lanes()), "");
  for (int i = 0; i < 10; ++i) rig.AppendAndCommit(300, 3);
  rig.spool().Settle("up", {.states = {{1, "kept"}}});
  rig.spool().Commit();
  const std::uint64_t produced = rig.Account().produced;
  std::mt19937_64 random(5);
  for (int round = 0; round < 12; ++round) {
    // Everything is in the file, and every fourth page of it is overwritten.
    {
      auto database = Database::Open(rig.path());
      (void)database->Execute("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    std::fstream file(rig.path(), std::ios::binary | std::ios::in | std::ios::out);
    const auto pages = std::filesystem::file_size(rig.path()) / 4096;
    for (std::uint64_t page = 1 + random() % 4; page < pages; page += 4) {
      file.seekp(static_cast<std::streamoff>(page * 4096 + random() % 4000));
      file.write("damage", 6);
    }
    file.close();
    rig.AppendAndCommit(300, 3);
    rig.Send("up", 200);
    rig.Send("first", 50);
    for (const LaneAccount& account : rig.spool().accounts()) {
      ExpectBalanced(account, fmt::format("round {}", round));
    }
  }
  rig.Drain("up");
  EXPECT_EQ(rig.Account().produced, produced + 12 * 300U);
  EXPECT_GT(rig.Account().sent, 12 * 200U);
  rig.spool().Commit();
  rig.Check("end");
  EXPECT_LE(rig.CountAside(), 10U);
}

TEST(SpoolDamage, NeverFillsTheDiskWithFilesPutAside) {
  SpoolRig rig;
  for (int i = 0; i < 30; ++i) {
    WriteFile(rig.path(), "spoilt");
    std::filesystem::remove(rig.path() + "-wal");
    if (!rig.is_open()) {
      ASSERT_EQ(rig.Open(), "");
    }
    rig.AppendAndCommit(3);
    ExpectBalanced(rig.Account(), "spoilt");
  }
  EXPECT_LE(rig.CountAside(), 12U);
  EXPECT_EQ(rig.Drain().size() + rig.Account().dropped["corrupt"] + rig.Account().dropped["disk"] +
                rig.Account().spooled,
            90U);
}

}  // namespace
}  // namespace gaikei::testing
