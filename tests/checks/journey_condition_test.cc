/// `when`, and the compiling of captures.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "checks/io/http/cookie_jar.h"
#include "checks/journey/capture.h"
#include "checks/journey/condition.h"

namespace gaikei {
namespace {

using testing::HasSubstr;

bool Holds(std::string_view text) {
  Variables variables("tokyo", WallTime{});
  variables.Set("role", Secret("admin"));
  variables.Set("count", Secret("12", false));
  const auto compiled = Condition::Compile(text);
  if (!compiled) {
    ADD_FAILURE() << text << ": " << compiled.error().message;
    return false;
  }
  return compiled->Holds(variables);
}

TEST(JourneyCondition, ComparesCapturedValues) {
  EXPECT_TRUE(Holds("role == 'admin'"));
  EXPECT_FALSE(Holds("role == guest"));
  EXPECT_TRUE(Holds("role != guest"));
  EXPECT_TRUE(Holds("role in [guest, admin]"));
  EXPECT_TRUE(Holds("role matches '^adm'"));
  EXPECT_TRUE(Holds("role not contains 'x'"));
  EXPECT_TRUE(Holds("count == 12"));
  EXPECT_TRUE(Holds("count > 9"));
  EXPECT_FALSE(Holds("count < 9"));
  EXPECT_TRUE(Holds("count in 10..20"));
  EXPECT_FALSE(Holds("role > 9"));
  EXPECT_TRUE(Holds("region == tokyo"));
}

TEST(JourneyCondition, KnowsWhatWasNotCaptured) {
  EXPECT_TRUE(Holds("role exists"));
  EXPECT_FALSE(Holds("items exists"));
  EXPECT_TRUE(Holds("items not exists"));
  EXPECT_FALSE(Holds("items == 'x'"));
  EXPECT_FALSE(Holds("items != 'x'"));
  EXPECT_FALSE(Holds("items not contains 'x'"));
}

TEST(JourneyCondition, PointsAtWhatIsWrongWithIt) {
  const auto error = [](std::string_view text) { return Condition::Compile(text).error(); };
  EXPECT_EQ(error("Role == 'x'").column, 0U);
  EXPECT_THAT(error("Role == 'x'").message, HasSubstr("no name of a captured value"));
  EXPECT_EQ(error("role = 'x'").column, 5U);
  EXPECT_EQ(error("role == ").column, 8U);
  EXPECT_EQ(error("role matches '('").column, 13U);
  EXPECT_EQ(Condition::Compile("role exists")->name(), "role");
}

TEST(JourneyCapture, RefusesWhatGivesNoSingleValueAndSaysWhere) {
  const auto error = [](std::string_view text) {
    const auto compiled = CompiledCapture::Compile(text);
    return compiled ? std::string("none")
                    : std::to_string(compiled.error().offset) + ": " + compiled.error().message;
  };
  for (const char* good :
       {"json.token", "json.items[0].id", "json[1]", "json[\"a*b\"]", "header.Location",
        "cookie.sid", "body", "body /id=(\\d+)/", "body /a\\/b/"}) {
    EXPECT_EQ(error(good), "none") << good;
  }
  EXPECT_THAT(error("json.items[*].id"), HasSubstr("11: "));
  EXPECT_THAT(error("json.items[x]"), HasSubstr("11: "));
  EXPECT_THAT(error("header."), HasSubstr("7: "));
  EXPECT_THAT(error("header.a b"), HasSubstr("no name of a header"));
  EXPECT_THAT(error("cookie.a;b"), HasSubstr("no name of a cookie"));
  EXPECT_THAT(error("body (x)"), HasSubstr("5: a pattern stands between slashes"));
  EXPECT_THAT(error("body /(/"), HasSubstr("6: the pattern is no RE2 pattern"));
  EXPECT_THAT(error("body /"), HasSubstr("between slashes"));
  EXPECT_THAT(error("status"), HasSubstr("0: a value is captured from"));
  EXPECT_THAT(error(""), HasSubstr("0: "));
}

TEST(CookieJar, ReadsWhatIsListedAndKnowsWhereItBelongs) {
  const auto cookie =
      io::ParseListedCookie("#HttpOnly_.shop.example\tTRUE\t/api\tTRUE\t0\tsid\ta=b");
  ASSERT_TRUE(cookie);
  EXPECT_EQ(cookie->name, "sid");
  EXPECT_EQ(cookie->value, "a=b");
  const auto is_for = [&](std::string_view url) { return IsFor(*cookie, *io::ParseUrl(url)); };
  EXPECT_TRUE(is_for("https://www.shop.example/api/items?x"));
  EXPECT_TRUE(is_for("https://SHOP.example/api"));
  EXPECT_FALSE(is_for("http://www.shop.example/api"));
  EXPECT_FALSE(is_for("https://www.shop.example/apis"));
  EXPECT_FALSE(is_for("https://www.shop.example/"));
  EXPECT_FALSE(is_for("https://badshop.example/api"));
  EXPECT_FALSE(io::ParseListedCookie("no cookie"));
  EXPECT_EQ(io::ParseListedCookie("a\tFALSE\t/\tFALSE\t0\tname\t")->value, "");
}

}  // namespace
}  // namespace gaikei
