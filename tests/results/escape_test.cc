#include <gtest/gtest.h>

#include "results/nearest.h"
#include "results/secret.h"
#include "results/text.h"

namespace gaikei {
namespace {

TEST(Escape, ShowsForeignBytesHarmlessly) {
  struct Row {
    std::string_view foreign;
    std::string_view shown;
  };
  using std::string_view_literals::operator""sv;
  const Row rows[] = {
      {"plain text", "plain text"},
      {"back\\slash", "back\\slash"},
      {"日本語", "日本語"},
      {"\r\n\t", "\\x0d\\x0a\\x09"},
      {"\x1b[31mred", "\\x1b[31mred"},
      {"\x7f", "\\x7f"},
      {"nul\0byte"sv, "nul\\x00byte"},
      {"\xc2\x85", "\\xc2\\x85"},           // C1: next line
      {"\xe2\x80\xa8", "\\xe2\\x80\\xa8"},  // U+2028
      {"\xe2\x80\xae"
       "evil",
       "\\xe2\\x80\\xaeevil"},              // U+202E
      {"\xe2\x81\xa6", "\\xe2\\x81\\xa6"},  // U+2066
      {"\xff\xfe", "\\xff\\xfe"},
      {"\xc0\xaf", "\\xc0\\xaf"},           // overlong
      {"\xed\xa0\x80", "\\xed\\xa0\\x80"},  // surrogate
      {"cut\xe2\x82", "cut\\xe2\\x82"},
      {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},  // above U+10FFFF
      {"", ""},
  };
  for (const Row& row : rows) EXPECT_EQ(Escape(row.foreign), row.shown);
}

TEST(Escape, CutsWithThreeDotsAndNeverInsideACharacter) {
  EXPECT_EQ(Escape("abcdef", 6), "abcdef");
  EXPECT_EQ(Escape("abcdefg", 6), "abc...");
  EXPECT_EQ(Escape("日本語日本語日", 6), "日本語...");
  EXPECT_EQ(Escape("ab\n\n", 9), "ab\\x0a...");
  EXPECT_EQ(Escape("ab\n\n", 8), "ab...");
  EXPECT_EQ(Escape(std::string(100'000, 'x')).size(), kEscapedLimit);
}

TEST(Secret, IsNotShownAndIsGoneAfterAMove) {
  Secret secret("hunter2");
  EXPECT_EQ(secret.Shown(), "<secret>");
  EXPECT_EQ(secret.Reveal(), "hunter2");
  Secret moved = std::move(secret);
  EXPECT_EQ(moved.Reveal(), "hunter2");
  EXPECT_TRUE(secret.empty());  // NOLINT(bugprone-use-after-move): that it is wiped is the point
  EXPECT_EQ(Secret("open", false).Shown(), "open");
}

TEST(Nearest, FindsTheMistypedNameOrNone) {
  constexpr std::string_view kNames[] = {"target", "timeout", "expect"};
  EXPECT_EQ(Nearest("tiemout", kNames), "timeout");
  EXPECT_EQ(Nearest("Target", kNames), "target");
  EXPECT_EQ(Nearest("expects", kNames), "expect");
  EXPECT_EQ(Nearest("regions", kNames), std::nullopt);
}

}  // namespace
}  // namespace gaikei
