/// Texts with ${name}: what they may be, and how a value is written in each place.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "checks/journey/template.h"

namespace gaikei {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kHostile = "a b/../?&=#\"\\'\r\n<é>${x}%";

/// 2026-11-23T03:48:00Z
Variables Some() {
  Variables variables("tokyo", ParseRfc3339("2026-11-23T03:48:00Z").value());
  variables.Set("id", Secret("42", false));
  variables.Set("token", Secret("canary-token"));
  variables.Set("hostile", Secret(std::string(kHostile), false));
  variables.Set("cut", Secret(std::string("42\0, \"role\": 1", 14), false));
  variables.Set("empty", Secret("", false));
  variables.Set("dots", Secret("..", false));
  variables.Set("host", Secret("b.example", false));
  variables.Set("port", Secret("8443", false));
  variables.Set("url", Secret("https://other.example/a?b=c", false));
  variables.Set("script", Secret("javascript:alert(1)", false));
  return variables;
}

std::string Fill(std::string_view text, Place place) {
  const auto compiled = Template::Compile(text, place);
  if (!compiled) {
    return "error at " + std::to_string(compiled.error().offset) + ": " + compiled.error().message;
  }
  const auto filled = compiled->Expand(Some());
  return filled ? std::string(filled->Reveal()) : "refused: " + filled.error();
}

TEST(JourneyTemplate, NamesItsValuesWithTheirPlaces) {
  const auto compiled = Template::Compile("a${id}b${token}${id}", Place::kRaw);
  ASSERT_TRUE(compiled);
  EXPECT_THAT(compiled->Names(), ElementsAre("id", "token"));
  ASSERT_EQ(compiled->references().size(), 3U);
  EXPECT_EQ(compiled->references()[0].offset, 1U);
  EXPECT_EQ(compiled->references()[1].offset, 7U);
  EXPECT_EQ(compiled->references()[2].offset, 15U);
}

TEST(JourneyTemplate, LeavesOtherDollarsAloneAndEscapesOne) {
  EXPECT_EQ(Fill("$ $5 {id} $id $$ $", Place::kRaw), "$ $5 {id} $id $$ $");
  EXPECT_EQ(Fill("$${id} ${id}", Place::kRaw), "${id} 42");
}

TEST(JourneyTemplate, RefusesWhatIsNoNameAndSaysWhere) {
  EXPECT_THAT(Fill("ab${id", Place::kRaw), HasSubstr("error at 2: ${ without its }"));
  EXPECT_THAT(Fill("${}", Place::kRaw), HasSubstr("error at 0: ${} names nothing"));
  EXPECT_THAT(Fill("x${Id}", Place::kRaw), HasSubstr("error at 1: ${Id} is no name"));
  EXPECT_THAT(Fill("${9}", Place::kRaw), HasSubstr("no digit first"));
  EXPECT_THAT(Fill("${random.0}", Place::kRaw), HasSubstr("from 1 to 64"));
  EXPECT_THAT(Fill("${random.65}", Place::kRaw), HasSubstr("from 1 to 64"));
  EXPECT_THAT(Fill("${a.b}", Place::kRaw), HasSubstr("is no name"));
}

TEST(JourneyTemplate, ShowsNothingOfASecretTextInAnError) {
  const auto compiled = Template::Compile("x${pass word}", Place::kJson, true);
  ASSERT_FALSE(compiled);
  EXPECT_EQ(compiled.error().message.find("pass"), std::string::npos);
}

TEST(JourneyTemplate, SaysWhatWasNotCaptured) {
  EXPECT_EQ(Fill("${missing}", Place::kRaw), "refused: ${missing} was not captured");
}

TEST(JourneyTemplate, KeepsAValueInsideItsPathSegment) {
  EXPECT_EQ(Fill("https://a.example/items/${hostile}/x", Place::kUrl),
            "https://a.example/items/"
            "a%20b%2F..%2F%3F%26%3D%23%22%5C%27%0D%0A%3C%C3%A9%3E%24%7Bx%7D%25/x");
  EXPECT_EQ(Fill("https://a.example/${id}", Place::kUrl), "https://a.example/42");
}

TEST(JourneyTemplate, RefusesAValueThatLeavesItsPath) {
  EXPECT_THAT(Fill("https://a.example/items/${dots}", Place::kUrl), HasSubstr("refused"));
  EXPECT_THAT(Fill("https://a.example/items/${dots}/x", Place::kUrl), HasSubstr("refused"));
  EXPECT_THAT(Fill("https://a.example/items/${empty}", Place::kUrl),
              HasSubstr("refused: ${empty} is empty"));
  EXPECT_EQ(Fill("https://a.example/items?q=${dots}", Place::kUrl), "https://a.example/items?q=..");
  EXPECT_EQ(Fill("https://a.example/items?q=${empty}", Place::kUrl), "https://a.example/items?q=");
  EXPECT_EQ(Fill("https://a.example/a/../${id}", Place::kUrl), "https://a.example/a/../42");
}

TEST(JourneyTemplate, KeepsAValueInsideItsQueryParameter) {
  EXPECT_EQ(Fill("https://a.example/?q=${hostile}&z=1#${hostile}", Place::kUrl),
            "https://a.example/?q=a%20b%2F..%2F%3F%26%3D%23%22%5C%27%0D%0A%3C%C3%A9%3E%24%7Bx%7D%25"
            "&z=1#a%20b%2F..%2F%3F%26%3D%23%22%5C%27%0D%0A%3C%C3%A9%3E%24%7Bx%7D%25");
}

TEST(JourneyTemplate, TakesOnlyAHostForAHostAndANumberForAPort) {
  EXPECT_EQ(Fill("https://${host}:${port}/", Place::kUrl), "https://b.example:8443/");
  EXPECT_EQ(Fill("https://a-${id}.example", Place::kUrl), "https://a-42.example");
  EXPECT_THAT(Fill("https://${hostile}/", Place::kUrl), HasSubstr("no part of a host name"));
  EXPECT_THAT(Fill("https://${url}/", Place::kUrl), HasSubstr("no part of a host name"));
  EXPECT_THAT(Fill("https://a.example:${host}/", Place::kUrl), HasSubstr("is no port"));
  EXPECT_EQ(Fill("https://[::1]:${port}/", Place::kUrl), "https://[::1]:8443/");
}

TEST(JourneyTemplate, EncodesCredentialsOfAUrl) {
  EXPECT_EQ(Fill("https://u:${hostile}@a.example/", Place::kUrl),
            "https://u:a%20b%2F..%2F%3F%26%3D%23%22%5C%27%0D%0A%3C%C3%A9%3E%24%7Bx%7D%25"
            "@a.example/");
}

TEST(JourneyTemplate, TakesAWholeUrlAtItsBeginning) {
  EXPECT_EQ(Fill("${url}", Place::kUrl), "https://other.example/a?b=c");
  EXPECT_EQ(Fill("${url}/${id}", Place::kUrl), "https://other.example/a?b=c/42");
  EXPECT_THAT(Fill("${script}", Place::kUrl), HasSubstr("no http or https URL"));
  EXPECT_THAT(Fill("${hostile}", Place::kUrl), HasSubstr("no http or https URL"));
  EXPECT_THAT(Fill("${url}.example/", Place::kUrl), HasSubstr("error at 0"));
  EXPECT_THAT(Fill("${id}://a.example/", Place::kUrl), HasSubstr("error at 0"));
  EXPECT_THAT(Fill("ht${id}://a.example/", Place::kUrl), HasSubstr("error at 2"));
}

TEST(JourneyTemplate, KnowsWhichValuesDecideTheHost) {
  const auto hosts = [](std::string_view text) {
    return Template::Compile(text, Place::kUrl)->HostNames();
  };
  EXPECT_THAT(hosts("${url}/${id}"), ElementsAre("url"));
  EXPECT_THAT(hosts("https://${host}:${port}/${id}?${token}"), ElementsAre("host", "port"));
  EXPECT_TRUE(hosts("https://a.example/${id}").empty());
}

TEST(JourneyTemplate, HasNoUrlLongerThanOneMayBe) {
  Variables variables = Some();
  variables.Set("long", Secret(std::string(9000, 'x'), false));
  const auto filled =
      Template::Compile("https://a.example/${long}", Place::kUrl)->Expand(variables);
  ASSERT_FALSE(filled);
  EXPECT_THAT(filled.error(), HasSubstr("longer than 8 KiB"));
}

TEST(JourneyTemplate, RefusesAValueThatWouldEndAHeader) {
  EXPECT_EQ(Fill("Bearer ${token}", Place::kHeader), "Bearer canary-token");
  EXPECT_THAT(Fill("x ${hostile}", Place::kHeader), HasSubstr("${hostile} has a line end"));
}

TEST(JourneyTemplate, EscapesForTheInsideOfAJsonString) {
  EXPECT_EQ(Fill(R"({"a": "${hostile}", "n": "${id}"})", Place::kJson),
            "{\"a\": \"a b/../?&=#\\\"\\\\'\\r\\n<é>${x}%\", \"n\": \"42\"}");
  EXPECT_EQ(Fill(R"({"\"": "\\", "n": "${id}"})", Place::kJson), R"({"\"": "\\", "n": "42"})");
}

TEST(JourneyTemplate, TakesOnlyJsonScalarsOutsideAJsonString) {
  EXPECT_EQ(Fill(R"({"n": ${id}})", Place::kJson), R"({"n": 42})");
  EXPECT_THAT(Fill(R"({"n": ${hostile}})", Place::kJson), HasSubstr("refused"));
  EXPECT_THAT(Fill(R"({"n": ${host}})", Place::kJson), HasSubstr("stands outside quotes"));
  EXPECT_THAT(Fill(R"({"n": ${cut}})", Place::kJson), HasSubstr("stands outside quotes"));
  EXPECT_THAT(Fill(R"({"n": "\${id}"})", Place::kJson), HasSubstr("follow a backslash"));
}

TEST(JourneyTemplate, EncodesForAFormThatIsEncodedAlready) {
  const std::string hostile = "a+b%2F..%2F%3F%26%3D%23%22%5C%27%0D%0A%3C%C3%A9%3E%24%7Bx%7D%25";
  EXPECT_EQ(Fill("a=1&b=${hostile}", Place::kForm), "a=1&b=" + hostile);
  EXPECT_EQ(Fill("b=%24%7Bhostile%7D&c=%24%7bid%7d", Place::kForm), "b=" + hostile + "&c=42");
  EXPECT_EQ(Fill("b=%24%24%7Bid%7D", Place::kForm), "b=%24%7Bid%7D");
  EXPECT_EQ(Fill("b=%24%7Bid%7D", Place::kRaw), "b=%24%7Bid%7D");
}

TEST(JourneyTemplate, KeepsAValueInsideItsPartOfAMultipartBody) {
  const std::string body =
      "--b0\r\nContent-Disposition: form-data; name=\"${hostile}\"\r\n\r\n${hostile}\r\n--b0--\r\n";
  const std::string filled = Fill(body, Place::kMultipart);
  EXPECT_THAT(filled, HasSubstr("name=\"a b/../?&=#%22\\'%0D%0A<é>${x}%\"\r\n\r\n"));
  EXPECT_THAT(filled, HasSubstr("\r\n\r\n" + std::string(kHostile) + "\r\n--b0--"));
  Variables variables = Some();
  variables.Set("hostile", Secret("x\r\n--b0\r\n", false));
  const auto broken = Template::Compile(body, Place::kMultipart)->Expand(variables);
  ASSERT_FALSE(broken);
  EXPECT_THAT(broken.error(), HasSubstr("boundary"));
}

TEST(JourneyTemplate, IsSecretWhenAValueOrTheTextIs) {
  const auto is_secret = [](std::string_view text, bool is_text_secret) {
    return Template::Compile(text, Place::kRaw, is_text_secret)->Expand(Some())->is_secret();
  };
  EXPECT_FALSE(is_secret("${id} ${uuid}", false));
  EXPECT_TRUE(is_secret("${id} ${token}", false));
  EXPECT_TRUE(is_secret("${id}", true));
}

TEST(JourneyBuiltIns, AreTheSameFromTheFirstStepToTheLast) {
  const Variables run = Some();
  EXPECT_THAT(std::string(run.Find("uuid")->Reveal()),
              testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-"
                                    "[0-9a-f]{12}"));
  EXPECT_EQ(run.Find("uuid")->Reveal(), run.Find("uuid")->Reveal());
  EXPECT_EQ(run.Find("now")->Reveal(), "2026-11-23T03:48:00.000000Z");
  EXPECT_EQ(run.Find("now.unix")->Reveal(), "1795405680");
  EXPECT_EQ(run.Find("region")->Reveal(), "tokyo");
  const std::string random(run.Find("random.12")->Reveal());
  EXPECT_THAT(random, testing::MatchesRegex("[a-z0-9]{12}"));
  EXPECT_EQ(run.Find("random.12")->Reveal(), random);
  EXPECT_EQ(run.Find("random.64")->Reveal().size(), 64U);
  EXPECT_EQ(run.Find("random.65"), nullptr);
}

TEST(JourneyBuiltIns, DifferFromRunToRun) {
  EXPECT_NE(Some().Find("uuid")->Reveal(), Some().Find("uuid")->Reveal());
  EXPECT_NE(Some().Find("random.16")->Reveal(), Some().Find("random.16")->Reveal());
}

TEST(JourneyBuiltIns, HaveNamesThatNoCaptureMayTake) {
  for (const char* name : {"uuid", "now", "region", "random", "random.8", "now.unix"}) {
    EXPECT_TRUE(IsReservedName(name)) << name;
  }
  EXPECT_FALSE(IsReservedName("nowhere"));
  EXPECT_TRUE(IsVariableName("_a1"));
  EXPECT_FALSE(IsVariableName("1a"));
  EXPECT_FALSE(IsVariableName("a-b"));
  EXPECT_FALSE(IsVariableName(std::string(65, 'a')));
}

}  // namespace
}  // namespace gaikei
