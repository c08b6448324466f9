#include "probe/output/live_table.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "tests/probe/output/samples.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;

Outcome Look(const std::string& name, Span duration, Reason reason = Reason::kNone) {
  Outcome outcome = output_test::Sample(name);
  if (reason != Reason::kNone) outcome.Fail(reason, std::nullopt, "said in words");
  outcome.duration = duration;
  return outcome;
}

/// A stream that goes nowhere but into a text.
class Sink {
 public:
  Sink() : file_(open_memstream(&text_, &size_)) {}
  ~Sink() {
    std::fclose(file_);
    std::free(text_);
  }
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  std::FILE* file() { return file_; }
  std::string Text() {
    std::fflush(file_);
    return {text_, size_};
  }

 private:
  char* text_ = nullptr;
  std::size_t size_ = 0;
  std::FILE* file_;
};

class LiveTableTest : public ::testing::Test {
 protected:
  LiveTableTest()
      : table_({.color = false, .utf8 = true}, sink_.file(), [this] { return size_; }) {}

  /// The line that holds `text`; empty where none does.
  std::string LineWith(const std::string& text) const {
    for (const std::string& line : table_.Lines(size_)) {
      if (line.find(text) != std::string::npos) return line;
    }
    return "";
  }

  TerminalSize size_{100, 24};
  Sink sink_;
  LiveTable table_;
};

TEST_F(LiveTableTest, ShowsPercentilesOfWhatPassed) {
  for (int i = 1; i <= 20; ++i) table_.Write(Look("home", i * 10ms));
  table_.Write(Look("home", 5s, Reason::kResponseTimeout));
  const std::string row = LineWith("home");
  EXPECT_NE(row.find("✘ FAIL"), std::string::npos) << row;
  EXPECT_NE(row.find(" 5s "), std::string::npos) << "last: " << row;
  EXPECT_NE(row.find(" 100ms "), std::string::npos) << "p50: " << row;
  EXPECT_NE(row.find(" 190ms "), std::string::npos) << "p95: " << row;
  EXPECT_NE(row.find(" 95.2%"), std::string::npos) << row;
}

TEST_F(LiveTableTest, DrawsASparklineFromTheShortestToTheLongest) {
  for (const Span span : {10ms, 20ms, 80ms}) table_.Write(Look("home", span));
  table_.Write(Look("home", 1s, Reason::kReset));
  EXPECT_TRUE(LineWith("home").ends_with(" ▁▂█✘")) << LineWith("home");
}

TEST_F(LiveTableTest, SaysWhyALookWasLastNotWellAndHowLongAgo) {
  table_.Write(Look("home", 1s, Reason::kReset));
  EXPECT_NE(LineWith("now  reset: said in words"), "");
  table_.Write(Look("home", 10ms));
  table_.Write(Look("home", 10ms));
  EXPECT_NE(LineWith("2 looks ago  reset: said in words"), "");
}

TEST_F(LiveTableTest, DoesNotCountWhatNobodyCouldJudge) {
  table_.Write(Look("home", 10ms));
  table_.Write(Look("home", 0s, Reason::kProberOverload));
  EXPECT_NE(LineWith("home").find("100.0%"), std::string::npos) << LineWith("home");
}

TEST_F(LiveTableTest, KeepsARowForEachCheckAndRegion) {
  table_.Write(Look("home", 10ms));
  table_.Write(Look("api", 10ms));
  Outcome elsewhere = Look("home", 10ms);
  elsewhere.region = "osaka";
  table_.Write(elsewhere);
  table_.Write(Look("home", 10ms));
  EXPECT_EQ(table_.Lines(size_).size(), 4U) << "a head and three rows";
}

TEST_F(LiveTableTest, FitsTheTerminal) {
  size_ = {60, 6};
  for (int i = 0; i < 20; ++i) {
    table_.Write(Look(std::string(80, 'x') + std::to_string(i), 10ms, Reason::kReset));
  }
  const auto lines = table_.Lines(size_);
  EXPECT_EQ(lines.size(), 5U);
  for (const std::string& line : lines) EXPECT_LE(DisplayWidth(line), 60U) << line;
  EXPECT_NE(lines.back().find("more lines"), std::string::npos);
}

TEST_F(LiveTableTest, TellsLongUrlsApartWhereRoomIsShort) {
  size_ = {80, 24};
  table_.Write(Look("https://shop.example/a/long/way/to/carts", 10ms));
  table_.Write(Look("https://shop.example/a/long/way/to/orders", 10ms));
  EXPECT_NE(LineWith(" shop.exa...o/carts "), "");
  EXPECT_NE(LineWith(" shop.exa.../orders "), "");
}

TEST_F(LiveTableTest, GivesANameTheRoomThatTheSparklineCanSpare) {
  table_.Write(Look("https://shop.example/orders", 10ms));
  EXPECT_NE(LineWith("https://shop.example/orders · tokyo "), "");
}

TEST_F(LiveTableTest, ErasesWhatItDrewBefore) {
  table_.Write(Look("home", 10ms));
  table_.Write(Look("home", 20ms));
  EXPECT_TRUE(table_.Finish());
  EXPECT_NE(sink_.Text().find("\x1b[2A\r\x1b[J"), std::string::npos) << "two lines up";
}

}  // namespace
}  // namespace gaikei
