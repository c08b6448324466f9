#include "probe/import/shell_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gaikei {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using Words = std::vector<std::string>;

/// The words of the only command.
Words Split(std::string_view text) {
  const auto commands = SplitShell(text);
  if (!commands) {
    ADD_FAILURE() << commands.error().message;
    return {};
  }
  EXPECT_THAT(*commands, SizeIs(1));
  return commands->empty() ? Words() : commands->front().words;
}

std::string WrongWords(std::string_view text) {
  const auto commands = SplitShell(text);
  if (commands) return "";
  return std::to_string(commands.error().line) + ":" + std::to_string(commands.error().column) +
         ": " + commands.error().message;
}

TEST(ShellWords, AreSplitAtBlanks) {
  EXPECT_THAT(Split("curl  -s\ta "), ElementsAre("curl", "-s", "a"));
}

TEST(ShellWords, KeepWhatIsQuoted) {
  EXPECT_THAT(Split(R"(curl 'a b' "c d" e\ f 'it'\''s' "" "x"'y'z)"),
              ElementsAre("curl", "a b", "c d", "e f", "it's", "", "xyz"));
  EXPECT_THAT(Split(R"("\$5 \"q\" \\ \n" '\$5 "q" \\')"),
              ElementsAre(R"($5 "q" \ \n)", R"(\$5 "q" \\)"));
}

TEST(ShellWords, ReadTheEscapesOfBash) {
  EXPECT_THAT(Split(R"($'a\n\t\'\\\x41\101\u00e9\U0001F600' $'\q')"),
              ElementsAre("a\n\t'\\AA\xC3\xA9\xF0\x9F\x98\x80", "\\q"));
  EXPECT_THAT(Split(R"($"plain")"), ElementsAre("plain"));
}

TEST(ShellWords, GoOnBehindABackslashAtTheEndOfALine) {
  EXPECT_THAT(Split("curl \\\n  -X POST \\\r\n  'a\nb' \"c\\\nd\""),
              ElementsAre("curl", "-X", "POST", "a\nb", "cd"));
}

TEST(ShellWords, LeaveCommentsOut) {
  EXPECT_THAT(Split("# first\ncurl a#b # c\n#last"), ElementsAre("curl", "a#b"));
}

TEST(ShellCommands, EndAtLinesAndSemicolons) {
  const auto commands = SplitShell("\ncurl a\n\ncurl b; curl c && curl d &\n");
  ASSERT_TRUE(commands);
  ASSERT_THAT(*commands, SizeIs(4));
  EXPECT_EQ((*commands)[0].line, 2U);
  EXPECT_EQ((*commands)[1].line, 4U);
  EXPECT_EQ((*commands)[3].line, 4U);
  EXPECT_THAT((*commands)[2].words, ElementsAre("curl", "c"));
}

TEST(ShellCommands, ThatNeedAShellAreErrorsWithTheirPlace) {
  EXPECT_THAT(WrongWords("curl a\ncurl -H \"X: $TOKEN\""), HasSubstr("2:13: a shell variable"));
  EXPECT_THAT(WrongWords("curl $(cat url)"), HasSubstr("1:6: a shell variable"));
  EXPECT_THAT(WrongWords("curl `cat url`"), HasSubstr("1:6: a command substitution"));
  EXPECT_THAT(WrongWords("curl a | jq ."), HasSubstr("1:8: '|' is no part"));
  EXPECT_THAT(WrongWords("curl a > b"), HasSubstr("1:8: '>' is no part"));
  EXPECT_THAT(WrongWords("curl 'a"), HasSubstr("1:6: a quotation that does not end"));
  EXPECT_THAT(WrongWords("curl \"a"), HasSubstr("1:6: a quotation that does not end"));
  EXPECT_THAT(WrongWords("curl $'a"), HasSubstr("1:6: a quotation that does not end"));
  EXPECT_THAT(WrongWords("curl \\"), HasSubstr("1:6: a backslash at the end"));
  EXPECT_THAT(WrongWords("curl $'\\ud800'"), HasSubstr("no character of Unicode"));
}

TEST(ADollar, ThatNamesNothingIsADollar) {
  EXPECT_THAT(Split("'$a' \"5$ \" a$ \\$b"), ElementsAre("$a", "5$ ", "a$", "$b"));
}

}  // namespace
}  // namespace gaikei
