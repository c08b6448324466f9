#include "probe/output/explain.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace gaikei {
namespace {

/// One sentence: a capital, a full stop at the end and none before a blank.
void ExpectSentence(std::string_view text, Reason reason) {
  SCOPED_TRACE(std::string(Name(reason)));
  ASSERT_GT(text.size(), 10U);
  EXPECT_TRUE(text.front() >= 'A' && text.front() <= 'Z') << text;
  EXPECT_EQ(text.back(), '.') << text;
  EXPECT_EQ(text.find(". "), std::string_view::npos) << text;
  EXPECT_TRUE(std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 127; }));
}

TEST(Explain, HasASentenceAndAHintForEveryReason) {
  for (const Reason reason : AllReasons()) {
    const Explanation explanation = Explain(reason);
    ExpectSentence(explanation.meaning, reason);
    ExpectSentence(explanation.next, reason);
  }
}

TEST(Explain, TellsReasonsApart) {
  std::set<std::string_view> meanings;
  for (const Reason reason : AllReasons()) meanings.insert(Explain(reason).meaning);
  EXPECT_EQ(meanings.size(), AllReasons().size());
}

TEST(Explain, HasNothingToSayOfAPass) { EXPECT_TRUE(Explain(Reason::kNone).meaning.empty()); }

TEST(Explain, SaysOfEveryBlameWhoseFaultItWas) {
  std::set<std::string_view> texts;
  for (const Blame blame :
       {Blame::kTarget, Blame::kDns, Blame::kNetwork, Blame::kProber, Blame::kConfig}) {
    ExpectSentence(ExplainBlame(blame), Reason::kNone);
    texts.insert(ExplainBlame(blame));
  }
  EXPECT_EQ(texts.size(), 5U);
}

}  // namespace
}  // namespace gaikei
