/// Lines of JSON in files and pipes: whole ones, whatever happens to the file.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "results/outcome_json.h"
#include "results/upstream/jsonl_lines.h"
#include "results/upstream/sinks.h"
#include "tests/results/samples.h"
#include "tests/results/upstream/items.h"
#include "tests/support/socket.h"
#include "tests/support/temp_dir.h"

namespace gaikei {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MakeSeries;
using testing::SampleItem;
using ::testing::StartsWith;
using Kind = Verdict::Kind;

/// What a line of the tests says: its number, and bytes to make it longer.
std::string LineOf(std::size_t number, std::size_t size) {
  std::string line = std::string(kJsonlBeginning) + "outcome/1\",\"n\":" + std::to_string(number);
  line += ",\"x\":\"" + std::string(size, 'x') + "\"}";
  return line;
}

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t from = 0;
  while (from < text.size()) {
    const std::size_t to = text.find('\n', from);
    if (to == std::string::npos) {
      ADD_FAILURE() << "the last line is torn: " << text.substr(from, 100);
      break;
    }
    lines.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  return lines;
}

class JsonlSink : public ::testing::Test {
 protected:
  JsonlSink() { spec_.jsonl.path = Path(); }
  std::string Path(const std::string& name = "out.jsonl") const { return dir_.Path(name); }
  std::string Text(const std::string& name = "out.jsonl") const {
    return support::ReadFile(Path(name));
  }
  std::vector<std::string> Lines(const std::string& name = "out.jsonl") const {
    return LinesOf(Text(name));
  }

  void Add(std::size_t count, std::size_t size = 100) {
    const auto series = MakeSeries("home", "tokyo");
    for (std::size_t i = 0; i < count; ++i) {
      SpoolItem item = SampleItem(series);
      std::get<Sample>(item.content).json = LineOf(added_, size);
      expected_.push_back(LineOf(added_++, size));
      items_.push_back(std::move(item));
    }
  }
  /// A delivery of all that was added since the last one.
  std::size_t Prepare(const Sink::Limits& limits = {}) {
    pointers_.clear();
    for (const SpoolItem& item : items_) pointers_.push_back(&item);
    return sink().Prepare(pointers_, limits);
  }
  Verdict Send() {
    std::optional<Verdict> verdict;
    sink().Send([&](Verdict came) { verdict = std::move(came); });
    EXPECT_TRUE(verdict);
    return verdict.value_or(Verdict{});
  }
  /// Prepares, sends, settles.
  Verdict Deliver() {
    EXPECT_EQ(Prepare(), items_.size());
    Verdict verdict = Send();
    if (verdict.kind == Kind::kTaken) Settle();
    return verdict;
  }
  void Settle() {
    EXPECT_THAT(sink().Settle(), IsEmpty());
    items_.clear();
  }
  Sink& sink() {
    if (sink_ == nullptr) sink_ = MakeJsonlSink(spec_);
    return *sink_;
  }
  /// Another process of this program.
  void Restart() { sink_.reset(); }

  const support::TempDir dir_;
  UpstreamSpec spec_;
  std::deque<SpoolItem> items_;
  std::vector<const SpoolItem*> pointers_;
  std::size_t added_ = 0;
  std::vector<std::string> expected_;  ///< every line ever added
  std::unique_ptr<Sink> sink_;
};

TEST(JsonlLine, IsTheOutcomeAsItIs) {
  const Outcome outcome = testing::ExpiredOutcome();
  auto series = std::make_shared<SampleSeries>();
  series->check = outcome.check;
  series->region = outcome.region;
  SpoolItem item;
  item.content = Sample::Of(outcome, series, true);
  EXPECT_EQ(JsonlLine(item), ToJson(outcome) + "\n");
}

TEST(JsonlLine, IsWhatIsLeftOfAnOutcomeThatWasFolded) {
  SpoolItem item = SampleItem(MakeSeries("home", "tokyo", {{"team", "shop"}}));
  auto& sample = std::get<Sample>(item.content);
  sample.latest.duration = std::chrono::milliseconds(250);
  EXPECT_EQ(JsonlLine(item),
            R"({"schema":"gaikei.sample/1","check":"home","kind":"http","region":"tokyo",)"
            R"("target":"https://home.example/","labels":{"team":"shop"},)"
            R"("scheduled_at":"2026-11-23T03:48:00.000000Z",)"
            R"("started_at":"2026-11-23T03:48:00.000000Z","status":"pass","duration":0.25,)"
            R"("counts":"good"})"
            "\n");
  sample.latest.status = Status::kFail;
  sample.reason = Reason::kDnsTimeout;
  sample.phase = "resolve";
  sample.message = "no answer";
  sample.counts = Counts::kBad;
  EXPECT_THAT(
      JsonlLine(item),
      HasSubstr(R"("status":"fail","reason":"dns_timeout","phase":"resolve",)"
                R"("blame":"target","message":"no answer","duration":0.25,"counts":"bad"})"));
}

TEST(JsonlLine, OfARollupHasExactCounts) {
  Rollup rollup;
  rollup.series = MakeSeries("home", "tokyo");
  rollup.from = testing::SampleTime();
  rollup.at = testing::SampleTime() + std::chrono::minutes(1);
  rollup.samples = 5;
  rollup.good = 3;
  rollup.bad = 1;
  rollup.missing = 1;
  rollup.tally.outcomes = {{Status::kPass, Reason::kNone, 3},
                           {Status::kFail, Reason::kConnectRefused, 1},
                           {Status::kUnknown, Reason::kProberFdLimit, 1}};
  for (const int ms : {0, 500, 500, 1000}) {
    rollup.exponential.duration.Add(std::chrono::milliseconds(ms));
  }
  SpoolItem item;
  item.content = std::move(rollup);
  EXPECT_EQ(JsonlLine(item),
            R"({"schema":"gaikei.rollup/1","check":"home","kind":"http","region":"tokyo",)"
            R"("target":"https://home.example/","labels":{},"from":"2026-11-23T03:48:00.000000Z",)"
            R"("to":"2026-11-23T03:49:00.000000Z","samples":5,"good":3,"bad":1,"missing":1,)"
            R"("outcomes":[{"status":"pass","count":3},)"
            R"({"status":"fail","reason":"connect_refused","count":1},)"
            R"({"status":"unknown","reason":"prober_fd_limit","count":1}],)"
            R"("duration":{"count":4,"sum":2.0,"min":0.0,"max":1.0,"p50":0.5,"p95":1.0,"p99":1.0},)"
            R"("phases":{}})"
            "\n");
}

TEST(JsonlLine, OfADepartureIsNone) {
  SpoolItem item;
  item.content = Departure{MakeSeries("home", "tokyo"), WallTime()};
  EXPECT_EQ(JsonlLine(item), "");
}

TEST_F(JsonlSink, AppendsALineASample) {
  support::WriteFile(Path(), "somebody's\n");
  Add(3);
  EXPECT_EQ(Deliver().kind, Kind::kTaken);
  Add(2);
  EXPECT_EQ(Deliver().kind, Kind::kTaken);
  expected_.insert(expected_.begin(), "somebody's");
  EXPECT_EQ(Lines(), expected_);
}

TEST_F(JsonlSink, MakesAFileThatOthersCannotRead) {
  const mode_t before = ::umask(0);
  Add(1);
  EXPECT_EQ(Deliver().kind, Kind::kTaken);
  ::umask(before);
  struct stat info {};
  ASSERT_EQ(::stat(Path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0640U);
}

TEST_F(JsonlSink, CoversWhatItsLimitsAllowAndMakesNoFileForNothing) {
  Add(100, 1000);
  EXPECT_EQ(Prepare({.items = 7}), 7U);
  sink().Discard();
  EXPECT_EQ(Prepare({.bytes = 5000}), 5U);
  sink().Discard();
  EXPECT_EQ(Prepare({.bytes = 1}), 1U);
  sink().Discard();
  items_.clear();
  items_.emplace_back().content = Departure{MakeSeries("home", "tokyo"), WallTime()};
  EXPECT_EQ(Deliver().kind, Kind::kTaken);
  EXPECT_FALSE(std::filesystem::exists(Path()));
}

TEST_F(JsonlSink, CutsOffALineThatAnEarlierProcessLeftTorn) {
  for (const std::string& torn : {LineOf(7, 100'000).substr(0, 70'000), std::string("{\"sch")}) {
    Add(1);
    support::WriteFile(Path(), "whole\n" + torn);
    EXPECT_EQ(Deliver().kind, Kind::kTaken);
    EXPECT_THAT(Lines(), ElementsAre("whole", expected_.back()));
    Restart();
  }
  Add(1);
  support::WriteFile(Path(), LineOf(7, 100).substr(0, 90));
  EXPECT_EQ(Deliver().kind, Kind::kTaken);
  EXPECT_THAT(Lines(), ElementsAre(expected_.back()));
}

TEST_F(JsonlSink, EndsALineOfSomebodyElseAndCutsNothing) {
  support::WriteFile(Path(), "whole\nhalf");
  Add(1);
  EXPECT_EQ(Deliver().kind, Kind::kTaken);
  EXPECT_THAT(Lines(), ElementsAre("whole", "half", expected_.back()));
}

TEST_F(JsonlSink, FollowsAFileThatIsRenamedRemovedOrEmptied) {
  Add(1);
  EXPECT_EQ(Deliver().kind, Kind::kTaken);
  std::filesystem::rename(Path(), Path("aside"));  // logrotate
  Add(1);
  EXPECT_EQ(Deliver().kind, Kind::kTaken);
  EXPECT_THAT(Lines("aside"), ElementsAre(expected_[0]));
  EXPECT_THAT(Lines(), ElementsAre(expected_[1]));
  std::filesystem::remove(Path());
  Add(1);
  EXPECT_EQ(Deliver().kind, Kind::kTaken);
  EXPECT_THAT(Lines(), ElementsAre(expected_[2]));
  ASSERT_EQ(::truncate(Path().c_str(), 0), 0);  // its copytruncate
  Add(1);
  EXPECT_EQ(Deliver().kind, Kind::kTaken);
  EXPECT_THAT(Lines(), ElementsAre(expected_[3]));
}

TEST_F(JsonlSink, WaitsForADirectoryAndGivesUpOnWhatIsNoFile) {
  spec_.jsonl.path = Path("later/out.jsonl");
  Add(2);
  Prepare();
  Verdict verdict = Send();
  EXPECT_EQ(verdict.kind, Kind::kRetry);
  EXPECT_THAT(verdict.message, AllOf(HasSubstr("later/out.jsonl"), HasSubstr("No such file")));
  std::filesystem::create_directory(Path("later"));
  EXPECT_EQ(Send().kind, Kind::kTaken);
  EXPECT_EQ(Lines("later/out.jsonl"), expected_);
  Settle();
  Restart();
  spec_.jsonl.path = dir_.path().string();
  Add(1);
  Prepare();
  EXPECT_EQ(Send().kind, Kind::kForbidden);
}

/// A soft limit for the size of files, as long as it lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    EXPECT_EQ(::getrlimit(RLIMIT_FSIZE, &before_), 0);
    const rlimit now{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &now), 0);
  }
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
};

TEST_F(JsonlSink, LeavesNoTornLineWhereAWriteIsCutShort) {
  Add(10, 1000);
  Prepare();
  // Anywhere in a line, and at its end; the signal that comes with it kills nobody.
  const std::size_t line = expected_[0].size() + 1;
  for (const std::size_t limit : {line / 2, 2 * line, 2 * line + 1, 5 * line - 1}) {
    const FileSizeLimit limited(limit);
    const Verdict verdict = Send();
    EXPECT_EQ(verdict.kind, Kind::kRetry);
    EXPECT_THAT(verdict.message, HasSubstr("File too large"));
    EXPECT_EQ(Lines().size(), limit / line);
  }
  EXPECT_EQ(Send().kind, Kind::kTaken);
  EXPECT_EQ(Lines(), expected_);
}

/// Calls `function` on a thread with mounts of its own.
void WithOwnMounts(const std::function<void()>& function) {
  std::thread([&] {
    ASSERT_EQ(::unshare(CLONE_NEWNS), 0);
    ASSERT_EQ(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
    function();
  }).join();
}

TEST_F(JsonlSink, OutlastsAFullDisk) {
  WithOwnMounts([&] {
    ASSERT_EQ(::mount("none", dir_.path().c_str(), "tmpfs", 0, "size=64k"), 0);
    support::WriteFile(Path("ballast"), std::string(40'000, 'x'));
    Add(100, 1000);
    Prepare();
    for (int i = 0; i < 3; ++i) {
      const Verdict verdict = Send();
      EXPECT_EQ(verdict.kind, Kind::kRetry);
      EXPECT_THAT(verdict.message, HasSubstr("No space left"));
      const auto lines = Lines();
      EXPECT_LT(lines.size(), 100U);
      EXPECT_TRUE(std::equal(lines.begin(), lines.end(), expected_.begin()));
    }
    std::filesystem::remove(Path("ballast"));
    EXPECT_EQ(Send().kind, Kind::kRetry);
    EXPECT_GT(Lines().size(), 30U);
    ASSERT_EQ(::mount("none", dir_.path().c_str(), "tmpfs", MS_REMOUNT, "size=1m"), 0);
    EXPECT_EQ(Send().kind, Kind::kTaken);
    EXPECT_EQ(Lines(), expected_);
    ::umount(dir_.path().c_str());
  });
}

/// All lines of PATH.N ... PATH.1 and PATH, oldest first.
std::vector<std::string> AllLines(const std::string& path, std::uint64_t max_size) {
  std::vector<std::string> all;
  unsigned oldest = 0;
  while (std::filesystem::exists(path + "." + std::to_string(oldest + 1))) ++oldest;
  for (unsigned number = oldest + 1; number-- > 0;) {
    const std::string name = number == 0 ? path : path + "." + std::to_string(number);
    const std::string text = support::ReadFile(name);
    EXPECT_LE(text.size(), max_size) << name;
    for (std::string& line : LinesOf(text)) all.push_back(std::move(line));
  }
  return all;
}

TEST_F(JsonlSink, PutsFilesAsideThatAreLargeEnough) {
  spec_.jsonl.max_size = 1000;
  spec_.jsonl.max_files = 3;
  for (int i = 0; i < 20; ++i) {
    Add(1, 350);
    EXPECT_EQ(Deliver().message, "");
  }
  // Two lines a file; the oldest ones are gone.
  for (const char* name : {"out.jsonl", "out.jsonl.1", "out.jsonl.2", "out.jsonl.3"}) {
    EXPECT_EQ(Lines(name).size(), 2U) << name;
  }
  EXPECT_FALSE(std::filesystem::exists(Path("out.jsonl.4")));
  const auto all = AllLines(Path(), 1000);
  EXPECT_TRUE(std::equal(all.begin(), all.end(), expected_.end() - 8, expected_.end()));
}

TEST_F(JsonlSink, LosesAndSplitsNothingWhileFilesArePutAsideUnderLoad) {
  spec_.jsonl.max_size = 30'000;
  spec_.jsonl.max_files = 1000;
  std::size_t size = 1;
  for (int i = 0; i < 200; ++i) {
    for (int j = 0; j <= i % 17; ++j) Add(1, size = size * 7 % 2003);
    EXPECT_EQ(Deliver().kind, Kind::kTaken);
    if (i % 50 == 25) Restart();
  }
  EXPECT_EQ(AllLines(Path(), 30'000), expected_);
}

TEST_F(JsonlSink, GivesALineThatIsLargerThanAnyFileOneOfItsOwn) {
  spec_.jsonl.max_size = 1000;
  Add(1, 100);
  Add(1, 5000);
  Add(1, 100);
  EXPECT_EQ(Deliver().kind, Kind::kTaken);
  EXPECT_EQ(AllLines(Path(), 6000), expected_);
  EXPECT_THAT(Lines("out.jsonl.1"), ElementsAre(expected_[1]));
}

TEST_F(JsonlSink, GoesOnInTheSameFileWhereItCannotBePutAside) {
  spec_.jsonl.max_size = 1000;
  spec_.jsonl.max_files = 2;
  std::filesystem::create_directories(Path("out.jsonl.1/occupied"));
  std::filesystem::create_directories(Path("out.jsonl.2/occupied"));
  for (int i = 0; i < 10; ++i) {
    Add(1, 400);
    const Verdict verdict = Deliver();
    EXPECT_EQ(verdict.kind, Kind::kTaken);
    EXPECT_THAT(verdict.message, HasSubstr(i < 2 ? "" : "cannot be renamed"));
    EXPECT_EQ(verdict.message.empty(), i < 2);
  }
  EXPECT_EQ(Lines(), expected_);
  std::filesystem::remove_all(Path("out.jsonl.1"));
  std::filesystem::remove_all(Path("out.jsonl.2"));
  Add(1, 400);
  EXPECT_EQ(Deliver().message, "");
  EXPECT_EQ(Lines("out.jsonl.1").size(), 10U);
  EXPECT_THAT(Lines(), ElementsAre(expected_.back()));
}

TEST_F(JsonlSink, PutsAFileAsideOnAFullDiskAndLosesNothing) {
  WithOwnMounts([&] {
    ASSERT_EQ(::mount("none", dir_.path().c_str(), "tmpfs", 0, "size=64k"), 0);
    spec_.jsonl.max_size = 20'000;
    spec_.jsonl.max_files = 100;
    Add(100, 1000);
    Prepare();
    EXPECT_EQ(Send().kind, Kind::kRetry);
    EXPECT_EQ(Send().kind, Kind::kRetry);
    const auto so_far = AllLines(Path(), 20'000);
    EXPECT_TRUE(std::equal(so_far.begin(), so_far.end(), expected_.begin()));
    ASSERT_EQ(::mount("none", dir_.path().c_str(), "tmpfs", MS_REMOUNT, "size=1m"), 0);
    EXPECT_EQ(Send().kind, Kind::kTaken);
    EXPECT_EQ(AllLines(Path(), 20'000), expected_);
    ::umount(dir_.path().c_str());
  });
}

/// What can be read of a pipe now.
std::string Drain(int fd) {
  std::string all;
  std::string buffer(65536, '\0');
  support::SetNonBlocking(fd, true);
  for (;;) {
    const ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n <= 0) return all;
    all.append(buffer, 0, static_cast<std::size_t>(n));
  }
}

TEST_F(JsonlSink, GoesOnAtTheByteWhereAPipeWasFull) {
  ASSERT_EQ(::mkfifo(Path().c_str(), 0600), 0);
  Add(1);
  Prepare();
  EXPECT_EQ(Send().kind, Kind::kRetry);  // nobody reads
  const support::Fd reader(::open(Path().c_str(), O_RDONLY | O_NONBLOCK));
  EXPECT_EQ(Send().kind, Kind::kTaken);
  Settle();
  Add(100, 3000);
  Prepare();
  std::string read;
  Verdict verdict = Send();
  int tries = 0;
  while (verdict.kind == Kind::kRetry && ++tries < 100) {
    EXPECT_TRUE(verdict.retry_after);
    EXPECT_NE(verdict.message, "");
    read += Drain(reader.get());
    verdict = Send();
  }
  EXPECT_GT(tries, 2);
  EXPECT_EQ(verdict.kind, Kind::kTaken);
  EXPECT_EQ(LinesOf(read + Drain(reader.get())), expected_);
}

TEST_F(JsonlSink, EndsTheLineThatAPipeHasBegunWhateverComesThen) {
  ASSERT_EQ(::mkfifo(Path().c_str(), 0600), 0);
  const support::Fd reader(::open(Path().c_str(), O_RDONLY | O_NONBLOCK));
  Add(100, 3000);
  Prepare();
  EXPECT_EQ(Send().kind, Kind::kRetry);
  sink().Discard();
  std::string read = Drain(reader.get());
  ASSERT_FALSE(read.ends_with('\n'));  // which is what this is about
  const auto begun = static_cast<std::size_t>(std::count(read.begin(), read.end(), '\n'));
  // Fewer of the same, from the first on.
  EXPECT_EQ(Prepare({.items = 2}), 2U);
  EXPECT_EQ(Send().kind, Kind::kTaken);
  read += Drain(reader.get());
  std::vector<std::string> lines(expected_.begin(),
                                 expected_.begin() + static_cast<std::ptrdiff_t>(begun) + 1);
  lines.push_back(expected_[0]);
  lines.push_back(expected_[1]);
  EXPECT_EQ(LinesOf(read), lines);
}

TEST_F(JsonlSink, BeginsALineAnewForTheNextReaderOfAPipe) {
  ASSERT_EQ(::mkfifo(Path().c_str(), 0600), 0);
  support::Fd reader(::open(Path().c_str(), O_RDONLY | O_NONBLOCK));
  Add(100, 3000);
  Prepare();
  EXPECT_EQ(Send().kind, Kind::kRetry);
  reader.Close();
  EXPECT_EQ(Send().kind, Kind::kForbidden);
  reader = support::Fd(::open(Path().c_str(), O_RDONLY | O_NONBLOCK));
  EXPECT_EQ(Send().kind, Kind::kRetry);
  const std::string read = Drain(reader.get());
  EXPECT_NE(std::find(expected_.begin(), expected_.end(), read.substr(0, read.find('\n'))),
            expected_.end());
}

/// Standard output is something else as long as it lives.
class OtherStandardOutput {
 public:
  explicit OtherStandardOutput(int fd) {
    std::fflush(stdout);
    before_ = support::Fd(::dup(STDOUT_FILENO));
    EXPECT_EQ(::dup2(fd, STDOUT_FILENO), STDOUT_FILENO);
  }
  ~OtherStandardOutput() { ::dup2(before_.get(), STDOUT_FILENO); }
  OtherStandardOutput(const OtherStandardOutput&) = delete;
  OtherStandardOutput& operator=(const OtherStandardOutput&) = delete;

 private:
  support::Fd before_;
};

TEST_F(JsonlSink, WritesToStandardOutputWithoutBlockingAndLeavesItAsItIs) {
  spec_.jsonl.path = "-";
  int ends[2] = {-1, -1};
  ASSERT_EQ(::pipe(ends), 0);
  const support::Fd reader(ends[0]);
  support::Fd writer(ends[1]);
  std::vector<Kind> kinds;
  std::string read;
  {
    const OtherStandardOutput other(writer.get());
    Add(60, 3000);
    // A delivery is what a pipe has room for.
    const std::size_t covered = Prepare();
    kinds.push_back(Send().kind);
    EXPECT_LT(covered, 60U);
    read = Drain(reader.get());
    kinds.push_back(Send().kind);
    expected_.resize(covered);
    EXPECT_EQ(::fcntl(STDOUT_FILENO, F_GETFL) & O_NONBLOCK, 0);
  }
  EXPECT_THAT(kinds, ElementsAre(Kind::kRetry, Kind::kTaken));
  EXPECT_EQ(LinesOf(read + Drain(reader.get())), expected_);
}

TEST_F(JsonlSink, LivesWhenTheReaderOfStandardOutputHasGone) {
  spec_.jsonl.path = "-";
  int ends[2] = {-1, -1};
  ASSERT_EQ(::pipe(ends), 0);
  const support::Fd writer(ends[1]);
  ::close(ends[0]);
  Verdict verdict;
  {
    const OtherStandardOutput other(writer.get());
    Add(1);
    Prepare();
    verdict = Send();
  }
  EXPECT_EQ(verdict.kind, Kind::kForbidden);
  EXPECT_EQ(verdict.message, "standard output: Broken pipe");
}

TEST_F(JsonlSink, WritesToStandardOutputThatIsASocketOrAFile) {
  spec_.jsonl.path = "-";
  int ends[2] = {-1, -1};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  const support::Fd reader(ends[0]);
  const support::Fd writer(ends[1]);
  const support::Fd file(::open(Path().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  for (const int fd : {writer.get(), file.get()}) {
    Add(3);
    Verdict verdict;
    {
      const OtherStandardOutput other(fd);
      verdict = Deliver();
    }
    EXPECT_EQ(verdict.kind, Kind::kTaken);
  }
  EXPECT_EQ(LinesOf(Drain(reader.get())),
            std::vector<std::string>(expected_.begin(), expected_.begin() + 3));
  EXPECT_EQ(Lines(), std::vector<std::string>(expected_.begin() + 3, expected_.end()));
}

}  // namespace
}  // namespace gaikei
