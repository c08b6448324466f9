#include "probe/output/style.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gaikei {
namespace {

using testing::ElementsAre;

TEST(Style, CountsColumnsNotBytes) {
  EXPECT_EQ(DisplayWidth("abc"), 3U);
  EXPECT_EQ(DisplayWidth("é"), 1U);
  EXPECT_EQ(DisplayWidth("外形"), 4U);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1U);
  EXPECT_EQ(DisplayWidth("█▏"), 2U);
}

TEST(Style, ClipsToColumnsAtACharacterBoundary) {
  EXPECT_EQ(Clip("abcdef", 6), "abcdef");
  EXPECT_EQ(Clip("abcdefg", 6), "abc...");
  EXPECT_EQ(Clip("外形監視", 6), "外...");
  EXPECT_EQ(Clip("外形監視", 3), "外");
}

TEST(Style, PadsByColumns) {
  EXPECT_EQ(PadRight("外", 4), "外  ");
  EXPECT_EQ(PadLeft("é", 3), "  é");
  EXPECT_EQ(PadRight("long", 2), "long");
}

TEST(Style, WrapsAtBlanksAndBreaksWhatIsTooLong) {
  EXPECT_THAT(Wrap("one two three", 7), ElementsAre("one two", "three"));
  EXPECT_THAT(Wrap("abcdefghij", 4), ElementsAre("abcd", "efgh", "ij"));
  EXPECT_THAT(Wrap("x abcdefgh y", 4), ElementsAre("x", "abcd", "efgh", "y"));
  EXPECT_THAT(Wrap("", 10), ElementsAre(""));
}

TEST(Style, PaintsNothingWithoutColours) {
  const Style plain{.color = false, .utf8 = true};
  EXPECT_EQ(plain.Paint(Tone::kBad, "x"), "x");
  const Style colored{.color = true, .utf8 = true};
  EXPECT_EQ(colored.Paint(Tone::kBad, "x"), "\x1b[1;31mx\x1b[0m");
}

}  // namespace
}  // namespace gaikei
