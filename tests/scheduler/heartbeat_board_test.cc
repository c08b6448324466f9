#include "scheduler/heartbeat_board.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "results/heartbeat_store.h"
#include "tests/support/manual_clock.h"
#include "tests/support/temp_dir.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const WallTime kMidnight = *ParseRfc3339("2026-11-23T00:00:00Z");

expect::Expression Compiled(const std::string& text) {
  return *expect::Expression::Compile(text, "heartbeat");
}

/// A nightly job: every 24 h, two hours of grace.
PlannedHeartbeat Nightly(const std::string& name = "nightly") {
  PlannedHeartbeat planned;
  planned.name = name;
  planned.identity = std::make_shared<const CheckIdentity>(
      CheckIdentity{"check-" + name, "heartbeat", "heartbeat:" + name, {}});
  planned.region = "tokyo";
  planned.every = 24h;
  planned.grace = 2h;
  return planned;
}

/// A prober, which may be restarted, with its clock and its state directory.
class Heartbeats : public testing::Test {
 protected:
  void SetUp() override { Start({Nightly()}); }

  void Start(std::vector<PlannedHeartbeat> plan, bool has_memory = true) {
    if (has_memory) {
      auto store = HeartbeatStore::Open(dir_.path().string(),
                                        [](const std::string& error) { ADD_FAILURE() << error; });
      ASSERT_TRUE(store) << store.error();
      store_ = std::move(*store);
    }
    board_ = std::make_unique<HeartbeatBoard>(
        clock_, store_.get(), [this](Outcome outcome) { outcomes_.push_back(std::move(outcome)); });
    board_->SetPlan(std::move(plan));
  }
  /// The process ends, without saying anything to anybody.
  void Kill() {
    board_.reset();
    store_.reset();
  }
  void Restart(Span down, std::vector<PlannedHeartbeat> plan = {Nightly()}) {
    Kill();
    clock_.Advance(down);
    Start(std::move(plan));
  }

  ReportAnswer Report(const HeartbeatReport& report = {}, const std::string& name = "nightly",
                      const std::string& token = "") {
    return board_->Report(name, token, report);
  }
  /// When outcome `index` was scheduled, after the beginning of the story.
  Span At(std::size_t index) const { return outcomes_.at(index).scheduled_at - kMidnight; }
  Span LateAt() const { return board_->States().at(0).late_at - kMidnight; }

  const support::TempDir dir_;
  ManualClock clock_{kMidnight};
  std::vector<Outcome> outcomes_;
  std::unique_ptr<HeartbeatStore> store_;
  std::unique_ptr<HeartbeatBoard> board_;
};

TEST_F(Heartbeats, PassAtOnceWhenAJobReports) {
  clock_.Advance(3h);
  EXPECT_EQ(Report(), ReportAnswer::kTaken);
  ASSERT_EQ(outcomes_.size(), 1U);
  const Outcome& outcome = outcomes_[0];
  EXPECT_EQ(outcome.status, Status::kPass);
  EXPECT_EQ(outcome.reason, Reason::kNone);
  EXPECT_EQ(outcome.check->name, "check-nightly");
  EXPECT_EQ(outcome.region, "tokyo");
  EXPECT_EQ(At(0), 3h);
  EXPECT_EQ(outcome.started_at, outcome.scheduled_at);
  EXPECT_EQ(outcome.duration, 0s);
  EXPECT_EQ(outcome.phases.Sum(), 0s);
  ASSERT_TRUE(outcome.heartbeat);
  EXPECT_EQ(outcome.heartbeat->last_at, outcome.scheduled_at);
  EXPECT_EQ(outcome.heartbeat->was_ok, true);
  EXPECT_EQ(outcome.heartbeat->every, 24h);
  EXPECT_EQ(outcome.heartbeat->grace, 2h);
}

TEST_F(Heartbeats, FailWhenAJobSaysThatItFailed) {
  Report({false, 90s, "disk full\r\n\x1b[31m" + std::string(1000, 'x')});
  ASSERT_EQ(outcomes_.size(), 1U);
  const Outcome& outcome = outcomes_[0];
  EXPECT_EQ(outcome.status, Status::kFail);
  EXPECT_EQ(outcome.reason, Reason::kHeartbeatReportedFailure);
  EXPECT_EQ(outcome.blame, Blame::kTarget);
  EXPECT_THAT(outcome.message, HasSubstr("disk full\\x0d\\x0a\\x1b[31m"));
  EXPECT_EQ(outcome.duration, 90s);
  EXPECT_EQ(outcome.phases.Sum(), 90s);
  // It is over when the report comes, and not later.
  EXPECT_EQ(outcome.scheduled_at, kMidnight);
  EXPECT_EQ(outcome.started_at + outcome.duration, kMidnight);
  EXPECT_EQ(outcome.heartbeat->was_ok, false);
  EXPECT_EQ(outcome.heartbeat->job_duration, 90s);
  EXPECT_EQ(outcome.heartbeat->job_message.size(), 256U);
  EXPECT_TRUE(outcome.expect.empty());
}

TEST_F(Heartbeats, HaveTheirExpectationsJudged) {
  PlannedHeartbeat planned = Nightly();
  planned.expect = {Compiled("duration < 30m")};
  planned.warn = {Compiled("duration < 10m")};
  board_->SetPlan({planned});
  Report({true, 5min, ""});
  Report({true, 20min, ""});
  Report({true, 40min, ""});
  Report();
  ASSERT_EQ(outcomes_.size(), 4U);
  EXPECT_EQ(outcomes_[0].status, Status::kPass);
  EXPECT_EQ(outcomes_[1].status, Status::kWarn);
  EXPECT_EQ(outcomes_[2].status, Status::kFail);
  EXPECT_EQ(outcomes_[2].reason, Reason::kExpectDuration);
  EXPECT_EQ(outcomes_[3].reason, Reason::kExpectDuration);
  EXPECT_THAT(outcomes_[3].message, HasSubstr("the job did not report a duration"));
}

TEST_F(Heartbeats, AreMissedAtTheMomentTheyAreLate) {
  clock_.Advance(1h);
  Report({true, 3s, "fine"});
  clock_.Advance(26h - 1ns);
  EXPECT_EQ(outcomes_.size(), 1U);
  clock_.Advance(1ns);
  ASSERT_EQ(outcomes_.size(), 2U);
  const Outcome& outcome = outcomes_[1];
  EXPECT_EQ(outcome.status, Status::kFail);
  EXPECT_EQ(outcome.reason, Reason::kHeartbeatMissed);
  EXPECT_EQ(At(1), 27h);
  EXPECT_EQ(outcome.message,
            "no report for 1d2h; last one at 2026-11-23T01:00:00.000000Z; expected every 1d, grace "
            "2h");
  EXPECT_EQ(outcome.heartbeat->age, 26h);
  EXPECT_EQ(outcome.heartbeat->last_at, kMidnight + 1h);
  EXPECT_EQ(outcome.heartbeat->was_ok, true);
  EXPECT_EQ(outcome.heartbeat->job_message, "fine");
}

TEST_F(Heartbeats, AreMissedOnceForEachReportThatWasExpected) {
  clock_.Advance(26h + 10 * 24h);
  ASSERT_EQ(outcomes_.size(), 11U);
  for (std::size_t i = 0; i < outcomes_.size(); ++i) {
    EXPECT_EQ(At(i), 26h + static_cast<int>(i) * 24h);
    EXPECT_EQ(outcomes_[i].message, "no report was ever heard; expected every 1d, grace 2h");
  }
}

TEST_F(Heartbeats, PassAgainWithALateReport) {
  clock_.Advance(27h);
  ASSERT_EQ(outcomes_.size(), 1U);
  Report();
  EXPECT_EQ(outcomes_.back().status, Status::kPass);
  clock_.Advance(26h - 1ns);
  EXPECT_EQ(outcomes_.size(), 2U);
  clock_.Advance(1ns);
  EXPECT_EQ(outcomes_.size(), 3U);
  EXPECT_EQ(At(2), 53h);
}

TEST_F(Heartbeats, ThatComeInTimeAreNeverMissed) {
  for (int day = 0; day < 60; ++day) {
    clock_.Advance(day % 2 == 0 ? 25h + 59min : 22h);
    Report();
  }
  EXPECT_EQ(outcomes_.size(), 60U);
  for (const Outcome& outcome : outcomes_) EXPECT_EQ(outcome.status, Status::kPass);
}

TEST_F(Heartbeats, OfSeveralJobsAreApart) {
  PlannedHeartbeat hourly = Nightly("hourly");
  hourly.every = 1h;
  hourly.grace = 10min;
  board_->SetPlan({Nightly(), hourly});
  clock_.Advance(70min);
  ASSERT_EQ(outcomes_.size(), 1U);
  EXPECT_EQ(outcomes_[0].check->name, "check-hourly");
  Report({}, "nightly");
  clock_.Advance(1h);
  ASSERT_EQ(outcomes_.size(), 3U);
  EXPECT_EQ(outcomes_[2].check->name, "check-hourly");
  EXPECT_EQ(At(2), 130min);
}

TEST_F(Heartbeats, KeepTheirRhythmOverARestart) {
  clock_.Advance(1h);
  Report({false, 3s, "no space"});
  clock_.Advance(10h);
  Restart(5h);
  EXPECT_EQ(LateAt(), 27h);
  EXPECT_EQ(board_->States().at(0).last_at, kMidnight + 1h);
  clock_.Advance(27h - 16h);
  ASSERT_EQ(outcomes_.size(), 2U);
  EXPECT_EQ(At(1), 27h);
  EXPECT_EQ(outcomes_[1].heartbeat->age, 26h);
  EXPECT_EQ(outcomes_[1].heartbeat->was_ok, false);
  EXPECT_EQ(outcomes_[1].heartbeat->job_duration, 3s);
  EXPECT_EQ(outcomes_[1].heartbeat->job_message, "no space");
}

TEST_F(Heartbeats, ThatNoProcessCouldHearAreExpectedAnew) {
  Report();
  Restart(26h);
  EXPECT_EQ(LateAt(), 52h);
  clock_.Advance(26h - 1ns);
  EXPECT_EQ(outcomes_.size(), 1U);
  clock_.Advance(1ns);
  ASSERT_EQ(outcomes_.size(), 2U);
  EXPECT_EQ(At(1), 52h);
  EXPECT_EQ(outcomes_[1].heartbeat->age, 52h);
}

TEST_F(Heartbeats, ThatWereMissedAreNotMissedAgainByARestart) {
  Report();
  clock_.Advance(30h);
  ASSERT_EQ(outcomes_.size(), 2U);
  Restart(1h);
  EXPECT_EQ(LateAt(), 50h);
  clock_.Advance(19h);
  ASSERT_EQ(outcomes_.size(), 3U);
  EXPECT_EQ(At(2), 50h);
}

TEST_F(Heartbeats, NobodyEverHeardAreExpectedSinceTheyAreKnown) {
  clock_.Advance(20h);
  Restart(1h);
  // A prober that is restarted every day must still notice a job that never reports.
  EXPECT_EQ(LateAt(), 26h);
  Restart(10h);
  EXPECT_EQ(LateAt(), 31h + 26h);
  EXPECT_TRUE(outcomes_.empty());
}

TEST_F(Heartbeats, WithoutAStateDirectoryBeginAnewWithEachProcess) {
  Kill();
  Start({Nightly()}, false);
  Report();
  clock_.Advance(20h);
  Kill();
  Start({Nightly()}, false);
  EXPECT_EQ(LateAt(), 46h);
  EXPECT_FALSE(board_->States().at(0).last_at);
}

TEST_F(Heartbeats, ExpectNothingOfAMemoryOutOfTheFuture) {
  clock_.Advance(100h);
  Report();
  Kill();
  clock_.StepWall(-90h);
  Start({Nightly()});
  EXPECT_EQ(LateAt(), 10h + 26h);
  clock_.Advance(26h);
  EXPECT_EQ(outcomes_.back().heartbeat->age, 26h);
}

TEST_F(Heartbeats, KeepWhatIsKnownOverAReload) {
  Report();
  clock_.Advance(10h);
  PlannedHeartbeat renamed = Nightly();
  renamed.identity =
      std::make_shared<const CheckIdentity>(CheckIdentity{"other", "heartbeat", "", {}});
  board_->SetPlan({renamed, Nightly("new")});
  EXPECT_EQ(board_->States().at(1).late_at, kMidnight + 26h);
  EXPECT_EQ(board_->States().at(0).late_at, kMidnight + 36h);
  clock_.Advance(16h);
  ASSERT_EQ(outcomes_.size(), 2U);
  EXPECT_EQ(outcomes_[1].check->name, "other");
  board_->SetPlan({});
  clock_.Advance(100h);
  EXPECT_EQ(outcomes_.size(), 2U);
  EXPECT_EQ(Report(), ReportAnswer::kUnknown);
  EXPECT_FALSE(clock_.has_armed());
  EXPECT_FALSE(store_->Read("nightly"));
}

TEST_F(Heartbeats, AreExpectedAccordingToAnIntervalThatHasChanged) {
  Report();
  clock_.Advance(5h);
  PlannedHeartbeat planned = Nightly();
  planned.every = 12h;
  board_->SetPlan({planned});
  EXPECT_EQ(LateAt(), 14h);
  planned.every = 1h;
  planned.grace = 10min;
  // Under the new rule four were missed, which nobody could know then.
  board_->SetPlan({planned});
  EXPECT_EQ(LateAt(), 5h + 70min);
  EXPECT_EQ(outcomes_.size(), 1U);
}

TEST_F(Heartbeats, AreGivenALittleTimeAfterAShortStandstill) {
  Report();
  clock_.Advance(26h - 500ms);
  clock_.Freeze(5s);
  EXPECT_EQ(outcomes_.size(), 1U);
  // What waited in the kernel all the while is read now.
  Report();
  clock_.Advance(25h);
  EXPECT_EQ(outcomes_.size(), 2U);
  EXPECT_EQ(outcomes_[1].status, Status::kPass);
}

TEST_F(Heartbeats, ThatDoNotComeAfterAStandstillAreMissedAllTheSame) {
  Report();
  clock_.Advance(26h - 500ms);
  clock_.Freeze(5s);
  clock_.Advance(HeartbeatBoard::kListen);
  ASSERT_EQ(outcomes_.size(), 2U);
  EXPECT_EQ(outcomes_[1].reason, Reason::kHeartbeatMissed);
  EXPECT_EQ(At(1), 26h + 4500ms + HeartbeatBoard::kListen);
  clock_.Advance(24h);
  EXPECT_EQ(outcomes_.size(), 3U);
}

TEST_F(Heartbeats, AreNotMissedShortlyAfterAStandstillEither) {
  Report();
  clock_.Advance(26h - 10s);
  clock_.Freeze(8s);
  clock_.Advance(3s);
  EXPECT_EQ(outcomes_.size(), 1U);
  clock_.Advance(HeartbeatBoard::kListen);
  EXPECT_EQ(outcomes_.size(), 2U);
}

TEST_F(Heartbeats, WithinALongStandstillAreExpectedAnew) {
  Report();
  clock_.Advance(25h);
  clock_.Freeze(3h);
  EXPECT_EQ(LateAt(), 28h + 26h);
  clock_.Advance(26h);
  EXPECT_EQ(outcomes_.size(), 2U);
}

TEST_F(Heartbeats, GiveNoBurstOfMissesAfterAStandstill) {
  PlannedHeartbeat quick = Nightly();
  quick.every = 1s;
  quick.grace = 0s;
  board_->SetPlan({quick});
  Report();
  clock_.Freeze(50s);
  EXPECT_EQ(outcomes_.size(), 1U);
  clock_.Advance(HeartbeatBoard::kListen);
  EXPECT_EQ(outcomes_.size(), 2U);
  clock_.Advance(5s);
  EXPECT_EQ(outcomes_.size(), 7U);
}

TEST_F(Heartbeats, AreExpectedAnewWhereTheMachineSleptOverThem) {
  // While a machine sleeps the wall clock alone goes on.
  Report();
  clock_.Advance(20h);
  clock_.StepWall(8h);
  clock_.Advance(1min);
  EXPECT_EQ(LateAt(), 28h + 1min + 26h);
  EXPECT_EQ(outcomes_.size(), 1U);
}

TEST_F(Heartbeats, WaitByTheMonotonicClock) {
  Report();
  clock_.Advance(1h);
  clock_.StepWall(-1000h);
  clock_.Advance(25h - 1ns);
  EXPECT_EQ(outcomes_.size(), 1U);
  clock_.Advance(1ns);
  ASSERT_EQ(outcomes_.size(), 2U);
  EXPECT_EQ(outcomes_[1].heartbeat->age, 26h);
}

TEST_F(Heartbeats, AreRememberedByTheClockAsItWasSetLast) {
  Report();
  clock_.Advance(1h);
  clock_.StepWall(12h);
  clock_.Advance(1min);
  const Span late_at = LateAt();
  Restart(1h);
  EXPECT_EQ(LateAt(), late_at);
}

TEST_F(Heartbeats, WithATokenAreTakenFromThoseWhoKnowIt) {
  PlannedHeartbeat guarded = Nightly();
  guarded.token = Secret("canary");
  board_->SetPlan({guarded, Nightly("open")});
  for (const std::string wrong : {"", "canarx", "canar", "canaryy", "Canary"}) {
    EXPECT_EQ(Report({}, "nightly", wrong), ReportAnswer::kRefused) << wrong;
  }
  EXPECT_EQ(Report({}, "nightly", std::string("canary\0", 7)), ReportAnswer::kRefused);
  EXPECT_TRUE(outcomes_.empty());
  EXPECT_EQ(Report({}, "nightly", "canary"), ReportAnswer::kTaken);
  EXPECT_EQ(Report({}, "open", "anything"), ReportAnswer::kTaken);
  // A name that is none must look like a token that is wrong.
  EXPECT_EQ(Report({}, "none", "anything"), ReportAnswer::kRefused);
  EXPECT_EQ(Report({}, "none", "canary"), ReportAnswer::kRefused);
}

TEST_F(Heartbeats, DoNotShowTheTokenThatAJobTells) {
  PlannedHeartbeat guarded = Nightly();
  guarded.token = Secret("canary-7");
  board_->SetPlan({guarded});
  HeartbeatReport report;
  report.is_ok = false;
  report.message = "+ curl -H 'Bearer canary-7'";
  EXPECT_EQ(Report(report, "nightly", "canary-7"), ReportAnswer::kTaken);
  EXPECT_EQ(outcomes_[0].message, "the job reported a failure: <secret>");
  EXPECT_EQ(outcomes_[0].heartbeat->job_message, "<secret>");
}

TEST_F(Heartbeats, OfUnknownNamesAreSaidToBeUnknownWhereThereIsNothingToGuess) {
  EXPECT_EQ(Report({}, "none"), ReportAnswer::kUnknown);
  EXPECT_EQ(Report({}, ""), ReportAnswer::kUnknown);
}

}  // namespace
}  // namespace gaikei
