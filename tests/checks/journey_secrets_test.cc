/// Secrets of a journey, and a target that sends them back wherever it can: no text of the outcome
/// shows one.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "checks/journey/concealer.h"
#include "results/http_text.h"
#include "tests/checks/http_rig.h"
#include "tests/checks/journey_rig.h"
#include "tests/support/http_server.h"

namespace gaikei {
namespace {

using support::HttpRequest;
using support::HttpResponse;
using support::HttpServer;
using testing::HasSubstr;
using testing::Not;

Concealer Knowing(const std::string& secret) {
  Concealer concealer;
  concealer.Add(Secret(secret));
  return concealer;
}

TEST(JourneyConcealer, ReplacesASecretInEveryOfItsForms) {
  const Concealer concealer = Knowing("can/ary+\"1 \x01");
  for (const std::string& form :
       {std::string("can/ary+\"1 \x01"), std::string("can%2Fary%2B%221%20%01"),
        std::string("can%2fary%2b%221%20%01"), std::string("can%2Fary%2B%221+%01"),
        std::string("can/ary+\\\"1 \\u0001"), std::string("can/ary+\"1 \\x01")}) {
    EXPECT_EQ(concealer.Conceal("a " + form + " b " + form), "a <secret> b <secret>") << form;
    EXPECT_TRUE(concealer.Finds(form));
  }
  EXPECT_EQ(concealer.Conceal("can/ary"), "can/ary");
}

TEST(JourneyConcealer, ReplacesTheBeginningOfASecretWhereATextWasCut) {
  const Concealer concealer = Knowing("canary-value");
  EXPECT_EQ(concealer.Conceal("token=canary-v..."), "token=<secret>...");
  EXPECT_EQ(concealer.Conceal("token=cana..."), "token=<secret>...");
  EXPECT_EQ(concealer.Conceal("token=can..."), "token=can...");
  EXPECT_EQ(concealer.Conceal("token=canary-v"), "token=canary-v");
}

TEST(JourneyConcealer, LeavesShortTextsAndOrdinaryOnesAlone) {
  EXPECT_EQ(Knowing("12345").Conceal("12345"), "12345");
  Concealer concealer;
  concealer.Add(Secret("no secret", false));
  EXPECT_EQ(concealer.Conceal("no secret"), "no secret");
}

/// Sends back all that it was sent, in the body, in fields and in where it leads to.
HttpResponse Echo(const HttpRequest& request) {
  std::string all = request.target + " " + request.body;
  for (const auto& [name, value] : request.headers) all += " " + value;
  HttpResponse response{.headers = {{"X-All", all}}, .body = all};
  if (request.target.starts_with("/hop")) {
    response.status = 302;
    response.headers.emplace_back("Location", "/end?" + PercentEncoded(all));
  }
  return response;
}

/// A journey that knows a secret of each kind, and one that it captures.
std::vector<StepUnderTest> Knowing(const HttpServer& token, const HttpServer& echo) {
  std::string with_password = echo.Url("/login");
  with_password.insert(with_password.find("://") + 3, "user:canary-of-url@");
  return {
      {.name = "token",
       .target = token.Url("/"),
       .captures = {Hidden("token", "json.token"), Hidden("page", "body")}},
      {.name = "login",
       .target = with_password,
       .headers = {{"Authorization", Secret("Bearer canary-of-header")},
                   {"X-Token", Secret("${token}")}},
       .body = R"({"user": "probe", "password": "canary-of-\"body\""})",
       .format = BodyFormat::kJson,
       .is_body_secret = true,
       .shown_target = echo.Url("/login")},
  };
}

HttpResponse GiveToken(const HttpRequest&) {
  return {.headers = {{"X-Token", "canary-of-capture/+"}},
          .body = R"({"token": "canary-of-capture/+"})"};
}

TEST(JourneySecrets, AreNowhereInAnOutcomeWhateverTheTargetSendsBack) {
  const HttpServer token(GiveToken);
  const HttpServer echo(Echo);
  std::vector<StepUnderTest> steps = Knowing(token, echo);
  const std::vector<StepUnderTest> endings = {
      {.name = "redirected",
       .target = echo.Url("/hop/${token}?t=${token}"),
       .expect = {"body == 'x'", "header.x-all == 'x'"}},
      {.name = "refused", .target = echo.Url("/login"), .expect = {"body contains 'none'"}},
      {.name = "page",
       .target = echo.Url("/"),
       .body = "${page}",
       .expect = {"header.x-all == 'x'", "body == 'x'"}},
  };
  for (const StepUnderTest& ending : endings) {
    std::vector<StepUnderTest> all = steps;
    StepUnderTest again = ending;
    again.headers = {{"Authorization", Secret("Bearer canary-of-header")},
                     {"X-Token", Secret("${token}")},
                     {"X-Plain", Secret("canary-of-header ${token}", false)}};
    all.push_back(again);
    const Observation seen = RunCheck(JourneyOf(all));
    EXPECT_EQ(seen.failed_step, ending.name) << EveryText(seen);
    const std::string text = EveryText(seen);
    EXPECT_THAT(text, Not(HasSubstr("canary"))) << ending.name;
    EXPECT_THAT(text, HasSubstr("<secret>"));
  }
}

TEST(JourneySecrets, AreHiddenInTheVeryStepThatCapturesThem) {
  const HttpServer token(GiveToken);
  const Observation seen = RunCheck(JourneyOf({{.name = "token",
                                                .target = token.Url("/"),
                                                .expect = {"body contains 'x'"},
                                                .captures = {Hidden("token", "json.token")}}}));
  EXPECT_EQ(Verdict(seen), "fail expect_body");
  EXPECT_THAT(EveryText(seen), Not(HasSubstr("canary")));
}

TEST(JourneySecrets, MakeASecretOfWhatIsCapturedBesideThem) {
  // The answer tells a configured secret, and what is captured from it is declared to be none.
  const HttpServer echo([](const HttpRequest& request) {
    return HttpResponse{.headers = {{"X-Session", "canary-session"}},
                        .body = request.Header("X-Key")};
  });
  const auto run = [&](const std::string& key) {
    return EveryText(RunCheck(JourneyOf(
        {{.name = "one",
          .target = echo.Url("/"),
          .headers = {{"X-Key", Secret(key, key == "configured-key")}},
          .captures = {Shown("session", "header.x-session")}},
         {.name = "two", .target = echo.Url("/"), .expect = {"header.x-session == 'other'"}}})));
  };
  EXPECT_THAT(run("configured-key"), Not(HasSubstr("canary-session")));
  EXPECT_THAT(run("ordinary"), HasSubstr("canary-session"));
}

}  // namespace
}  // namespace gaikei
