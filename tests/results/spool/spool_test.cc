#include "results/spool/spool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/database.h"
#include "tests/results/spool/spool_rig.h"

namespace gaikei::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

TEST(Spool, GivesWhatWasCommittedInOrderAndNoMore) {
  SpoolRig rig;
  ASSERT_EQ(rig.Open(), "");
  rig.Append(3);
  EXPECT_THAT(rig.spool().Read("up", 10, 1 << 20).items, IsEmpty());
  EXPECT_EQ(rig.Account().produced, 3U);
  EXPECT_EQ(rig.Account().spooled, 3U);
  rig.Check("appended");
  rig.spool().Commit();
  rig.Append(2);
  EXPECT_THAT(rig.Drain(), SizeIs(3));
  rig.Check("sent");
  EXPECT_EQ(rig.Account().sent, 3U);
  EXPECT_EQ(rig.Account().spooled, 2U);
  EXPECT_TRUE(rig.spool().is_durable());
}

TEST(Spool, KeepsWhatIsNotSettledOverRestarts) {
  SpoolRig rig;
  ASSERT_EQ(rig.Open(), "");
  rig.AppendAndCommit(10, 3);
  EXPECT_EQ(rig.Send("up", 4), 4U);
  rig.Restart();
  rig.Check("restarted");
  EXPECT_EQ(rig.Account().produced, 10U);
  EXPECT_EQ(rig.Account().sent, 4U);
  EXPECT_THAT(rig.Drain(), SizeIs(6));
  rig.AppendAndCommit(1);
  EXPECT_THAT(rig.Drain(), SizeIs(1));
  EXPECT_EQ(rig.Account().produced, 11U);
  EXPECT_EQ(rig.Account().bytes, 0U);
  EXPECT_FALSE(rig.Account().oldest_at);
}

TEST(Spool, DeliversOnceMoreWhatWasSettledAndNotCommitted) {
  SpoolRig rig;
  rig.options.sync = SpoolSync::kAlways;
  ASSERT_EQ(rig.Open(), "");
  rig.Append(5);
  EXPECT_EQ(rig.Send("up", 5), 5U);
  // A copy of the directory is what a kill would have left.
  const std::string copy = rig.path() + ".copy";
  std::filesystem::copy_file(rig.path(), copy);
  std::filesystem::copy_file(rig.path() + "-wal", copy + "-wal");
  EXPECT_EQ(CountRows(copy, "up", nullptr, true), 5U);
  rig.spool().Commit();
  EXPECT_EQ(CountRows(rig.path(), "up", nullptr, true), 0U);
}

TEST(Spool, ServesLanesIndependently) {
  SpoolRig rig;
  ASSERT_EQ(rig.Open({{.name = "dead"}, {.name = "slow"}, {.name = "up"}}), "");
  for (int i = 0; i < 20; ++i) {
    rig.AppendAndCommit(10, 4);
    EXPECT_THAT(rig.Drain("up"), SizeIs(10));
    EXPECT_EQ(rig.Send("slow", 3), 3U);
    rig.Check("round");
  }
  EXPECT_EQ(rig.Account("dead").spooled, 200U);
  EXPECT_EQ(rig.Account("slow").spooled, 140U);
  EXPECT_EQ(rig.Account("up").spooled, 0U);
  rig.Restart();
  EXPECT_THAT(rig.Drain("slow", 7), SizeIs(140));
  EXPECT_THAT(rig.Drain("dead", 33), SizeIs(200));
  rig.Check("drained");
}

TEST(Spool, BeginsANewLaneAtTheEnd) {
  SpoolRig rig;
  ASSERT_EQ(rig.Open(), "");
  rig.AppendAndCommit(5);
  rig.Append(5);
  rig.spool().SetLanes({{.name = "up"}, {.name = "late"}});
  rig.AppendAndCommit(2);
  EXPECT_EQ(rig.Account("late").produced, 2U);
  EXPECT_THAT(rig.Drain("late"), SizeIs(2));
  EXPECT_THAT(rig.Drain("up"), SizeIs(12));
}

TEST(Spool, ForgetsALaneThatIsGoneWhenAllItHasIsTooOld) {
  SpoolRig rig;
  ASSERT_EQ(rig.Open({{.name = "gone", .max_age = std::chrono::hours(1)}, {.name = "up"}}), "");
  rig.AppendAndCommit(5);
  rig.spool().SetLanes({{.name = "up"}});
  rig.AppendAndCommit(5);
  EXPECT_THAT(rig.Drain("up"), SizeIs(10));
  EXPECT_EQ(rig.Account("gone").spooled, 5U);
  EXPECT_EQ(rig.Account("gone").produced, 5U);
  rig.now += std::chrono::minutes(59);
  rig.spool().Commit();
  EXPECT_EQ(rig.Account("gone").spooled, 5U);
  rig.now += std::chrono::minutes(2);
  rig.spool().Commit();
  EXPECT_EQ(rig.spool().accounts().size(), 1U);
  EXPECT_FALSE(CountRows(rig.path(), "gone", nullptr, true));
}

TEST(Spool, GoesOnWithALaneThatComesBack) {
  SpoolRig rig;
  ASSERT_EQ(rig.Open({{.name = "away"}, {.name = "up"}}), "");
  rig.AppendAndCommit(5);
  EXPECT_EQ(rig.Send("away", 2), 2U);
  rig.Close();
  ASSERT_EQ(rig.Open({{.name = "up"}}), "");
  rig.AppendAndCommit(4);
  EXPECT_THAT(rig.Drain("up"), SizeIs(9));
  rig.Close();
  ASSERT_EQ(rig.Open({{.name = "away"}, {.name = "up"}}), "");
  rig.Check("back");
  EXPECT_GE(rig.Account("away").spooled, 3U);
  EXPECT_THAT(rig.Drain("away"), SizeIs(rig.Account("away").produced - 2));
  rig.Check("drained");
}

TEST(Spool, CountsAndGivesOnlyWhatALaneWants) {
  SpoolRig rig;
  const auto selects = [](const SampleSeries& series) { return series.check->name == "check1"; };
  ASSERT_EQ(rig.Open({{.name = "all"}, {.name = "one", .selects = selects}}), "");
  rig.AppendAndCommit(30, 3);
  EXPECT_EQ(rig.Account("one").produced, 10U);
  rig.spool().Depart("check0", "tokyo");
  rig.spool().Depart("check1", "tokyo");
  rig.spool().Commit();
  const auto given = rig.Drain("one", 4);
  EXPECT_THAT(given, SizeIs(11));
  EXPECT_EQ(given.back(), "departure check1 tokyo 0");
  rig.Check("one drained");
  EXPECT_THAT(rig.Drain("all"), SizeIs(32));
  rig.AppendAndCommit(30, 1);
  rig.spool().Commit();
  EXPECT_EQ(rig.Account("one").bytes, 0U);
  EXPECT_THAT(rig.Drain("all"), SizeIs(30));
  rig.spool().Commit();
  // Nothing that nobody wants is kept for a lane that wants none of it.
  EXPECT_EQ(CountRows(rig.path(), "all", nullptr, true), 0U);
  rig.Check("end");
}

TEST(Spool, CountsAnewWhatALaneWantsOtherwise) {
  SpoolRig rig;
  const auto first = [](const SampleSeries& series) { return series.check->name == "check0"; };
  const auto second = [](const SampleSeries& series) { return series.check->name != "check0"; };
  ASSERT_EQ(rig.Open({{.name = "all"}, {.name = "some", .selects = first}}), "");
  rig.AppendAndCommit(30, 3);
  EXPECT_EQ(rig.Send("some", 4), 4U);
  rig.Close();
  ASSERT_EQ(rig.Open({{.name = "all"}, {.name = "some", .selects = second}}), "");
  rig.Check("reopened");
  const LaneAccount account = rig.Account("some");
  EXPECT_GT(account.spooled, 10U);
  EXPECT_THAT(rig.Drain("some"), SizeIs(account.spooled));
  rig.Check("drained");
}

TEST(Spool, KeepsWhatAnUpstreamRemembersWithItsPosition) {
  SpoolRig rig;
  ASSERT_EQ(rig.Open({{.name = "a"}, {.name = "b"}}), "");
  rig.AppendAndCommit(3);
  const auto backlog = rig.spool().Read("a", 2, 1 << 20);
  ASSERT_THAT(backlog.items, SizeIs(2));
  EXPECT_FALSE(rig.spool().LoadState("a", 1));
  rig.spool().Settle("a", {.end = backlog.items.back()->end,
                           .sent = 2,
                           .states = {{1, "one"}, {0, std::string("\0own", 4)}}});
  EXPECT_EQ(rig.spool().LoadState("a", 1), "one");
  EXPECT_FALSE(rig.spool().LoadState("b", 1));
  rig.spool().Commit();
  EXPECT_EQ(rig.spool().LoadState("a", 1), "one");
  rig.Restart();
  EXPECT_EQ(rig.spool().LoadState("a", 1), "one");
  EXPECT_EQ(rig.spool().LoadState("a", 0), std::string("\0own", 4));
  const auto next = rig.spool().Read("a", 1, 1 << 20);
  rig.spool().Settle("a", {.end = next.items.back()->end, .sent = 1, .states = {{1, ""}}});
  EXPECT_FALSE(rig.spool().LoadState("a", 1));
  rig.Restart();
  EXPECT_FALSE(rig.spool().LoadState("a", 1));
  EXPECT_TRUE(rig.spool().LoadState("a", 0));
}

TEST(Spool, MakesNumbersThatDoNotAddUpDoSo) {
  SpoolRig rig;
  ASSERT_EQ(rig.Open(), "");
  rig.AppendAndCommit(10);
  const auto settle = [&](Spool::Settlement settlement) {
    const auto backlog = rig.spool().Read("up", 2, 1 << 20);
    settlement.end += backlog.items.back()->end;
    rig.spool().Settle("up", std::move(settlement));
    rig.Check("settled");
  };
  settle({.sent = 1000, .duplicates = 500});
  EXPECT_EQ(rig.Account().sent, 2U);
  EXPECT_EQ(rig.Account().duplicates, 2U);
  settle({.sent = 1, .rejected = 7, .dropped = {{"expired", 3}}});
  EXPECT_EQ(rig.Account().rejected, 1U);
  settle({.end = 1000, .dropped = {{"expired", 1}}});
  EXPECT_THAT(rig.Account().dropped, ElementsAre(Pair("expired", 1), Pair("unaccounted", 1)));
  // A position that was never read is none.
  rig.spool().Settle("up", {.end = 1, .sent = 4});
  rig.spool().Settle("up", {.end = ~Sequence{0}, .sent = 4});
  rig.Check("nowhere");
  EXPECT_EQ(rig.Account().spooled, 4U);
  rig.spool().Settle("nobody", {.end = 1, .sent = 4});
  EXPECT_EQ(rig.spool().account("nobody").name, "");
}

TEST(Spool, SettlesPartOfWhatWasRead) {
  SpoolRig rig;
  ASSERT_EQ(rig.Open(), "");
  rig.AppendAndCommit(10);
  const auto backlog = rig.spool().Read("up", 10, 1 << 20);
  rig.spool().Settle("up", {.end = backlog.items[3]->end, .sent = 4});
  EXPECT_EQ(rig.Account().sent, 4U);
  // Between two items: the second one is not settled.
  rig.spool().Settle("up", {.end = backlog.items[4]->sequence, .sent = 1});
  EXPECT_EQ(rig.Account().sent, 4U);
  EXPECT_THAT(rig.Drain(), SizeIs(6));
}

TEST(Spool, TellsWhatIsPresentAndDepartsIt) {
  SpoolRig rig;
  ASSERT_EQ(rig.Open(), "");
  rig.spool().Depart("home", "tokyo");
  EXPECT_THAT(rig.spool().Present(), IsEmpty());
  const Outcome outcomes[] = {rig.Make("b", "tokyo"), rig.Make("a", "osaka"),
                              rig.Make("a", "tokyo")};
  rig.spool().Append(outcomes);
  EXPECT_THAT(rig.spool().Present(),
              ElementsAre(Pair("a", "osaka"), Pair("a", "tokyo"), Pair("b", "tokyo")));
  rig.spool().Depart("a", "tokyo");
  rig.spool().Depart("a", "tokyo");
  rig.spool().Commit();
  rig.Restart();
  EXPECT_THAT(rig.spool().Present(), ElementsAre(Pair("a", "osaka"), Pair("b", "tokyo")));
  const auto given = rig.Drain();
  ASSERT_THAT(given, SizeIs(4));
  EXPECT_EQ(given.back(), "departure a tokyo 0");
  EXPECT_EQ(rig.Account().sent, 3U);
  const Outcome again[] = {rig.Make("a", "tokyo")};
  rig.spool().Append(again);
  EXPECT_THAT(rig.spool().Present(), SizeIs(3));
}

TEST(Spool, DepartsWhatTheSameCheckWasBefore) {
  SpoolRig rig;
  ASSERT_EQ(rig.Open(), "");
  Outcome before = rig.Make();
  Outcome after = rig.Make();
  auto renamed = std::make_shared<CheckIdentity>(*after.check);
  renamed->labels.emplace_back("zone", "a");
  after.check = renamed;
  for (const Outcome* outcome : {&before, &after, &after}) rig.spool().Append({outcome, 1});
  rig.spool().Commit();
  const auto backlog = rig.spool().Read("up", 10, 1 << 20);
  ASSERT_THAT(backlog.items, SizeIs(4));
  EXPECT_TRUE(std::holds_alternative<Departure>(backlog.items[1]->content));
  EXPECT_EQ(backlog.items[1]->series().id, backlog.items[0]->series().id);
  EXPECT_NE(backlog.items[2]->series().id, backlog.items[0]->series().id);
  EXPECT_EQ(backlog.items[2]->series().check->labels.size(), 2U);
}

TEST(Spool, GivesASeriesItsIdAgain) {
  SpoolRig rig;
  ASSERT_EQ(rig.Open(), "");
  rig.AppendAndCommit(2, 2);
  const auto id_of = [&](std::size_t i) {
    return rig.spool().Read("up", 10, 1 << 20).items[i]->series().id;
  };
  const std::int64_t first = id_of(0);
  EXPECT_NE(first, id_of(1));
  rig.Restart();
  rig.AppendAndCommit(2, 2);
  EXPECT_EQ(id_of(2), first);
}

TEST(Spool, ForgetsSeriesThatHaveDepartedAndAreDelivered) {
  SpoolRig rig;
  ASSERT_EQ(rig.Open(), "");
  for (int i = 0; i < 50; ++i) {
    const std::string name = "adhoc" + std::to_string(i);
    const Outcome outcome = rig.Make(name);
    rig.spool().Append({&outcome, 1});
    rig.spool().Depart(name, "tokyo");
    rig.spool().Commit();
    rig.Drain();
    rig.spool().Commit();
  }
  auto database = Database::OpenReadOnly(rig.path());
  ASSERT_TRUE(database);
  EXPECT_LE(*database->Integer("SELECT count(*) FROM series"), 1);
  rig.Check("end");
}

TEST(Spool, LivesInMemoryWithoutADirectory) {
  SpoolRig rig(nullptr);
  rig.options.max_bytes_in_memory = 1 << 20;
  ASSERT_EQ(rig.Open(), "");
  rig.AppendAndCommit(100, 5);
  EXPECT_FALSE(rig.spool().is_durable());
  EXPECT_THAT(rig.Drain("up", 30), SizeIs(100));
  rig.Check("drained");
}

TEST(Spool, NeedsADirectory) {
  SpoolOptions options;
  options.state_dir = "/proc/none/such";
  const auto opened = Spool::Open(std::move(options));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error(), "/proc/none/such: no directory to keep samples in");
}

TEST(Spool, KeepsTheWholeOutcomeForThoseWhoWantIt) {
  SpoolRig rig;
  const auto selects = [](const SampleSeries& series) { return series.check->name == "check0"; };
  ASSERT_EQ(rig.Open({{.name = "all"}, {.name = "logs", .wants_json = true, .selects = selects}}),
            "");
  rig.AppendAndCommit(2, 2);
  const auto backlog = rig.spool().Read("all", 10, 1 << 20);
  ASSERT_THAT(backlog.items, SizeIs(2));
  EXPECT_NE(std::get<Sample>(backlog.items[0]->content).json, "");
  EXPECT_EQ(std::get<Sample>(backlog.items[1]->content).json, "");
}

TEST(Spool, ReadsAboutAsManyBytesAsAreWanted) {
  SpoolRig rig;
  ASSERT_EQ(rig.Open(), "");
  rig.AppendAndCommit(5000, 10);
  const std::uint64_t all = rig.Account().bytes;
  const auto half = rig.spool().Read("up", 1'000'000, all / 2);
  EXPECT_GT(half.items.size(), 2000U);
  EXPECT_LT(half.items.size(), 3000U);
  EXPECT_THAT(rig.spool().Read("up", 1'000'000, 1).items, SizeIs(1));
}

}  // namespace
}  // namespace gaikei::testing
