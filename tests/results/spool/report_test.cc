#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <utility>

#include "../samples.h"
#include "random_items.h"
#include "results/database.h"
#include "results/spool/item_json.h"
#include "results/spool/spool.h"
#include "results/spool/spool_report.h"

namespace gaikei::testing {
namespace {

using std::chrono::seconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

/// A spool in a directory of its own, at a time that stands still.
class SpoolReportTest : public ::testing::Test {
 protected:
  std::unique_ptr<Spool> Open() {
    SpoolOptions options;
    options.state_dir = dir_.path("");
    options.now = [this] { return now_; };
    auto spool = Spool::Open(std::move(options));
    EXPECT_TRUE(spool) << spool.error();
    return std::move(*spool);
  }

  std::unique_ptr<SpoolReport> Report(SpoolReport::Selections selections = {}) {
    auto report = SpoolReport::Open(dir_.path(""), std::move(selections));
    EXPECT_TRUE(report) << report.error().text;
    return report ? std::move(*report) : nullptr;
  }

  /// One outcome of each of some checks.
  std::vector<Outcome> Round(int checks = 3) {
    std::vector<Outcome> outcomes;
    for (int i = 0; i < checks; ++i) {
      Outcome outcome = i == 1 ? TimedOutOutcome() : PassedOutcome("check" + std::to_string(i));
      auto& known = identities_[i];
      if (!known) known = outcome.check;
      outcome.check = known;
      outcome.scheduled_at = now_;
      outcome.started_at = now_;
      outcomes.push_back(std::move(outcome));
    }
    now_ += seconds(10);
    return outcomes;
  }

  void AppendRounds(Spool& spool, int rounds) {
    for (int i = 0; i < rounds; ++i) {
      spool.Append(Round());
      if (i % 10 == 9) spool.Commit();
    }
    spool.Commit();
  }

  static SpoolLane Lane(const std::string& name) {
    SpoolLane lane;
    lane.name = name;
    return lane;
  }

  /// All that waits for it, which is then sent.
  static std::vector<std::string> Deliver(Spool& spool, const std::string& lane) {
    std::vector<std::string> lines;
    for (;;) {
      const auto backlog = spool.Read(lane, 100, std::size_t{1} << 20U);
      if (backlog.items.empty()) return lines;
      Spool::Settlement settlement;
      settlement.end = backlog.items.back()->end;
      for (const SpoolItem* item : backlog.items) {
        settlement.sent += item->samples();
        lines.push_back(ToJson(*item));
      }
      spool.Settle(lane, std::move(settlement));
    }
  }

  static std::vector<std::string> DumpAll(SpoolReport& report, const std::string& lane) {
    std::vector<std::string> lines;
    const auto done = report.Dump(lane, [&](const SpoolItem& item) {
      lines.push_back(ToJson(item));
      return true;
    });
    if (!done) lines.push_back(done.error());
    return lines;
  }

  /// Changes the file behind everybody's back. REQUIRES: nobody has it open.
  void Execute(const std::string& sql) {
    auto database = Database::Open(file());
    ASSERT_TRUE(database);
    const auto done = database->Execute(sql.c_str());
    ASSERT_TRUE(done) << done.error().message;
  }

  std::string file() const { return dir_.path("spool.db"); }

  ScratchDir dir_;
  WallTime now_ = SampleTime();
  std::map<int, std::shared_ptr<const CheckIdentity>> identities_;
};

void ExpectSame(const LaneAccount& told, const LaneAccount& is) {
  EXPECT_EQ(told.name, is.name);
  EXPECT_EQ(told.produced, is.produced);
  EXPECT_EQ(told.sent, is.sent);
  EXPECT_EQ(told.rejected, is.rejected);
  EXPECT_EQ(told.duplicates, is.duplicates);
  EXPECT_EQ(told.dropped, is.dropped);
  EXPECT_EQ(told.spooled, is.spooled);
  EXPECT_EQ(told.bytes, is.bytes);
  EXPECT_EQ(told.oldest_at, is.oldest_at);
  EXPECT_EQ(told.fold_level, is.fold_level);
}

TEST_F(SpoolReportTest, SaysThatThereIsNone) {
  const auto report = SpoolReport::Open(dir_.path("nowhere"), {});
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().text, HasSubstr("nowhere/spool.db: there is no spool"));
  EXPECT_FALSE(report.error().is_damage);
}

TEST_F(SpoolReportTest, SaysThatItIsNotOurs) {
  std::ofstream(file()) << "this is no database, and much longer than a header would be: "
                        << std::string(200, 'x');
  auto report = SpoolReport::Open(dir_.path(""), {});
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().text, HasSubstr("not a database"));
  EXPECT_TRUE(report.error().is_damage);
  std::filesystem::remove(file());
  Execute("CREATE TABLE batch (first INTEGER PRIMARY KEY)");
  report = SpoolReport::Open(dir_.path(""), {});
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().text, HasSubstr("not a spool of gaikei"));
  EXPECT_TRUE(report.error().is_damage);
}

TEST_F(SpoolReportTest, SaysWhatStandsInItsPlace) {
  std::filesystem::create_directory(file());
  auto report = SpoolReport::Open(dir_.path(""), {});
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().text, HasSubstr("spool.db: is a directory"));
  EXPECT_FALSE(report.error().is_damage);
  std::filesystem::remove(file());
  // Reading it would have no end.
  ASSERT_EQ(::mkfifo(file().c_str(), 0600), 0);
  report = SpoolReport::Open(dir_.path(""), {});
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().text, HasSubstr("spool.db: is a pipe"));
  EXPECT_FALSE(report.error().is_damage);
}

TEST_F(SpoolReportTest, LeavesTheLogOfAFileThatWasEmptiedAlone) {
  auto spool = Open();
  spool->SetLanes({Lane("a")});
  AppendRounds(*spool, 2);
  const auto size = std::filesystem::file_size(file() + "-wal");
  ASSERT_GT(size, 0U);
  const std::filesystem::path copy = dir_.path("copy");
  std::filesystem::create_directory(copy);
  std::filesystem::copy(file() + "-wal", copy / "spool.db-wal");
  std::ofstream(copy / "spool.db").flush();
  const auto report = SpoolReport::Open(copy, {});
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().text, HasSubstr("spool.db: the file is empty"));
  EXPECT_TRUE(report.error().is_damage);
  EXPECT_EQ(std::filesystem::file_size(copy / "spool.db-wal"), size);
}

TEST_F(SpoolReportTest, TellsTheAccountsWhileTheSpoolIsInUse) {
  auto spool = Open();
  spool->SetLanes({Lane("a"), Lane("b")});
  AppendRounds(*spool, 20);
  const auto backlog = spool->Read("b", 31, std::size_t{1} << 20U);
  ASSERT_EQ(backlog.items.size(), 31U);
  Spool::Settlement settlement;
  settlement.end = backlog.items.back()->end;
  settlement.sent = 28;
  settlement.rejected = 3;
  settlement.duplicates = 5;
  settlement.states = {{1, "something"}};
  spool->Settle("b", std::move(settlement));
  spool->Commit();

  auto report = Report();
  const SpoolStatus status = report->Status();
  EXPECT_FALSE(status.is_damaged);
  EXPECT_GT(status.file_bytes, 0U);
  const auto accounts = spool->accounts();
  ASSERT_EQ(status.lanes.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    ExpectSame(status.lanes[i].account, accounts[i]);
    EXPECT_FALSE(status.lanes[i].is_filtered);
    EXPECT_FALSE(status.lanes[i].gone_at);
  }
  EXPECT_EQ(status.lanes[1].account.spooled, 29U);

  // Each call sees what has been committed meanwhile.
  AppendRounds(*spool, 1);
  EXPECT_EQ(report->Status().lanes[1].account.spooled, 32U);
  const SpoolCheck check = report->Check();
  EXPECT_THAT(check.faults, IsEmpty());
  EXPECT_THAT(check.notes, IsEmpty());
  EXPECT_EQ(check.samples, 63U);
}

TEST_F(SpoolReportTest, TellsAnUpstreamThatIsGone) {
  auto spool = Open();
  spool->SetLanes({Lane("a"), Lane("b")});
  AppendRounds(*spool, 2);
  spool->SetLanes({Lane("a")});
  AppendRounds(*spool, 2);
  auto report = Report();
  const auto status = report->Status();
  ASSERT_EQ(status.lanes.size(), 2U);
  EXPECT_FALSE(status.lanes[0].gone_at);
  EXPECT_TRUE(status.lanes[1].gone_at);
  EXPECT_EQ(status.lanes[1].account.spooled, 6U);
  EXPECT_EQ(DumpAll(*report, "b").size(), 6U);
  EXPECT_THAT(report->Check().faults, IsEmpty());
}

TEST_F(SpoolReportTest, DumpsWhatWouldBeDelivered) {
  auto spool = Open();
  spool->SetLanes({Lane("a"), Lane("b")});
  AppendRounds(*spool, 10);
  spool->Depart("check2", PassedOutcome().region);
  spool->Commit();
  const auto backlog = spool->Read("a", 7, std::size_t{1} << 20U);
  Spool::Settlement settlement;
  settlement.end = backlog.items.back()->end;
  settlement.sent = 7;
  spool->Settle("a", std::move(settlement));
  spool->Commit();

  auto report = Report();
  const auto a = DumpAll(*report, "a");
  EXPECT_EQ(a.size(), 24U);
  EXPECT_EQ(a, Deliver(*spool, "a"));
  const auto b = DumpAll(*report, "b");
  EXPECT_EQ(b.size(), 31U);
  EXPECT_EQ(b, Deliver(*spool, "b"));

  std::size_t taken = 0;
  EXPECT_TRUE(report->Dump("b", [&](const SpoolItem&) { return ++taken < 4; }));
  EXPECT_EQ(taken, 4U);
  const auto unknown = report->Dump("c\x1b", [](const SpoolItem&) { return true; });
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error(), "nothing was ever spooled for \"c\\x1b\"");
}

TEST_F(SpoolReportTest, KnowsWhatAnUpstreamWithAFilterWants) {
  const auto wants = [](const SampleSeries& series) { return series.check->name == "check0"; };
  auto spool = Open();
  SpoolLane some = Lane("some");
  some.selects = wants;
  spool->SetLanes({Lane("all"), some});
  AppendRounds(*spool, 5);
  {
    auto report = Report({{"some", wants}});
    EXPECT_TRUE(report->Status().lanes[1].is_filtered);
    EXPECT_TRUE(report->Status().lanes[1].is_selection_known);
    EXPECT_EQ(DumpAll(*report, "some").size(), 5U);
    const SpoolCheck check = report->Check();
    EXPECT_THAT(check.faults, IsEmpty());
    EXPECT_THAT(check.notes, IsEmpty());
  }
  // Nothing to go by, or what has been changed since.
  const auto changed = [](const SampleSeries& series) { return series.check->name != "check0"; };
  for (const SpoolReport::Selections& selections :
       {SpoolReport::Selections(), SpoolReport::Selections{{"some", changed}}}) {
    auto report = Report(selections);
    EXPECT_FALSE(report->Status().lanes[1].is_selection_known);
    const SpoolCheck check = report->Check();
    EXPECT_THAT(check.faults, IsEmpty());
    EXPECT_THAT(check.notes, ElementsAre(HasSubstr("lane \"some\"")));
  }
  auto report = Report({{"some", wants}});
  EXPECT_EQ(DumpAll(*report, "some"), Deliver(*spool, "some"));
}

TEST_F(SpoolReportTest, KnowsThatAFilterLetsEverythingThrough) {
  auto spool = Open();
  SpoolLane all = Lane("all");
  all.selects = [](const SampleSeries&) { return true; };
  spool->SetLanes({all});
  AppendRounds(*spool, 5);
  auto report = Report();
  const auto status = report->Status();
  EXPECT_FALSE(status.lanes[0].is_filtered);
  EXPECT_TRUE(status.lanes[0].is_selection_known);
  EXPECT_EQ(DumpAll(*report, "all").size(), 15U);
  const SpoolCheck check = report->Check();
  EXPECT_THAT(check.faults, IsEmpty());
  EXPECT_THAT(check.notes, IsEmpty());
}

TEST_F(SpoolReportTest, IsRightAboutWhatWasFolded) {
  auto spool = Open();
  SpoolLane small = Lane("small");
  small.max_bytes = 60'000;
  spool->SetLanes({Lane("large"), small});
  AppendRounds(*spool, 600);
  const auto accounts = spool->accounts();
  ASSERT_GT(accounts[1].fold_level, 0U);
  auto report = Report();
  const auto status = report->Status();
  for (std::size_t i = 0; i < 2; ++i) ExpectSame(status.lanes[i].account, accounts[i]);
  EXPECT_THAT(report->Check().faults, IsEmpty());
  EXPECT_EQ(DumpAll(*report, "small"), Deliver(*spool, "small"));
}

TEST_F(SpoolReportTest, ReadsAFileThatNobodyHasOpenAndLeavesItAsItIs) {
  {
    auto spool = Open();
    spool->SetLanes({Lane("a")});
    AppendRounds(*spool, 5);
  }
  const std::string before = ReadFile(file());
  {
    auto report = Report();
    EXPECT_EQ(report->Status().lanes[0].account.spooled, 15U);
    EXPECT_EQ(DumpAll(*report, "a").size(), 15U);
    EXPECT_THAT(report->Check().faults, IsEmpty());
  }
  EXPECT_TRUE(ReadFile(file()) == before);
  // And it can be written again.
  auto spool = Open();
  spool->SetLanes({Lane("a")});
  AppendRounds(*spool, 1);
  EXPECT_EQ(spool->accounts()[0].spooled, 18U);
}

TEST_F(SpoolReportTest, FindsWhatIsWrong) {
  const auto make = [this] {
    std::filesystem::remove(file());
    auto spool = Open();
    SpoolLane small = Lane("small");
    small.max_bytes = 60'000;
    spool->SetLanes({Lane("a"), small});
    AppendRounds(*spool, 300);
    const auto backlog = spool->Read("a", 5, std::size_t{1} << 20U);
    Spool::Settlement settlement;
    settlement.end = backlog.items.back()->end;
    settlement.sent = 5;
    settlement.states = {{1, "something"}};
    spool->Settle("a", std::move(settlement));
  };
  struct Case {
    const char* sql;
    const char* fault;
  };
  const Case cases[] = {
      {"UPDATE counter SET value = value + 1 WHERE name = 'next_sequence'",
       "counter \"next_sequence\": its checksum is wrong"},
      {"UPDATE series SET region = 'other' WHERE id = 2", "series 2: its checksum is wrong"},
      {"DELETE FROM series WHERE id = 2; DELETE FROM series_copy WHERE id = 2",
       "is of series 2, which is not there"},
      {"UPDATE lane SET crc = crc + 1 WHERE name = 'a'",
       "lane \"a\": its checksum is wrong, or its counts do not add up"},
      {"UPDATE lane SET name = 'b' WHERE name = 'a'", "lane \"a\": there is a copy of it only"},
      {"DELETE FROM lane_copy WHERE name = 'a'", "lane \"a\": there is no copy of it"},
      {"UPDATE batch SET samples = samples + 1 WHERE first = (SELECT max(first) FROM batch)",
       "the checksum of its head is wrong"},
      {"UPDATE batch SET bytes = zeroblob(length(bytes)) WHERE first = (SELECT max(first) FROM "
       "batch)",
       "the checksum of its items is wrong"},
      {"UPDATE batch SET counts = zeroblob(length(counts))", "the checksum of its counts is wrong"},
      {"DELETE FROM batch WHERE first = (SELECT max(first) FROM batch)",
       "lane \"a\": 895 samples should wait for it, and "},
      {"DELETE FROM fold", "lane \"small\": 900 samples should wait for it, and "},
      {"UPDATE fold SET lane = 'a'", "the checksum of its head is wrong"},
      {"UPDATE state SET bytes = x'00'", "state of \"a\", series 1: its checksum is wrong"},
      {"DELETE FROM lane WHERE name = 'a'; DELETE FROM lane_copy WHERE name = 'a'",
       "state of \"a\", series 1: there is no such lane"},
  };
  make();
  {
    auto report = Report();
    ASSERT_THAT(report->Check().faults, IsEmpty());
    ASSERT_GT(report->Status().lanes[1].account.fold_level, 1U);
  }
  const std::string sound = ReadFile(file());
  for (const Case& c : cases) {
    std::ofstream(file(), std::ios::binary) << sound;
    Execute(c.sql);
    auto report = Report();
    EXPECT_THAT(report->Check().faults, Contains(HasSubstr(c.fault))) << c.sql;
  }
}

TEST_F(SpoolReportTest, WhatIsSoundInOneOfTwoPlacesIsNamedAndMendedWhenItIsUsed) {
  {
    auto spool = Open();
    spool->SetLanes({Lane("a")});
    AppendRounds(*spool, 10);
  }
  const std::string sound = ReadFile(file());
  const std::string mark = ReadFile(file() + "-mark");
  const auto waiting = DumpAll(*Report(), "a").size();
  for (const char* sql : {
           "UPDATE series SET region = 'other' WHERE id = 2",
           "UPDATE series_copy SET crc = crc + 1 WHERE id = 2",
           "DELETE FROM series WHERE id = 2",
           "DELETE FROM series_copy WHERE id = 2",
           "UPDATE lane SET crc = crc + 1",
           "DELETE FROM lane",
           "DELETE FROM lane_copy",
       }) {
    std::ofstream(file(), std::ios::binary) << sound;
    std::ofstream(file() + "-mark", std::ios::binary) << mark;
    Execute(sql);
    EXPECT_THAT(Report()->Check().faults,
                SizeIs(::testing::AllOf(::testing::Ge(1U), ::testing::Le(2U))))
        << sql;
    EXPECT_EQ(DumpAll(*Report(), "a").size(), waiting) << sql;
    {
      auto spool = Open();
      spool->SetLanes({Lane("a")});
      EXPECT_EQ(spool->counts().errors, 1U) << sql;
      AppendRounds(*spool, 1);
      EXPECT_THAT(spool->accounts()[0].dropped, IsEmpty()) << sql;
    }
    EXPECT_THAT(Report()->Check().faults, IsEmpty()) << sql;
    EXPECT_GT(DumpAll(*Report(), "a").size(), waiting) << sql;
  }
}

TEST_F(SpoolReportTest, AFlippedBitIsFoundOrHarmless) {
  {
    auto spool = Open();
    SpoolLane small = Lane("small");
    small.max_bytes = 20'000;
    spool->SetLanes({Lane("a"), small});
    AppendRounds(*spool, 40);
  }
  // The file alone: the log has been moved into it when it was closed.
  ASSERT_FALSE(std::filesystem::exists(file() + "-wal"));
  std::vector<std::string> before;
  {
    auto report = Report();
    before = DumpAll(*report, "a");
    const auto small = DumpAll(*report, "small");
    before.insert(before.end(), small.begin(), small.end());
    ASSERT_THAT(report->Check().faults, IsEmpty());
  }
  const std::string sound = ReadFile(file());
  std::size_t found = 0;
  std::size_t tried = 0;
  for (std::size_t at = 0; at < sound.size(); at += 797) {
    std::string damaged = sound;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
    for (const char* part : {"", "-wal", "-shm"}) std::filesystem::remove(file() + part);
    std::ofstream(file(), std::ios::binary) << damaged;
    ++tried;
    auto report = SpoolReport::Open(dir_.path(""), {});
    if (!report || !(*report)->Check().faults.empty()) {
      ++found;
      if (report) {
        (*report)->Status();
        DumpAll(**report, "a");
      }
      continue;
    }
    auto after = DumpAll(**report, "a");
    const auto small = DumpAll(**report, "small");
    after.insert(after.end(), small.begin(), small.end());
    EXPECT_TRUE(after == before) << at;
  }
  EXPECT_GT(found, tried / 4);
}

}  // namespace
}  // namespace gaikei::testing
