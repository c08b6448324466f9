#include "results/recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "results/outcome_json.h"
#include "samples.h"

namespace gaikei::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// Recorders on one directory, with a clock that stands where the samples are.
class RecorderTest : public ::testing::Test {
 protected:
  RecorderTest() {
    options_.state_dir = dir_.path("state");
    options_.now = [this] { return now_; };
    options_.on_error = [this](const std::string& text) { errors_.push_back(text); };
  }

  std::unique_ptr<Recorder> Open() {
    auto recorder = Recorder::Open(options_);
    EXPECT_TRUE(recorder) << recorder.error();
    return recorder ? std::move(*recorder) : nullptr;
  }
  static void Put(Recorder& recorder, const Outcome& outcome) { recorder.Record({&outcome, 1}); }
  std::string DatabaseFile() const { return options_.state_dir + "/gaikei.db"; }

  ScratchDir dir_;
  WallTime now_ = SampleTime();
  RecorderOptions options_;
  std::vector<std::string> errors_;
};

TEST_F(RecorderTest, GivesBackWhatWasRecordedNewestFirst) {
  auto recorder = Open();
  Outcome later = TimedOutOutcome();
  later.scheduled_at += std::chrono::minutes(1);
  const std::vector<Outcome> batch = {PassedOutcome("a"), PassedOutcome("b"), later};
  recorder->Record(batch);
  recorder->Commit();
  EXPECT_THAT(recorder->Query({}),
              ::testing::ElementsAre(ToJson(batch[2]), ToJson(batch[1]), ToJson(batch[0])));
  EXPECT_THAT(recorder->Query({.check = "b"}), ::testing::ElementsAre(ToJson(batch[1])));
  EXPECT_THAT(recorder->Query({.region = "nowhere"}), ::testing::IsEmpty());
  EXPECT_THAT(recorder->Query({.status = Status::kFail}), ::testing::ElementsAre(ToJson(later)));
  EXPECT_THAT(recorder->Query({.since = later.scheduled_at}),
              ::testing::ElementsAre(ToJson(later)));
  EXPECT_EQ(recorder->Query({.limit = 2}).size(), 2U);
  EXPECT_EQ(recorder->counts().errors, 0U);
}

TEST_F(RecorderTest, KeepsTheDirectoryToItsOwner) {
  auto recorder = Open();
  struct stat info {};
  ASSERT_EQ(::stat(options_.state_dir.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0700U);
  ASSERT_EQ(::stat(DatabaseFile().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST_F(RecorderTest, CountsOnAfterARestart) {
  for (std::uint64_t round = 1; round <= 3; ++round) {
    auto recorder = Open();
    Put(*recorder, PassedOutcome());
    Put(*recorder, TimedOutOutcome());
    Put(*recorder, SkippedOutcome());
    recorder->Commit();
    const auto totals = recorder->Totals();
    ASSERT_EQ(totals.size(), 1U);
    EXPECT_EQ(totals[0].check, "home");
    EXPECT_EQ(totals[0].region, "tokyo");
    EXPECT_EQ(totals[0].kind, "http");
    const Tally& tally = totals[0].tally;
    ASSERT_EQ(tally.outcomes.size(), 3U);
    EXPECT_EQ(tally.outcomes[1].reason, Reason::kConnectTimeout);
    EXPECT_EQ(tally.outcomes[1].count, round);
    EXPECT_EQ(tally.duration.Total(), 2 * round);  // what could not be judged has no duration
    EXPECT_EQ(tally.duration.sum,
              (PassedOutcome().duration + TimedOutOutcome().duration) * static_cast<int>(round));
    EXPECT_EQ(tally.phases.size(), kPhaseCount);
    EXPECT_EQ(recorder->Query({}).size(), 3 * round);
  }
}

TEST_F(RecorderTest, CommitsWhenItIsDestroyed) {
  Put(*Open(), PassedOutcome());
  EXPECT_EQ(Open()->Query({}).size(), 1U);
}

TEST_F(RecorderTest, KeepsTheLatestInFullAndWhatFailedLonger) {
  options_.limits.ring = 5;
  auto recorder = Open();
  Put(*recorder, TimedOutOutcome());
  for (int i = 0; i < 20; ++i) Put(*recorder, PassedOutcome());
  recorder->Commit();
  EXPECT_EQ(recorder->Query({.status = Status::kPass}).size(), 5U);
  EXPECT_EQ(recorder->Query({.status = Status::kFail}).size(), 1U);
  recorder.reset();

  options_.limits.ring = 2;
  EXPECT_EQ(Open()->Query({.status = Status::kPass}).size(), 2U);
}

TEST_F(RecorderTest, SumsUpMinutes) {
  auto recorder = Open();
  Outcome outcome = PassedOutcome();
  for (int i = 0; i < 3; ++i) {
    Put(*recorder, outcome);
    recorder->Commit();
    outcome.scheduled_at += std::chrono::seconds(25);
  }
  const auto rollups = recorder->Rollups("home", "tokyo", SampleTime());
  ASSERT_EQ(rollups.size(), 1U);
  EXPECT_EQ(rollups[0].minute, SampleTime());
  EXPECT_EQ(rollups[0].tally.Total(), 3U);
  EXPECT_EQ(rollups[0].tally.duration.Total(), 3U);

  outcome.scheduled_at = SampleTime() + std::chrono::minutes(2);
  Put(*recorder, outcome);
  recorder->Commit();
  EXPECT_EQ(recorder->Rollups("home", "tokyo", SampleTime()).size(), 2U);
  EXPECT_EQ(recorder->Rollups("home", "tokyo", outcome.scheduled_at).size(), 1U);
  EXPECT_TRUE(recorder->Rollups("home", "elsewhere", SampleTime()).empty());
}

TEST_F(RecorderTest, ForgetsWhatIsTooOld) {
  auto recorder = Open();
  Put(*recorder, TimedOutOutcome());
  recorder->Commit();
  now_ += options_.limits.max_age + std::chrono::hours(1);
  Outcome fresh = TimedOutOutcome();
  fresh.scheduled_at = now_;
  Put(*recorder, fresh);
  recorder->Commit();
  EXPECT_THAT(recorder->Query({}), ::testing::ElementsAre(ToJson(fresh)));
  EXPECT_EQ(recorder->Rollups("home", "tokyo", SampleTime()).size(), 1U);
  EXPECT_EQ(recorder->Totals()[0].tally.Total(), 2U);
}

TEST_F(RecorderTest, ForgetsChecksThatHaveGoneLongAgo) {
  Put(*Open(), PassedOutcome());
  now_ += options_.limits.max_age + std::chrono::hours(1);
  Put(*Open(), PassedOutcome("other"));  // drives the old rows out
  const auto totals = Open()->Totals();
  ASSERT_EQ(totals.size(), 1U);
  EXPECT_EQ(totals[0].check, "other");
}

TEST_F(RecorderTest, NeverGrowsBeyondItsSize) {
  options_.limits.max_bytes = 512 * 1024;
  auto recorder = Open();
  Outcome outcome = TimedOutOutcome();
  outcome.message = std::string(1000, 'x');
  for (int batch = 0; batch < 100; ++batch) {
    const std::vector<Outcome> outcomes(50, outcome);
    recorder->Record(outcomes);
    recorder->Commit();
    outcome.scheduled_at += std::chrono::minutes(1);
    now_ = outcome.scheduled_at;
  }
  EXPECT_EQ(recorder->counts().errors, 0U) << (errors_.empty() ? "" : errors_[0]);
  EXPECT_EQ(recorder->Totals()[0].tally.Total(), 5000U);
  const auto kept = recorder->Query({.limit = 10'000});
  EXPECT_GT(kept.size(), 100U);
  EXPECT_GT(recorder->Rollups("home", "tokyo", SampleTime()).size(), 1U);
  EXPECT_LT(kept.size(), 1000U);
  outcome.scheduled_at -= std::chrono::minutes(1);
  EXPECT_EQ(kept[0], ToJson(outcome));
  recorder.reset();  // the log is merged into the file
  EXPECT_LE(std::filesystem::file_size(DatabaseFile()), options_.limits.max_bytes);
}

TEST_F(RecorderTest, ABatchThatDoesNotFitMakesRoomForTheNext) {
  options_.limits.max_bytes = 512 * 1024;
  auto recorder = Open();
  for (int batch = 0; batch < 5; ++batch) {
    recorder->Record(std::vector<Outcome>(100, TimedOutOutcome()));
    recorder->Commit();
  }
  Outcome big = TimedOutOutcome();
  big.message = std::string(200 * 1024, 'x');
  Put(*recorder, big);
  EXPECT_EQ(recorder->counts().lost, 1U);
  Put(*recorder, big);
  recorder->Commit();
  EXPECT_EQ(recorder->counts().lost, 1U);
  EXPECT_EQ(recorder->Query({.limit = 1})[0], ToJson(big));
  EXPECT_EQ(recorder->Totals()[0].tally.Total(), 502U);
}

TEST_F(RecorderTest, PassedOutcomesMakeRoomBeforeFailedOnes) {
  options_.limits.max_bytes = 512 * 1024;
  options_.limits.ring = 100'000;
  auto recorder = Open();
  Put(*recorder, TimedOutOutcome());
  for (int batch = 0; batch < 40; ++batch) {
    recorder->Record(std::vector<Outcome>(50, PassedOutcome()));
    recorder->Commit();
  }
  EXPECT_EQ(recorder->counts().errors, 0U);
  EXPECT_LT(recorder->Query({.limit = 10'000}).size(), 1000U);
  EXPECT_EQ(recorder->Query({.status = Status::kFail}).size(), 1U);
}

TEST_F(RecorderTest, ASecondProcessIsToldWhoHoldsTheDirectory) {
  auto recorder = Open();
  int pipe_fds[2];
  ASSERT_EQ(::pipe(pipe_fds), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto second = Recorder::Open(options_);
    const std::string said = second ? "opened" : second.error();
    const bool is_written =
        ::write(pipe_fds[1], said.data(), said.size()) == static_cast<ssize_t>(said.size());
    ::_exit(is_written ? 0 : 1);
  }
  ::close(pipe_fds[1]);
  std::string said(512, '\0');
  const ssize_t size = ::read(pipe_fds[0], said.data(), said.size());
  ::close(pipe_fds[0]);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_GT(size, 0);
  said.resize(static_cast<std::size_t>(size));
  EXPECT_EQ(said, "state directory " + options_.state_dir + " is in use by process " +
                      std::to_string(::getpid()));
  recorder.reset();
  EXPECT_NE(Open(), nullptr);
}

TEST_F(RecorderTest, SaysWhatIsWrongWithTheDirectory) {
  options_.state_dir = "/proc/no/such";
  const auto recorder = Recorder::Open(options_);
  ASSERT_FALSE(recorder);
  EXPECT_THAT(recorder.error(), HasSubstr("state directory /proc/no/such: "));
}

TEST_F(RecorderTest, BeginsAnewWhereTheDirectoryIsTakenAway) {
  auto recorder = Open();
  Put(*recorder, PassedOutcome());
  recorder->Commit();
  std::filesystem::remove_all(options_.state_dir);
  Put(*recorder, PassedOutcome());
  recorder->Commit();
  Put(*recorder, PassedOutcome());
  recorder->Commit();
  EXPECT_TRUE(recorder->is_durable());
  EXPECT_THAT(errors_, Contains(HasSubstr("was removed or replaced")));
  EXPECT_FALSE(StateDir::Acquire(options_.state_dir));
  recorder.reset();
  EXPECT_EQ(Open()->Totals().size(), 1U);
}

TEST_F(RecorderTest, GoesOnInMemoryWhereAnotherWasQuicker) {
  auto recorder = Open();
  Put(*recorder, PassedOutcome());
  recorder->Commit();
  std::filesystem::remove_all(options_.state_dir);
  auto other = StateDir::Acquire(options_.state_dir);
  ASSERT_TRUE(other);
  Put(*recorder, PassedOutcome());
  recorder->Commit();
  EXPECT_FALSE(recorder->is_durable());
  Put(*recorder, PassedOutcome());
  recorder->Commit();
  EXPECT_EQ(recorder->Query({}).size(), 1U);
  EXPECT_FALSE(std::filesystem::exists(DatabaseFile()));
  // It has gone: what was counted is kept with what comes.
  other->reset();
  now_ += std::chrono::minutes(1);
  Put(*recorder, PassedOutcome());
  recorder->Commit();
  EXPECT_TRUE(recorder->is_durable());
  recorder.reset();
  const auto totals = Open()->Totals();
  ASSERT_EQ(totals.size(), 1U);
  EXPECT_EQ(totals[0].tally.duration.Total(), 3U);
}

TEST_F(RecorderTest, SaysWhatStandsInThePlaceOfTheFile) {
  std::filesystem::create_directory(options_.state_dir);
  ASSERT_EQ(::mkfifo(DatabaseFile().c_str(), 0600), 0);
  const auto recorder = Recorder::Open(options_);
  ASSERT_FALSE(recorder);
  EXPECT_THAT(recorder.error(), HasSubstr("gaikei.db: is a pipe, no file"));
}

TEST_F(RecorderTest, PutsAFileAsideThatIsNoDatabase) {
  std::filesystem::create_directory(options_.state_dir);
  const std::string foreign(8192, 'z');
  std::ofstream(DatabaseFile()) << foreign;
  auto recorder = Open();
  Put(*recorder, PassedOutcome());
  recorder->Commit();
  EXPECT_EQ(recorder->Query({}).size(), 1U);
  EXPECT_EQ(recorder->counts().put_aside, 1U);
  EXPECT_EQ(ReadFile(DatabaseFile() + ".corrupt-" + FormatRfc3339(now_)), foreign);
  EXPECT_FALSE(errors_.empty());
}

TEST_F(RecorderTest, PutsADatabaseOfAnotherProgramAside) {
  std::filesystem::create_directory(options_.state_dir);
  {
    auto foreign = Database::Open(DatabaseFile());
    ASSERT_TRUE(foreign);
    ASSERT_TRUE(foreign->Execute("CREATE TABLE outcome (x)"));
  }
  auto recorder = Open();
  EXPECT_EQ(recorder->counts().put_aside, 1U);
  EXPECT_TRUE(recorder->Query({}).empty());
}

TEST_F(RecorderTest, LeavesADatabaseOfANewerVersionAlone) {
  Put(*Open(), PassedOutcome());
  {
    auto newer = Database::Open(DatabaseFile());
    ASSERT_TRUE(newer);
    ASSERT_TRUE(newer->Execute("PRAGMA user_version = 1000"));
  }
  const auto recorder = Recorder::Open(options_);
  ASSERT_FALSE(recorder);
  EXPECT_THAT(recorder.error(), AllOf(HasSubstr(DatabaseFile()), HasSubstr("newer version")));
}

TEST_F(RecorderTest, BeginsAnewWhenTheFileIsDamagedWhileItRuns) {
  {
    auto recorder = Open();
    recorder->Record(std::vector<Outcome>(500, TimedOutOutcome()));
  }
  // Everything behind the first two pages is overwritten: it opens, and breaks when it is used.
  const auto size = std::filesystem::file_size(DatabaseFile());
  ASSERT_GT(size, 3U * 4096U);
  {
    std::fstream file(DatabaseFile(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(2 * 4096);
    file << std::string(size - 2 * 4096, '\x5a');
  }
  auto recorder = Open();
  for (int i = 0; i < 3; ++i) {
    Put(*recorder, TimedOutOutcome());
    recorder->Commit();
  }
  EXPECT_EQ(recorder->counts().put_aside, 1U);
  EXPECT_GE(recorder->counts().errors, 1U);
  EXPECT_EQ(recorder->Query({}).size() + recorder->counts().lost, 3U);
}

TEST_F(RecorderTest, AFullDatabaseCostsOutcomesButNotTheirCount) {
  options_.limits.max_bytes = 64 * 1024;
  auto recorder = Open();
  Outcome big = TimedOutOutcome();
  big.message = std::string(100 * 1024, 'x');
  Put(*recorder, big);
  EXPECT_GE(recorder->counts().errors, 1U);
  EXPECT_EQ(recorder->counts().lost, 1U);
  Put(*recorder, PassedOutcome());
  recorder->Commit();
  EXPECT_EQ(recorder->Query({}).size(), 1U);
  EXPECT_EQ(recorder->Totals()[0].tally.Total(), 2U);
}

TEST_F(RecorderTest, AnswersOtherThreadsWhileItRecords) {
  auto recorder = Open();
  std::atomic<bool> is_done{false};
  std::size_t most = 0;
  std::thread reader([&] {
    while (!is_done) most = std::max(most, recorder->Query({.limit = 1000}).size());
    most = std::max(most, recorder->Query({.limit = 1000}).size());
  });
  for (int i = 0; i < 100; ++i) {
    Put(*recorder, TimedOutOutcome());
    recorder->Commit();
  }
  is_done = true;
  reader.join();
  EXPECT_EQ(most, 100U);
  EXPECT_EQ(recorder->counts().errors, 0U);
}

TEST(RecorderInMemory, HasTheSameInterface) {
  auto recorder = Recorder::Open({});
  ASSERT_TRUE(recorder) << recorder.error();
  const Outcome outcome = PassedOutcome();
  (*recorder)->Record({&outcome, 1});
  (*recorder)->Commit();
  EXPECT_THAT((*recorder)->Query({}), ::testing::ElementsAre(ToJson(outcome)));
}

TEST(Tally, ReadsItsOwnTextAndNothingElse) {
  Tally tally;
  for (const Outcome& outcome :
       {PassedOutcome(), TimedOutOutcome(), WarnedOutcome(), SkippedOutcome()}) {
    tally.Add(outcome);
  }
  const std::string text = tally.Encode();
  const auto decoded = Tally::Decode(text);
  ASSERT_TRUE(decoded) << text;
  EXPECT_EQ(decoded->Encode(), text);
  EXPECT_EQ(decoded->Total(), 4U);
  EXPECT_TRUE(Tally::Decode(""));
  for (const char* wrong :
       {"x", "count:pass:", "count:pass::1", "count:good::1;", "count:fail:no_such:1;",
        "duration:1;", "duration:1:99=1;", "duration:1:0=x;", "phase:lunch:1:;", "weather:1;"}) {
    EXPECT_FALSE(Tally::Decode(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace gaikei::testing
