#include "checks/parts/dialogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace gaikei {
namespace {

using Input = Dialogue::Input;
using Next = Dialogue::Next;
using What = DialogueStep::What;

DialogueStep Expect(std::string pattern) {
  return {What::kExpect, Secret(std::move(pattern), false)};
}
DialogueStep Send(std::string text) { return {What::kSend, Secret(std::move(text), false)}; }
DialogueStep SendSecret(std::string text) { return {What::kSend, Secret(std::move(text))}; }
DialogueStep BeginTls() { return {What::kStartTls, Secret()}; }

Dialogue Of(const std::vector<DialogueStep>& steps) {
  auto program = DialogueProgram::Compile(steps);
  EXPECT_TRUE(program) << program.error();
  return Dialogue(*program);
}

std::string WhyNot(const std::vector<DialogueStep>& steps) {
  const auto program = DialogueProgram::Compile(steps);
  return program ? "" : program.error();
}

TEST(Dialogue, SkipsLinesUntilOneMatchesAndLeavesWhatStandsBehindIt) {
  Dialogue dialogue = Of({Expect("^220 ")});
  std::string input = "220-hello\r\n220-more\r\n220 ready\r\n250 next\r\n";
  EXPECT_EQ(dialogue.Advance(input, Input::kOpen), Next::kDone);
  EXPECT_EQ(input, "250 next\r\n");
  EXPECT_EQ(dialogue.last_line(), "220 ready");
  EXPECT_EQ(dialogue.transcript(),
            (std::vector<std::string>{"< 220-hello", "< 220-more", "< 220 ready"}));
}

TEST(Dialogue, SendsGroupsOfTheLastMatch) {
  Dialogue dialogue =
      Of({Expect("^(\\d+) (?P<host>\\S+)"), Send("$1 ${host} ${2} $$1\r\n"), Expect("ok")});
  std::string input = "220 mail.example ESMTP\r\n";
  ASSERT_EQ(dialogue.Advance(input, Input::kOpen), Next::kSend);
  EXPECT_EQ(dialogue.output(), "220 mail.example mail.example $1\r\n");
  EXPECT_EQ(dialogue.Advance(input, Input::kOpen), Next::kWait);
  EXPECT_EQ(dialogue.step(), 3U);
  input = "ok\n";
  EXPECT_EQ(dialogue.Advance(input, Input::kOpen), Next::kDone);
  EXPECT_EQ(dialogue.transcript().at(1), "> 220 mail.example mail.example $1");
}

TEST(Dialogue, FillsInNothingForAGroupThatTookNoPart) {
  Dialogue dialogue = Of({Expect("a(b)?"), Send("<$1>")});
  std::string input = "a\n";
  ASSERT_EQ(dialogue.Advance(input, Input::kOpen), Next::kSend);
  EXPECT_EQ(dialogue.output(), "<>");
}

TEST(Dialogue, SendsBytesExactlyAsWritten) {
  Dialogue dialogue = Of({Send("PING")});
  std::string input;
  ASSERT_EQ(dialogue.Advance(input, Input::kOpen), Next::kSend);
  EXPECT_EQ(dialogue.output(), "PING");
  EXPECT_EQ(dialogue.Advance(input, Input::kOpen), Next::kDone);
}

TEST(Dialogue, DoesNotMatchALineByItsFirstPiece) {
  Dialogue dialogue = Of({Expect("^220 (\\S+)"), Send("$1")});
  std::string input = "220 mai";
  EXPECT_EQ(dialogue.Advance(input, Input::kOpen), Next::kWait);
  input += "l.example\r\n";
  ASSERT_EQ(dialogue.Advance(input, Input::kOpen), Next::kSend);
  EXPECT_EQ(dialogue.output(), "mail.example");
}

TEST(Dialogue, MatchesAPromptWhenNothingMoreComes) {
  Dialogue dialogue = Of({Expect("login: $"), Send("probe\n")});
  std::string input = "Debian\r\nlogin: ";
  EXPECT_EQ(dialogue.Advance(input, Input::kOpen), Next::kWait);
  EXPECT_EQ(dialogue.Advance(input, Input::kQuiet), Next::kSend);
  EXPECT_EQ(input, "");
}

TEST(Dialogue, KeepsAnUnfinishedLineThatDoesNotMatchYet) {
  Dialogue dialogue = Of({Expect("ready")});
  std::string input = "rea";
  EXPECT_EQ(dialogue.Advance(input, Input::kQuiet), Next::kWait);
  input += "dy\n";
  EXPECT_EQ(dialogue.Advance(input, Input::kOpen), Next::kDone);
}

TEST(Dialogue, TakesTheLastLineWithoutItsEndWhenThePeerCloses) {
  Dialogue good = Of({Expect("^bye$")});
  std::string input = "bye";
  EXPECT_EQ(good.Advance(input, Input::kEnded), Next::kDone);

  Dialogue bad = Of({Expect("^bye$")});
  input = "550 no";
  EXPECT_EQ(bad.Advance(input, Input::kEnded), Next::kNoMatch);
  EXPECT_EQ(bad.last_line(), "550 no");
  EXPECT_EQ(bad.Where(), "step 1 (expect \"^bye$\")");
}

TEST(Dialogue, GivesTheSameHoweverTheBytesAreCut) {
  const std::string all = "* OK hi\r\nnoise\na1 OK done\r\n";
  for (std::size_t chunk = 1; chunk <= all.size(); ++chunk) {
    Dialogue dialogue = Of({Expect("OK (\\w+)"), Send("a1 $1\r\n"), Expect("^a1 (OK)")});
    std::string input;
    std::string sent;
    auto next = Next::kWait;
    for (std::size_t at = 0; at < all.size(); at += chunk) {
      input += all.substr(at, chunk);
      while ((next = dialogue.Advance(input, Input::kOpen)) == Next::kSend) {
        sent += dialogue.output();
      }
    }
    EXPECT_EQ(next, Next::kDone) << chunk;
    EXPECT_EQ(sent, "a1 hi\r\n") << chunk;
  }
}

TEST(Dialogue, BeginsTlsOnlyWhenNothingElseWasSaidInPlainText) {
  Dialogue good = Of({Expect("^220"), BeginTls(), Send("EHLO x\r\n")});
  std::string input = "220 go\r\n";
  EXPECT_EQ(good.Advance(input, Input::kOpen), Next::kStartTls);
  EXPECT_EQ(good.Advance(input, Input::kOpen), Next::kSend);

  Dialogue bad = Of({Expect("^220"), BeginTls()});
  input = "220 go\r\n250 injected\r\n";
  EXPECT_EQ(bad.Advance(input, Input::kOpen), Next::kInjected);
}

TEST(Dialogue, GivesUpOnALineThatNeverEnds) {
  Dialogue dialogue = Of({Expect("^220")});
  std::string input(Dialogue::kInputLimit, 'x');
  EXPECT_EQ(dialogue.Advance(input, Input::kOpen), Next::kWait);
  input += 'x';
  EXPECT_EQ(dialogue.Advance(input, Input::kOpen), Next::kTooLarge);
}

TEST(Dialogue, GivesUpOnLinesThatNeverMatch) {
  Dialogue dialogue = Of({Expect("^220")});
  auto next = Next::kWait;
  std::size_t fed = 0;
  while (next == Next::kWait) {
    std::string input = "no\n";
    fed += input.size();
    next = dialogue.Advance(input, Input::kOpen);
    ASSERT_LE(fed, Dialogue::kInputLimit + 3);
  }
  EXPECT_EQ(next, Next::kTooLarge);
  EXPECT_EQ(dialogue.transcript().size(), Dialogue::kShownLines);
}

TEST(Dialogue, SendsNoMoreThanItsLimitHoweverLongTheGroups) {
  Dialogue dialogue = Of({Expect("^(.*)$"), Send("$1$1$1$1$1")});
  std::string input = std::string(Dialogue::kInputLimit - 1, 'x') + "\n";
  EXPECT_EQ(dialogue.Advance(input, Input::kOpen), Next::kTooLarge);
  EXPECT_EQ(dialogue.output(), "");
}

TEST(Dialogue, ShowsForeignBytesEscapedAndBounded) {
  Dialogue dialogue = Of({Expect("end")});
  std::string input = "\x1b[2J\x07" + std::string(1000, 'a') + "end\n";
  EXPECT_EQ(dialogue.Advance(input, Input::kOpen), Next::kDone);
  const std::string& shown = dialogue.transcript().front();
  EXPECT_EQ(shown.find('\x1b'), std::string::npos);
  EXPECT_LE(shown.size(), Dialogue::kShownText + 2);
}

TEST(Dialogue, ShowsNeitherASecretNorALineThatSendsItBack) {
  Dialogue dialogue = Of({Send("PASS "), SendSecret("hun$1ter"), Send("\r\n"), Expect("^(.*)$"),
                          Send("again $1\r\n")});
  std::string input;
  EXPECT_EQ(dialogue.Advance(input, Input::kOpen), Next::kSend);
  EXPECT_EQ(dialogue.Advance(input, Input::kOpen), Next::kSend);
  EXPECT_EQ(dialogue.output(), "hun$1ter");  // as it is
  EXPECT_EQ(dialogue.Advance(input, Input::kOpen), Next::kSend);
  input = "530 hun$1ter is wrong\r\n";
  EXPECT_EQ(dialogue.Advance(input, Input::kOpen), Next::kSend);
  EXPECT_EQ(dialogue.last_line(), "<secret>");
  EXPECT_EQ(dialogue.transcript(),
            (std::vector<std::string>{"> PASS ", "> <secret>", "> ", "< <secret>", "> <secret>"}));
}

TEST(DialogueProgram, SaysWhichStepDoesNotCompile) {
  EXPECT_THAT(WhyNot({Expect("ok"), Expect("(")}),
              testing::StartsWith("dialogue step 2: the pattern is no RE2 pattern: "));
  EXPECT_EQ(WhyNot({Send("$1")}),
            "dialogue step 1: group 1 is asked for, and no expect stands before");
  EXPECT_EQ(WhyNot({Expect("(a)"), Send("$1 $2")}),
            "dialogue step 2: the expect before has no group 2");
  EXPECT_EQ(WhyNot({Expect("(a)"), Expect("b"), Send("$1")}),
            "dialogue step 3: the expect before has no group 1");
  EXPECT_EQ(WhyNot({Expect("(?P<a>.)"), Send("${b}")}),
            "dialogue step 2: the expect before has no group b");
  EXPECT_EQ(WhyNot({BeginTls(), BeginTls()}), "dialogue step 2: starttls comes twice");
  for (const char* bad : {"$", "$x", "${", "${}", "$0"}) {
    EXPECT_THAT(WhyNot({Expect("(a)"), Send(bad)}), testing::StartsWith("dialogue step 2: "))
        << bad;
  }
}

}  // namespace
}  // namespace gaikei
