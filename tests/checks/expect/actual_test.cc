#include <gtest/gtest.h>

#include <string>

#include "tests/checks/expect/script_source.h"

namespace gaikei::expect {
namespace {

std::string Actual(std::string_view text, const Source& source) {
  const auto compiled = Expression::Compile(text, "http");
  return compiled ? compiled->Evaluate(source).actual : compiled.error().message;
}

TEST(Actual, ShowsNumbersInTheirShortestForm) {
  ScriptSource seen;
  EXPECT_EQ(Actual("status == 1", seen.Set(Subject::kStatus, 500.0)), "500");
  EXPECT_EQ(Actual("json.a == 1", seen.Set(Subject::kJson, "a", 0.1)), "0.1");
  EXPECT_EQ(Actual("json.a == 1", seen.Set(Subject::kJson, "a", -3.0)), "-3");
  EXPECT_EQ(Actual("body.size == 1", seen.Set(Subject::kBodySize, 1048576.0)), "1048576");
}

TEST(Actual, ShowsSpansWithTheirUnitToTheMicrosecond) {
  ScriptSource seen;
  EXPECT_EQ(Actual("duration < 1s", seen.Set(Subject::kDuration, 0.812)), "812ms");
  EXPECT_EQ(Actual("duration < 1s", seen.Set(Subject::kDuration, 0.800412)), "800.412ms");
  EXPECT_EQ(Actual("duration < 1s", seen.Set(Subject::kDuration, 1.5)), "1.5s");
  EXPECT_EQ(Actual("duration < 1s", seen.Set(Subject::kDuration, 20.0)), "20s");
  EXPECT_EQ(Actual("duration < 1s", seen.Set(Subject::kDuration, 0.0)), "0ms");
  EXPECT_EQ(Actual("duration < 1s", seen.Set(Subject::kDuration, -0.25)), "-250ms");
  EXPECT_EQ(Actual("duration < 1s", seen.Set(Subject::kDuration, -99.5)), "-99.5s");
}

TEST(Actual, ShowsDaysToTheThousandth) {
  const auto seen = ScriptSource().Set(Subject::kCertificateDaysLeft, 13.98765432);
  EXPECT_EQ(Actual("certificate.days_left > 14", seen), "13.988");
}

TEST(Actual, ShowsTheBeginningOfALongTextEscaped) {
  ScriptSource seen;
  seen.Set(Subject::kBody, std::string_view("\x1b[31mred\r\n"));
  EXPECT_EQ(Actual("body == x", seen), "\\x1b[31mred\\x0d\\x0a");
  const std::string body = "begin" + std::string(1 << 20, 'x');
  const std::string actual = Actual("body == x", seen.Set(Subject::kBody, std::string_view(body)));
  EXPECT_EQ(actual.size(), 256U);
  EXPECT_TRUE(actual.starts_with("beginxxx"));
  EXPECT_TRUE(actual.ends_with("..."));
}

TEST(Actual, ShowsSeveralTextsWithCommasBetween) {
  const auto seen = ScriptSource().Set(Subject::kHeader, "via",
                                       std::vector<std::string_view>{"1.1 a", "1.1 a", "1.1 b"});
  EXPECT_EQ(Actual("header.via == x", seen), "1.1 a, 1.1 a, 1.1 b");
}

TEST(Actual, ShowsWhatOnlyJsonHas) {
  ScriptSource seen;
  EXPECT_EQ(Actual("json.a == 1", seen.Set(Subject::kJson, "a", true)), "true");
  EXPECT_EQ(Actual("json.a == 1", seen.Set(Subject::kJson, "a", JsonNull{})), "null");
  EXPECT_EQ(Actual("json.a == 1", seen.Set(Subject::kJson, "a", JsonWhole{"{\"b\":1}"})),
            "{\"b\":1}");
}

TEST(Actual, HidesHeadersThatCarryCredentials) {
  const auto seen = ScriptSource().Set(Subject::kHeader, "set-cookie",
                                       std::vector<std::string_view>{"session=hunter2"});
  EXPECT_EQ(Actual("header.Set-Cookie contains session", seen), "<secret>");
}

TEST(Actual, IsEmptyWhereNothingWasThere) { EXPECT_EQ(Actual("status == 1", ScriptSource()), ""); }

}  // namespace
}  // namespace gaikei::expect
