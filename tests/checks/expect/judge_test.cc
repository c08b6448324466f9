#include <gtest/gtest.h>

#include <string>

#include "tests/checks/expect/script_source.h"

namespace gaikei::expect {
namespace {

std::vector<Expression> All(std::initializer_list<std::string_view> texts) {
  std::vector<Expression> all;
  for (const std::string_view text : texts) {
    auto compiled = Expression::Compile(text, "http");
    if (compiled) {
      all.push_back(std::move(*compiled));
    } else {
      ADD_FAILURE() << text << ": " << compiled.error().message;
    }
  }
  return all;
}

ScriptSource Slow500() {
  return ScriptSource()
      .Set(Subject::kStatus, 500.0)
      .Set(Subject::kDuration, 2.0)
      .Set(Subject::kBody, std::string_view("oops"));
}

TEST(Judge, LeavesAPassWhereEverythingHolds) {
  Observation seen;
  Judge(All({"status == 500", "body contains oops"}), All({"duration < 3s"}), Slow500(), seen);
  EXPECT_EQ(seen.status, Status::kPass);
  EXPECT_EQ(seen.reason, Reason::kNone);
  EXPECT_EQ(seen.message, "");
  ASSERT_EQ(seen.expect.size(), 3U);
  EXPECT_FALSE(seen.expect[1].warn);
  EXPECT_TRUE(seen.expect[2].warn);
  EXPECT_TRUE(seen.expect[2].pass);
}

TEST(Judge, FailsWithTheFirstThatDoesNotHoldAndEvaluatesTheRest) {
  Observation seen;
  Judge(All({"duration < 3s", "status == 200", "body contains Welcome"}), All({"duration < 1s"}),
        Slow500(), seen);
  EXPECT_EQ(seen.status, Status::kFail);
  EXPECT_EQ(seen.reason, Reason::kExpectStatus);
  EXPECT_EQ(seen.blame, Blame::kTarget);
  EXPECT_FALSE(seen.phase);
  EXPECT_EQ(seen.message, "status == 200 does not hold: it was 500");
  ASSERT_EQ(seen.expect.size(), 4U);
  EXPECT_TRUE(seen.expect[0].pass);
  EXPECT_EQ(seen.expect[2].actual, "oops");
  EXPECT_FALSE(seen.expect[3].pass);
}

TEST(Judge, WarnsWhereOnlyAWarningDoesNotHold) {
  Observation seen;
  Judge(All({"status == 500"}), All({"body exists", "duration < 800ms"}), Slow500(), seen);
  EXPECT_EQ(seen.status, Status::kWarn);
  EXPECT_EQ(seen.reason, Reason::kExpectDuration);
  EXPECT_EQ(seen.message, "duration < 800ms does not hold: it was 2s");
}

TEST(Judge, SaysWhySomethingCouldNotBeEvaluated) {
  Observation seen;
  Judge(All({"header.server == nginx"}), {}, Slow500(), seen);
  EXPECT_EQ(seen.reason, Reason::kExpectHeader);
  EXPECT_EQ(seen.message, "header.server == nginx does not hold: nothing there");
  EXPECT_EQ(seen.expect.front().error, "nothing there");
}

TEST(Judge, KeepsItsMessageOnOneLine) {
  Observation seen;
  Judge(All({"body contains 'a\nb'"}), {}, Slow500(), seen);
  EXPECT_EQ(seen.message, "body contains 'a\\x0ab' does not hold: it was oops");
}

TEST(Judge, DoesNothingWithoutExpectations) {
  Observation seen;
  Judge({}, {}, Slow500(), seen);
  EXPECT_EQ(seen.status, Status::kPass);
  EXPECT_TRUE(seen.expect.empty());
}

}  // namespace
}  // namespace gaikei::expect
