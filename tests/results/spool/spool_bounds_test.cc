// A lane stays below its bound: detail goes first, numbers last, and those are counted.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/results/spool/spool_rig.h"

namespace gaikei::testing {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::IsEmpty;
using ::testing::Pair;

/// What counts of samples add up to.
struct Sums {
  std::uint64_t good = 0;
  std::uint64_t bad = 0;
  std::uint64_t missing = 0;
  Tally tally;

  void Add(const SpoolItem& item) {
    if (const auto* rollup = std::get_if<Rollup>(&item.content)) {
      good += rollup->good;
      bad += rollup->bad;
      missing += rollup->missing;
      tally.Merge(rollup->tally);
    } else if (const auto* sample = std::get_if<Sample>(&item.content)) {
      Add(*sample);
    }
  }
  void Add(const Sample& sample) {
    good += sample.counts == Counts::kGood ? 1 : 0;
    bad += sample.counts == Counts::kBad ? 1 : 0;
    missing += sample.counts == Counts::kMissing ? 1 : 0;
    tally.Add(sample.latest.status, sample.reason, sample.latest.duration, sample.latest.phases);
  }
  /// Everything that must survive, in one text.
  std::string Text() const {
    std::map<std::string, std::uint64_t> outcomes;
    for (const auto& row : tally.outcomes) {
      outcomes[fmt::format("{}/{}", Name(row.status), Name(row.reason))] += row.count;
    }
    std::string text = fmt::format("good {} bad {} missing {}", good, bad, missing);
    for (const auto& [name, count] : outcomes) text += fmt::format(" {} {}", name, count);
    return text + fmt::format(" durations {}", tally.duration.Total());
  }
};

/// Outcomes of all kinds, of so many checks in turn, a minute for each turn.
class Load {
 public:
  Load(SpoolRig& rig, int checks) : rig_(rig), checks_(checks) {}

  void Turns(int turns) {
    for (int turn = 0; turn < turns; ++turn) {
      for (int check = 0; check < checks_; ++check) {
        Outcome outcome = rig_.Make(fmt::format("check{}", check));
        if (made_ % 7 == 0) {
          outcome.Fail(Reason::kConnectTimeout, Phase::kConnect, "connect: timed out");
        }
        if (made_ % 31 == 0) outcome.Fail(Reason::kProberOverload, std::nullopt, "busy");
        ++made_;
        rig_.spool().Append({&outcome, 1});
        auto series = std::make_shared<SampleSeries>();
        series->check = outcome.check;
        sums_.Add(Sample::Of(outcome, series, false));
      }
      rig_.now += minutes(1);
      if (turn % 10 == 9) rig_.spool().Commit();
    }
    rig_.spool().Commit();
  }
  const Sums& sums() const { return sums_; }
  std::uint64_t made() const { return made_; }

 private:
  SpoolRig& rig_;
  const int checks_;
  std::uint64_t made_ = 0;
  Sums sums_;
};

Sums DrainSums(SpoolRig& rig, const std::string& lane) {
  Sums sums;
  for (;;) {
    const auto backlog = rig.spool().Read(lane, 50, 1 << 30);
    if (backlog.items.empty()) return sums;
    Spool::Settlement settlement;
    for (const SpoolItem* item : backlog.items) {
      sums.Add(*item);
      settlement.sent += item->samples();
    }
    settlement.end = backlog.items.back()->end;
    rig.spool().Settle(lane, std::move(settlement));
  }
}

TEST(SpoolBounds, FoldsTheOldestAndKeepsEveryNumber) {
  SpoolRig rig;
  ASSERT_EQ(rig.Open({{.name = "tight", .max_bytes = 60'000, .max_age = hours(10'000)},
                      {.name = "wide", .max_age = hours(10'000)}}),
            "");
  Load load(rig, 6);
  unsigned highest = 0;
  for (int i = 0; i < 20; ++i) {
    load.Turns(60);
    const LaneAccount account = rig.Account("tight");
    EXPECT_LE(account.bytes, 60'000U);
    EXPECT_GE(account.fold_level, highest);
    highest = account.fold_level;
    EXPECT_EQ(account.spooled, load.made());
    EXPECT_THAT(account.dropped, IsEmpty());
    rig.Check(fmt::format("hour {}", i));
  }
  EXPECT_EQ(highest, 4U);
  EXPECT_EQ(rig.Account("wide").fold_level, 0U);
  rig.Restart();
  rig.Check("restarted");
  EXPECT_EQ(rig.Account("tight").fold_level, 4U);
  EXPECT_EQ(DrainSums(rig, "tight").Text(), load.sums().Text());
  EXPECT_EQ(DrainSums(rig, "wide").Text(), load.sums().Text());
  EXPECT_EQ(rig.Account("tight").sent, load.made());
  EXPECT_EQ(rig.Account("tight").fold_level, 0U);
  rig.Check("drained");
}

TEST(SpoolBounds, KeepsTheLatestInMoreDetail) {
  SpoolRig rig;
  ASSERT_EQ(rig.Open({{.name = "up", .max_bytes = 200'000, .max_age = hours(10'000)}}), "");
  Load load(rig, 5);
  load.Turns(1500);
  const auto backlog = rig.spool().Read("up", 1'000'000, 1 << 30);
  ASSERT_THAT(backlog.items.size(), Gt(100U));
  const auto is_rollup = [](const SpoolItem* item) {
    return std::holds_alternative<Rollup>(item->content);
  };
  EXPECT_TRUE(is_rollup(backlog.items.front()));
  // Reading gives a part only; the end is found by what a whole drain ends with.
  const auto all = rig.Drain("up");
  EXPECT_THAT(all.back(), ::testing::Not(::testing::StartsWith("rollup")));
}

TEST(SpoolBounds, KeepsWhereACheckHasDeparted) {
  SpoolRig rig;
  ASSERT_EQ(rig.Open({{.name = "up", .max_bytes = 20'000, .max_age = hours(10'000)}}), "");
  Load load(rig, 2);
  load.Turns(30);
  rig.spool().Depart("check0", "tokyo");
  load.Turns(400);
  rig.Check("folded");
  const auto all = rig.Drain("up");
  const auto departure = std::ranges::find(all, "departure check0 tokyo 0");
  ASSERT_NE(departure, all.end());
  std::uint64_t before = 0;
  for (auto item = all.begin(); item != departure; ++item) {
    unsigned long long samples = 1;
    if (item->starts_with("rollup check0")) {
      samples = std::stoull(item->substr(item->rfind(' ') + 1));
    } else if (!item->starts_with("check0")) {
      continue;
    }
    before += samples;
  }
  EXPECT_EQ(before, 30U);
}

TEST(SpoolBounds, NeverFoldsWhatIsBeingDelivered) {
  SpoolRig rig;
  ASSERT_EQ(rig.Open({{.name = "up", .max_bytes = 40'000, .max_age = hours(10'000)}}), "");
  Load load(rig, 4);
  load.Turns(10);
  const auto backlog = rig.spool().Read("up", 15, 1 << 20);
  ASSERT_EQ(backlog.items.size(), 15U);
  std::vector<std::string> handed;
  for (const SpoolItem* item : backlog.items) handed.push_back(SpoolRig::Identity(*item));
  load.Turns(400);
  rig.Check("folded behind it");
  EXPECT_LE(rig.Account().bytes, 40'000U);
  // Put off, and read again: the same items are there.
  const auto again = rig.spool().Read("up", 15, 1 << 20);
  ASSERT_EQ(again.items.size(), 15U);
  for (std::size_t i = 0; i < 15; ++i) {
    EXPECT_EQ(SpoolRig::Identity(*again.items[i]), handed[i]);
  }
  rig.spool().Settle("up", {.end = backlog.items.back()->end, .sent = 15});
  EXPECT_EQ(rig.Account().spooled, load.made() - 15);
  rig.Check("settled");
  DrainSums(rig, "up");
  EXPECT_EQ(rig.Account().sent, load.made());
  EXPECT_THAT(rig.Account().dropped, IsEmpty());
}

TEST(SpoolBounds, DropsTheOldestWhereRollupsCannotBeDelivered) {
  SpoolRig rig;
  ASSERT_EQ(rig.Open({{.name = "plain", .max_bytes = 40'000, .takes_rollups = false}}), "");
  Load load(rig, 4);
  load.Turns(400);
  const LaneAccount account = rig.Account("plain");
  EXPECT_LE(account.bytes, 40'000U);
  EXPECT_LE(account.fold_level, 1U);
  EXPECT_THAT(account.dropped, ElementsAre(Pair("folded", Gt(100U))));
  rig.Check("dropped");
  const auto all = rig.Drain("plain");
  EXPECT_EQ(all.size(), account.spooled);
  for (const std::string& item : all) EXPECT_FALSE(item.starts_with("rollup"));
  // The latest is there.
  EXPECT_TRUE(all.back().starts_with("check3"));
}

TEST(SpoolBounds, LosesDetailBeforeItLosesSamples) {
  SpoolRig rig;
  ASSERT_EQ(
      rig.Open(
          {{.name = "logs", .max_bytes = 100'000, .wants_json = true, .takes_rollups = false}}),
      "");
  Load load(rig, 4);
  load.Turns(20);
  EXPECT_THAT(rig.Account("logs").dropped, IsEmpty());
  EXPECT_EQ(rig.Account("logs").fold_level, 1U);
  const auto backlog = rig.spool().Read("logs", 1000, 1 << 30);
  ASSERT_FALSE(backlog.items.empty());
  EXPECT_EQ(std::get<Sample>(backlog.items.front()->content).json, "");
}

class SpoolAge : public ::testing::TestWithParam<bool> {};

TEST_P(SpoolAge, ExpiresWhatIsTooOld) {
  SpoolRig rig;
  ASSERT_EQ(rig.Open({{.name = "up", .max_age = hours(2), .takes_rollups = GetParam()}}), "");
  Load load(rig, 3);
  load.Turns(300);
  rig.Check("aged");
  EXPECT_THAT(rig.Account().dropped, ElementsAre(Pair("expired", Gt(500U))));
  EXPECT_GE(rig.Account().spooled, 360U);
  EXPECT_LE(rig.Account().spooled, 400U);
  EXPECT_EQ(rig.Account().fold_level, 0U);
  // Nothing needs to be appended for it, and all of it goes at once.
  rig.now += hours(3);
  rig.spool().Commit();
  EXPECT_EQ(rig.Account().spooled, 0U);
  EXPECT_THAT(rig.Drain(), IsEmpty());
  rig.Check("all expired");
}

TEST_P(SpoolAge, ExpiresAllThatAgedWhileNobodyRan) {
  SpoolRig rig;
  ASSERT_EQ(rig.Open({{.name = "up", .max_age = hours(2), .takes_rollups = GetParam()}}), "");
  Load load(rig, 3);
  load.Turns(60);
  const std::uint64_t made = rig.Account().produced;
  rig.Close();
  rig.now += hours(5);
  ASSERT_EQ(rig.Open({{.name = "up", .max_age = hours(2), .takes_rollups = GetParam()}}), "");
  rig.AppendAndCommit(3);
  EXPECT_THAT(rig.Account().dropped, ElementsAre(Pair("expired", made)));
  EXPECT_THAT(rig.Drain(), ::testing::SizeIs(3));
  rig.Check("aged");
}

TEST_P(SpoolAge, KeepsWhatIsUnderWay) {
  SpoolRig rig;
  ASSERT_EQ(rig.Open({{.name = "up", .max_age = hours(2), .takes_rollups = GetParam()}}), "");
  rig.AppendAndCommit(10, 3);
  rig.AppendAndCommit(10, 3);
  const auto backlog = rig.spool().Read("up", 5, 1 << 20);
  ASSERT_THAT(backlog.items, ::testing::SizeIs(5));
  rig.now += hours(5);
  rig.spool().Commit();
  EXPECT_EQ(rig.Account().spooled, 5U);
  EXPECT_THAT(rig.Account().dropped, ElementsAre(Pair("expired", 15)));
  rig.spool().Settle("up", {.end = backlog.items.back()->end, .sent = 5});
  EXPECT_EQ(rig.Account().sent, 5U);
  rig.spool().Commit();
  rig.Check("under way");
}

INSTANTIATE_TEST_SUITE_P(TakesRollups, SpoolAge, ::testing::Bool());

TEST(SpoolBounds, DropsNumbersOnlyWhereNotEvenRollupsHaveRoom) {
  SpoolRig rig;
  ASSERT_EQ(rig.Open({{.name = "up", .max_bytes = 16'384, .max_age = hours(10'000)}}), "");
  Load load(rig, 400);
  load.Turns(30);
  EXPECT_LE(rig.Account().bytes, 16'384U);
  EXPECT_THAT(rig.Account().dropped, ElementsAre(Pair("folded", Gt(0U))));
  rig.Check("dropped");
  EXPECT_FALSE(rig.Drain().empty());
}

TEST(SpoolBounds, BoundsALaneWhoseBacklogIsWrittenAtOnce) {
  SpoolRig rig;
  ASSERT_EQ(rig.Open({{.name = "up", .max_bytes = 30'000, .max_age = hours(10'000)}}), "");
  rig.Append(3000, 3);
  rig.spool().Commit();
  EXPECT_LE(rig.Account().bytes, 30'000U);
  EXPECT_EQ(rig.Account().spooled, 3000U);
  rig.Check("written");
}

TEST(SpoolBounds, BoundsASpoolInMemory) {
  SpoolRig rig(nullptr);
  rig.options.max_bytes_in_memory = 30'000;
  ASSERT_EQ(rig.Open({{.name = "up", .max_age = hours(10'000)}}), "");
  Load load(rig, 3);
  load.Turns(500);
  EXPECT_LE(rig.Account().bytes, 30'000U);
  EXPECT_EQ(DrainSums(rig, "up").Text(), load.sums().Text());
}

TEST(SpoolBounds, KeepsTheFileSmallAfterAnOutage) {
  SpoolRig rig;
  ASSERT_EQ(rig.Open(), "");
  for (int i = 0; i < 40; ++i) rig.AppendAndCommit(2000, 10);
  const auto largest = std::filesystem::file_size(rig.path());
  rig.Drain("up", 5000);
  for (int i = 0; i < 100; ++i) {
    rig.AppendAndCommit(1);
    rig.Drain();
  }
  rig.Restart();
  EXPECT_LT(std::filesystem::file_size(rig.path()), largest / 2);
}

}  // namespace
}  // namespace gaikei::testing
