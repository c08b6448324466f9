#include <gtest/gtest.h>

#include <string>

#include "rig.h"

namespace gaikei::testing {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class MackerelAnnotations : public ::testing::Test {
 protected:
  MackerelAnnotations() { rig.spec.mackerel.has_annotations = true; }
  void TearDown() override { EXPECT_EQ(rig.mackerel.complaints, std::vector<std::string>()); }
  void Look(Status status, const std::string& check = "home") {
    rig.Append(rig.MakeSample(check, status));
    rig.Advance(seconds(20));
  }
  std::size_t Count() const { return rig.mackerel.annotations.size(); }
  Rig rig{Rig::Kind::kMetrics};
};

TEST_F(MackerelAnnotations, TellOfAnOutageWhenItIsOver) {
  Look(Status::kPass);
  const WallTime begin = rig.mackerel.now;
  Look(Status::kFail);
  Look(Status::kUnknown);
  Look(Status::kFail);
  Look(Status::kFail);
  rig.Run(minutes(3));
  EXPECT_EQ(Count(), 0U);
  const WallTime end = rig.mackerel.now;
  Look(Status::kWarn);
  Look(Status::kPass);
  rig.Run(minutes(3));
  ASSERT_EQ(Count(), 1U);
  const StandIn::Annotation& made = rig.mackerel.annotations[0];
  EXPECT_EQ(made.title, "home failed from tokyo: connect_refused");
  EXPECT_EQ(made.description,
            "home failed from tokyo for 4m20s (3 looks), first by connect_refused in phase "
            "connect: connection refused");
  // From the start of the first look that failed, 100 ms before its end.
  EXPECT_EQ(made.from, begin.time_since_epoch() / seconds(1) - 1);
  EXPECT_EQ(made.to, end.time_since_epoch() / seconds(1));
  EXPECT_EQ(made.service, "shop");
}

TEST_F(MackerelAnnotations, AreMadeOnlyWhereTheyAreWanted) {
  rig.spec.mackerel.has_annotations = false;
  Look(Status::kFail);
  Look(Status::kPass);
  rig.Run(minutes(3));
  EXPECT_EQ(Count(), 0U);
}

TEST_F(MackerelAnnotations, SurviveARestartInTheMiddleOfTheOutage) {
  Look(Status::kFail);
  rig.Run(minutes(2));
  rig.Restart();
  rig.Relabel("home");
  Look(Status::kPass);
  rig.Run(minutes(2));
  EXPECT_EQ(Count(), 1U);
}

TEST_F(MackerelAnnotations, AreMadeOnceThoughTheAnswerIsLost) {
  bool is_lost = false;
  rig.mackerel.loses_answer = [&](const PostRequest& request) {
    return request.method == "POST" && request.url.find("graph-annotations") != std::string::npos &&
           !std::exchange(is_lost, true);
  };
  Look(Status::kFail);
  Look(Status::kPass);
  rig.Run(minutes(2));
  ASSERT_TRUE(is_lost);
  // The metrics were taken all the same.
  EXPECT_EQ(rig.Waiting(), 0U);
  EXPECT_EQ(rig.verdicts.back().message, "graph annotation: connection reset by peer");
  Look(Status::kPass);
  rig.Run(minutes(3));
  EXPECT_EQ(Count(), 1U);
}

TEST_F(MackerelAnnotations, AreMadeOnceThoughTheProcessIsKilledBehindThem) {
  Look(Status::kFail);
  Look(Status::kPass);
  const auto before = rig.states;
  rig.Run(minutes(2));
  ASSERT_EQ(Count(), 1U);
  // As if nothing of it had been committed.
  Rig again{Rig::Kind::kMetrics};
  again.spec = rig.spec;
  again.states = before;
  again.mackerel.annotations = rig.mackerel.annotations;
  again.Append(again.MakeSample("home", Status::kFail));
  again.Advance(seconds(20));
  again.Append(again.MakeSample("home", Status::kPass));
  again.Run(minutes(2));
  EXPECT_EQ(again.mackerel.annotations.size(), 1U);
  EXPECT_EQ(again.mackerel.complaints, std::vector<std::string>());
}

TEST_F(MackerelAnnotations, WaitForBetterTimesAndHoldUpNothing) {
  rig.mackerel.fault = [](const PostRequest& request) -> std::optional<PostResponse> {
    if (request.url.find("graph-annotations") == std::string::npos) return std::nullopt;
    PostResponse response;
    response.status = 503;
    return response;
  };
  for (int i = 0; i < 3; ++i) {
    Look(Status::kFail);
    Look(Status::kPass);
    rig.Run(minutes(2));
    EXPECT_EQ(rig.Waiting(), 0U);
  }
  rig.Restart();
  rig.mackerel.fault = nullptr;
  Look(Status::kPass);
  rig.Run(minutes(2));
  EXPECT_EQ(Count(), 3U);
}

TEST_F(MackerelAnnotations, AreGivenUpWhereMackerelWillNeverTakeThem) {
  rig.mackerel.fault = [](const PostRequest& request) -> std::optional<PostResponse> {
    if (request.method != "POST" || request.url.find("graph-annotations") == std::string::npos) {
      return std::nullopt;
    }
    PostResponse response;
    response.status = 400;
    return response;
  };
  Look(Status::kFail);
  Look(Status::kPass);
  rig.Run(minutes(2));
  EXPECT_EQ(rig.verdicts.back().message, "graph annotation: Mackerel answered 400");
  const std::size_t calls = rig.mackerel.CountCalls("POST /api/v0/graph-annotations");
  EXPECT_EQ(calls, 1U);
  Look(Status::kPass);
  rig.Run(minutes(3));
  EXPECT_EQ(rig.mackerel.CountCalls("POST /api/v0/graph-annotations"), calls);
}

TEST_F(MackerelAnnotations, OfAGreatOutageAreMadeBitByBit) {
  for (int i = 0; i < 35; ++i)
    rig.Append(rig.MakeSample("check-" + std::to_string(i), Status::kFail));
  rig.Advance(seconds(20));
  for (int minute = 0; minute < 6; ++minute) {
    for (int i = 0; i < 35; ++i) rig.Append(rig.MakeSample("check-" + std::to_string(i)));
    rig.Run(minutes(1));
  }
  EXPECT_EQ(Count(), 35U);
  for (const auto& [minute, calls] : rig.mackerel.calls_by_minute) EXPECT_LE(calls, 25U);
}

TEST_F(MackerelAnnotations, OfRollUpsAreAsExactAsTheyCanBe) {
  const auto rollup = [&](unsigned good, unsigned bad) {
    Rollup folded;
    folded.series = rig.SeriesOf("home");
    folded.from = rig.mackerel.now;
    folded.at = rig.mackerel.now + seconds(50);
    folded.samples = good + bad;
    folded.good = good;
    folded.bad = bad;
    for (unsigned i = 0; i < good; ++i)
      folded.tally.Add(Status::kPass, Reason::kNone, seconds(1), {});
    for (unsigned i = 0; i < bad; ++i)
      folded.tally.Add(Status::kFail, Reason::kReset, seconds(1), {});
    rig.Append(std::move(folded));
    rig.Advance(minutes(1));
  };
  rollup(5, 1);  // none is opened: nobody knows when
  rollup(6, 0);
  rollup(0, 6);
  rollup(0, 6);
  rollup(6, 0);
  rig.Run(minutes(3));
  ASSERT_EQ(Count(), 1U);
  EXPECT_EQ(rig.mackerel.annotations[0].title, "home failed from tokyo: reset");
  EXPECT_EQ(rig.mackerel.annotations[0].from,
            (Noon() + minutes(2)).time_since_epoch() / seconds(1));
  EXPECT_EQ(rig.mackerel.annotations[0].to, (Noon() + minutes(4)).time_since_epoch() / seconds(1));
}

TEST_F(MackerelAnnotations, OfACheckThatFailsByTurnsAreTheLatest) {
  rig.mackerel.fault = [](const PostRequest& request) -> std::optional<PostResponse> {
    if (request.url.find("graph-annotations") == std::string::npos) return std::nullopt;
    PostResponse response;
    response.status = 503;
    return response;
  };
  for (int i = 0; i < 15; ++i) {
    Look(Status::kFail);
    Look(Status::kPass);
  }
  const std::int64_t last = (rig.mackerel.now - seconds(20)).time_since_epoch() / seconds(1);
  rig.Run(minutes(2));
  rig.mackerel.fault = nullptr;
  Look(Status::kPass);
  rig.Run(minutes(2));
  EXPECT_EQ(Count(), 10U);
  EXPECT_EQ(rig.mackerel.annotations.back().to, last);
}

TEST_F(MackerelAnnotations, KeepToTheLimitsOfTheirTexts) {
  Sample sample = rig.MakeSample(std::string(300, 'c'), Status::kFail);
  for (int i = 0; i < 2000; ++i) sample.message += "🍣";
  rig.Append(std::move(sample));
  rig.Append(rig.MakeSample(std::string(300, 'c')));
  rig.Run(minutes(3));
  EXPECT_EQ(Count(), 1U);
}

}  // namespace
}  // namespace gaikei::testing
