#include "probe/output/waterfall.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gaikei {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

constexpr Style kPlain{.color = false, .utf8 = true};
constexpr Style kAscii{.color = false, .utf8 = false};

Phases Five() {
  Phases phases;
  for (std::size_t i = 0; i < kPhaseCount; ++i) phases.spent[i] = milliseconds(20);
  return phases;
}

/// Columns before the bar of a line.
std::size_t BarBegin(const std::string& line) { return line.find_first_of("=", kIndent); }

TEST(Waterfall, DrawsReachedPhasesInSequence) {
  const auto lines = Waterfall(Five(), std::nullopt, milliseconds(100), 80, kAscii);
  ASSERT_THAT(lines, SizeIs(kPhaseCount + 1));
  for (std::size_t i = 1; i < kPhaseCount; ++i) {
    EXPECT_GT(BarBegin(lines[i]), BarBegin(lines[i - 1]));
  }
  EXPECT_THAT(lines[0], HasSubstr("resolve"));
  EXPECT_THAT(lines[4], HasSubstr("transfer"));
  EXPECT_THAT(lines[5], HasSubstr("100ms"));
}

TEST(Waterfall, HasNoLineForAPhaseThatWasNotReached) {
  Phases phases;
  phases[Phase::kConnect] = milliseconds(5);
  const auto lines = Waterfall(phases, Phase::kConnect, milliseconds(5), 80, kPlain);
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_THAT(lines[0], HasSubstr("connect"));
}

TEST(Waterfall, MarksThePhaseThatFailed) {
  const auto lines = Waterfall(Five(), Phase::kTransfer, milliseconds(100), 80, kPlain);
  EXPECT_THAT(lines[4], HasSubstr("✘"));
  EXPECT_THAT(lines[3], Not(HasSubstr("✘")));
}

TEST(Waterfall, StaysWithinItsWidth) {
  for (const std::size_t width : {40U, 60U, 80U, 200U}) {
    for (const Style& style : {kPlain, kAscii}) {
      for (const auto& line : Waterfall(Five(), Phase::kTls, milliseconds(101), width, style)) {
        EXPECT_LE(DisplayWidth(line), width) << line;
      }
    }
  }
}

TEST(Waterfall, DrawsALengthThatGrowsWithTheTime) {
  Phases phases;
  phases[Phase::kResolve] = milliseconds(1);
  phases[Phase::kConnect] = milliseconds(99);
  const auto lines = Waterfall(phases, std::nullopt, milliseconds(100), 80, kAscii);
  const auto bars = [](const std::string& line) {
    return std::count(line.begin(), line.end(), '=');
  };
  EXPECT_GE(bars(lines[0]), 1);
  EXPECT_GT(bars(lines[1]), 40);
}

TEST(Waterfall, SurvivesAnAttemptThatTookNoTime) {
  Phases phases;
  phases[Phase::kConnect] = Span{0};
  EXPECT_THAT(Waterfall(phases, std::nullopt, Span{0}, 80, kPlain), SizeIs(2));
}

TEST(Waterfall, UsesAsciiAloneWhereThatIsAllThereIs) {
  for (const auto& line : Waterfall(Five(), Phase::kTls, milliseconds(100), 80, kAscii)) {
    for (const char c : line) EXPECT_LT(static_cast<unsigned char>(c), 0x80) << line;
  }
}

}  // namespace
}  // namespace gaikei
