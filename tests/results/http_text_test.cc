#include "results/http_text.h"

#include <gtest/gtest.h>

namespace gaikei {
namespace {

TEST(HttpText, KnowsTokens) {
  for (const char* text : {"GET", "x-api-key", "!#$%&'*+-.^_`|~09azAZ"}) {
    EXPECT_TRUE(IsToken(text)) << text;
  }
  for (const char* text : {"", "a b", "a:", "\xc3\xa9", "a\n", "(x)", "a/b"}) {
    EXPECT_FALSE(IsToken(text)) << text;
  }
}

TEST(HttpText, FindsWhatWouldEndAField) {
  EXPECT_FALSE(BreaksALine("a b\tc \xff"));
  for (const std::string_view text :
       {std::string_view("a\r"), std::string_view("\n"), std::string_view("a\0b", 3)}) {
    EXPECT_TRUE(BreaksALine(text));
  }
}

TEST(HttpText, EncodesForAUrlAndForAForm) {
  const std::string_view text("a-._~* /?&=+%\xc3\xa9\0", 16);
  EXPECT_EQ(PercentEncoded(text), "a-._~%2A%20%2F%3F%26%3D%2B%25%C3%A9%00");
  EXPECT_EQ(FormEncoded(text), "a-._%7E*+%2F%3F%26%3D%2B%25%C3%A9%00");
}

TEST(HttpText, DecodesWhatIsEncodedAndLeavesTheRest) {
  EXPECT_EQ(PercentDecoded("a%20b%e2%82%AC+"), "a b\xe2\x82\xac+");
  EXPECT_EQ(FormDecoded("a+b%2B"), "a b+");
  EXPECT_EQ(PercentDecoded("100% of%20it%zz%4"), "100% of it%zz%4");
  EXPECT_EQ(PercentDecoded("%41"), "A");
  std::string every;
  for (int c = 0; c < 256; ++c) every += static_cast<char>(c);
  EXPECT_EQ(PercentDecoded(PercentEncoded(every)), every);
  EXPECT_EQ(FormDecoded(FormEncoded(every)), every);
}

TEST(HttpText, KnowsAPercentSignThatBeginsNothing) {
  for (const char* text : {"", "a", "%41", "%2f%2F"}) EXPECT_TRUE(IsPercentSound(text)) << text;
  for (const char* text : {"%", "100%", "%2", "%zz", "%4g", "%41%"}) {
    EXPECT_FALSE(IsPercentSound(text)) << text;
  }
}

}  // namespace
}  // namespace gaikei
