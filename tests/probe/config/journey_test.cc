#include <fmt/format.h>

#include "tests/probe/config/support.h"

namespace gaikei {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr const char* kShop = R"(
[journey.shop]
every   = "30s"
labels  = { team = "web" }
expect  = ["duration < 5s"]
  [[journey.shop.step]]
  name    = "login"
  target  = "https://shop.example/login"
  method  = "POST"
  json    = { user = "probe" }
  expect  = ["status == 200"]
  capture = { token = "json.token", id = { from = "header.x-id", secret = false } }
  [[journey.shop.step]]
  name    = "read"
  target  = "https://shop.example/orders/${id}?run=${uuid}"
  headers = { Authorization = "Bearer ${token}" }
  timeout = "3s"
  when    = "id exists"
  [[journey.shop.step]]
  name    = "logout"
  target  = "https://shop.example/logout"
  always  = true
)";

/// The errors of a journey of two steps, of which the second has these keys, without "t.toml".
std::vector<std::string> WrongStep(const std::string& keys) {
  auto errors = ErrorsOf(R"([journey.j]
[[journey.j.step]]
name = "a"
target = "https://shop.example/"
capture = { token = "json.token" }
[[journey.j.step]]
name = "b"
)" + keys + "\n");
  for (std::string& error : errors) error.erase(0, std::string("t.toml").size());
  return errors;
}

CheckSpec Shop(const std::string& before = "") {
  Config config = Loaded(before + kShop);
  return config.checks.empty() ? CheckSpec() : std::move(config.checks.back());
}

TEST(AJourney, IsACheckOfItsOwnWithItsSteps) {
  const CheckSpec journey = Shop();
  EXPECT_EQ(journey.identity->name, "shop");
  EXPECT_EQ(journey.identity->kind, "journey");
  EXPECT_EQ(journey.identity->target, "https://shop.example/login");
  EXPECT_THAT(journey.identity->labels, ElementsAre(std::pair("team", "web")));
  EXPECT_EQ(journey.every, std::chrono::seconds(30));
  EXPECT_THAT(journey.expect, SizeIs(1));
  ASSERT_THAT(journey.steps, SizeIs(3));
  const JourneyStepSpec& login = journey.steps[0];
  EXPECT_EQ(login.name, "login");
  EXPECT_EQ(login.request->identity->kind, "http");
  EXPECT_EQ(login.request->http.method, "POST");
  EXPECT_THAT(login.request->expect, SizeIs(1));
  ASSERT_THAT(login.captures, SizeIs(2));
  EXPECT_EQ(login.captures[0].from, "json.token");
  EXPECT_TRUE(login.captures[0].is_secret);
  EXPECT_EQ(login.captures[1].name, "id");
  EXPECT_FALSE(login.captures[1].is_secret);
  EXPECT_EQ(journey.steps[1].when, "id exists");
  EXPECT_FALSE(journey.steps[1].always);
  EXPECT_TRUE(journey.steps[2].always);
}

TEST(AJourney, HasAsMuchTimeAsItsStepsUnlessItSaysOtherwise) {
  EXPECT_EQ(Shop().timeout, std::chrono::seconds(10 + 3 + 10));
  EXPECT_EQ(Shop("[defaults]\ntimeout = \"2s\"\n").timeout, std::chrono::seconds(2 + 3 + 2));
  const Config config = Loaded(
      "[journey.j]\ntimeout = \"7s\"\n[[journey.j.step]]\nname = \"a\"\ntarget = \"a.example\"\n");
  EXPECT_EQ(config.checks.at(0).timeout, std::chrono::seconds(7));
}

TEST(AJourney, TakesFromTheDefaultsWhatIsMeantForIt) {
  const CheckSpec journey = Shop(R"([defaults]
every = "9s"
confirm = 3
addresses = "all"
insecure = true
max_redirects = 2
labels = { env = "prod" }
)");
  EXPECT_EQ(journey.every, std::chrono::seconds(30));
  EXPECT_EQ(journey.confirm, 1U);
  EXPECT_THAT(journey.identity->labels,
              ElementsAre(std::pair("env", "prod"), std::pair("team", "web")));
  const CheckSpec& login = *journey.steps.at(0).request;
  EXPECT_EQ(login.confirm, 1U);
  EXPECT_EQ(login.addresses, AddressPolicy::kFirst);
  EXPECT_TRUE(login.tls.insecure);
  EXPECT_EQ(login.http.max_redirects, 2U);
}

TEST(AJourney, ComesFromSeveralFilesAndStandsOnce) {
  const auto config =
      LoadTexts({{"a.toml", "[check.home]\ntarget = \"a.example\"\n"}, {"b.toml", kShop}}, "");
  ASSERT_TRUE(config);
  EXPECT_THAT(config->checks, SizeIs(2));
  const auto twice = LoadTexts({{"a.toml", kShop}, {"b.toml", kShop}}, "");
  ASSERT_FALSE(twice);
  EXPECT_THAT(Texts(twice.error()),
              ElementsAre("b.toml:2:10: journey \"shop\" stands at a.toml:2:10 already"));
}

TEST(AJourney, HasANameThatNoCheckHas) {
  EXPECT_THAT(ErrorsOf("[check.shop]\ntarget = \"a.example\"\n" + std::string(kShop)),
              ElementsAre("t.toml:4:10: journey \"shop\" has the name of the check at t.toml:1:8"));
}

TEST(AJourney, HasSteps) {
  EXPECT_THAT(ErrorsOf("[journey.j]\n"),
              ElementsAre("t.toml:1:10: journey \"j\" has no steps; write [[journey.j.step]]"));
  EXPECT_THAT(ErrorsOf("[journey.j]\nstep = []\n"), SizeIs(1));
  EXPECT_THAT(ErrorsOf("[journey.j]\nstep = 1\n"),
              ElementsAre("t.toml:2:8: steps are written as [[journey.NAME.step]]"));
  EXPECT_THAT(ErrorsOf("[journey.j.step]\nname = \"a\"\n"), SizeIs(1));
}

TEST(AJourney, HasNoMoreThan64Steps) {
  std::string text = "[journey.j]\n";
  for (int i = 0; i < 64; ++i) {
    text += fmt::format("[[journey.j.step]]\nname = \"s{}\"\ntarget = \"a.example\"\n", i);
  }
  EXPECT_THAT(ErrorsOf(text), IsEmpty());
  EXPECT_THAT(ErrorsOf(text + "[[journey.j.step]]\nname = \"x\"\ntarget = \"a.example\"\n"),
              ElementsAre(HasSubstr("more than 64 steps")));
}

TEST(AJourney, ExpectsNothingThatOnlyARequestHas) {
  EXPECT_THAT(
      ErrorsOf("[journey.j]\nexpect = [\"status == 200\"]\n[[journey.j.step]]\nname = \"a\"\n"
               "target = \"a.example\"\n"),
      ElementsAre(HasSubstr("t.toml:2:12: ")));
}

TEST(AJourney, HasNoKeysOfACheck) {
  EXPECT_THAT(ErrorsOf("[journey.j]\nconfirm = 2\ntarget = \"a.example\"\n[[journey.j.step]]\n"
                       "name = \"a\"\ntarget = \"a.example\"\n"),
              ElementsAre(HasSubstr("t.toml:2:1: unknown key \"confirm\""),
                          HasSubstr("t.toml:3:1: unknown key \"target\"")));
}

TEST(AStep, HasANameOfItsOwnAndATarget) {
  EXPECT_THAT(ErrorsOf("[journey.j]\n[[journey.j.step]]\n"),
              ElementsAre("t.toml:2:1: a step has no name", "t.toml:2:1: step \"\" has no target"));
  EXPECT_THAT(ErrorsOf("[journey.j]\n[[journey.j.step]]\nname = \"a\"\ntarget = \"a.example\"\n"
                       "[[journey.j.step]]\nname = \"a\"\ntarget = \"a.example\"\n"),
              ElementsAre("t.toml:6:8: step \"a\" stands at t.toml:3:8 already"));
}

TEST(AStep, IsARequestOfHttp) {
  EXPECT_THAT(WrongStep("target = \"tcp://a.example:1\""),
              ElementsAre(":8:10: a step is a request: its target is of http or https"));
  EXPECT_THAT(WrongStep("target = \"https://a.example:0/\""),
              ElementsAre(":8:10: the port is not a number from 1 to 65535"));
}

TEST(AStep, KnowsWhatStepsBeforeItCapture) {
  EXPECT_THAT(WrongStep("target = \"https://shop.example/${tokn}\""),
              ElementsAre(":8:32: \"tokn\" is captured by no step before this one; did you mean "
                          "\"token\"?"));
  EXPECT_THAT(WrongStep("target = \"a.example\"\nheaders = { X-A = \"a ${mine}\" }\n"
                        "capture = { mine = \"json.x\" }"),
              ElementsAre(HasSubstr(":9:22: \"mine\" is captured by no step before this one")));
  EXPECT_THAT(WrongStep("target = \"a.example\"\njson = { a = [{ b = \"${x}\" }] }"),
              ElementsAre(HasSubstr(":9:22: \"x\" is captured")));
  EXPECT_THAT(WrongStep("target = \"a.example\"\nform = { a = \"1${x}\" }"),
              ElementsAre(HasSubstr(":9:16: \"x\" is captured")));
  EXPECT_THAT(WrongStep("target = \"a.example\"\nbody = '''${x}'''"),
              ElementsAre(HasSubstr(":9:8: \"x\" is captured")));
  EXPECT_THAT(WrongStep("target = \"a.example\"\nwhen = \"x exists\""),
              ElementsAre(HasSubstr(":9:9: \"x\" is captured")));
  EXPECT_THAT(WrongStep("target = \"a.example/${token}/${uuid}/${now}/${random.8}/${region}\"\n"
                        "body = \"${token}\"\nwhen = \"token exists\""),
              IsEmpty());
}

TEST(AStep, SaysWhereATemplateIsWrong) {
  EXPECT_THAT(WrongStep("target = \"https://shop.example/${token\""),
              ElementsAre(HasSubstr(":8:")));
  EXPECT_THAT(WrongStep("target = \"a.example\"\nheaders = { X-A = \"a${}\" }"),
              ElementsAre(HasSubstr(":9:2")));
  EXPECT_THAT(WrongStep("target = \"a.example\"\nbody = \"$${no} $5\""), IsEmpty());
}

TEST(AStep, SaysWhereACaptureOrAConditionIsWrong) {
  EXPECT_THAT(WrongStep("target = \"a.example\"\ncapture = { x = \"jsn.token\" }"),
              ElementsAre(HasSubstr(":9:1")));
  EXPECT_THAT(WrongStep("target = \"a.example\"\ncapture = { x = \"body /(/\" }"),
              ElementsAre(HasSubstr(":9:")));
  EXPECT_THAT(WrongStep("target = \"a.example\"\ncapture = { X = \"json.a\" }"),
              ElementsAre(HasSubstr(":9:13: \"X\" is no name of a value")));
  EXPECT_THAT(WrongStep("target = \"a.example\"\ncapture = { uuid = \"json.a\" }"),
              ElementsAre(":9:13: \"uuid\" is a value of ours"));
  EXPECT_THAT(WrongStep("target = \"a.example\"\ncapture = { x = { secret = true } }"),
              ElementsAre(HasSubstr(":9:17: a capture has no from")));
  EXPECT_THAT(
      WrongStep("target = \"a.example\"\ncapture = { x = { from = \"json.a\", scret = 1 } }"),
      ElementsAre(HasSubstr("unknown key \"scret\"; did you mean \"secret\"?")));
  EXPECT_THAT(WrongStep("target = \"a.example\"\nwhen = \"token is 1\""),
              ElementsAre(HasSubstr(":9:")));
}

TEST(AStep, KnowsItsKeys) {
  EXPECT_THAT(WrongStep("target = \"a.example\"\nevery = \"5s\"\nexpct = []"),
              ElementsAre(HasSubstr(":9:1: unknown key \"every\""),
                          ":10:1: unknown key \"expct\"; did you mean \"expect\"?"));
}

TEST(ATargetOfAStep, ShowsItsValuesByName) {
  const auto shown = [](const std::string& target) {
    Config config = Loaded(
        "[journey.j]\n[[journey.j.step]]\nname = \"a\"\ntarget = \"a.example\"\n"
        "capture = { base = \"json.b\", id = \"json.i\", port = \"json.p\" }\n"
        "[[journey.j.step]]\nname = \"b\"\ntarget = \"" +
        target + "\"\n");
    return config.checks.empty() ? "" : config.checks[0].steps.at(1).request->identity->target;
  };
  EXPECT_EQ(shown("https://shop.example/orders/${id}"), "https://shop.example/orders/${id}");
  EXPECT_EQ(shown("shop.example/a?x=${id}&y=${uuid}"), "https://shop.example/a?x=${id}&y=${uuid}");
  EXPECT_EQ(shown("${base}/orders/${id}"), "${base}/orders/${id}");
  EXPECT_EQ(shown("https://${base}.example:${port}/"), "https://${base}.example:${port}/");
  EXPECT_EQ(shown("shop.example:8080/$${id}"), "https://shop.example:8080/$${id}");
  EXPECT_EQ(shown("https://u:canary@shop.example/${id}"), "https://shop.example/${id}");
  EXPECT_THAT(shown("https://shop.example/${id}?token=canary"), Not(HasSubstr("canary")));
}

TEST(ATargetOfAStep, MayBeASecret) {
  const Environment url("JOURNEY_URL", "https://u:canary@shop.example/a?token=canary&b=1");
  const Config config =
      Loaded("[journey.j]\n[[journey.j.step]]\nname = \"a\"\ntarget = { env = \"JOURNEY_URL\" }\n");
  ASSERT_THAT(config.checks, SizeIs(1));
  const CheckSpec& request = *config.checks[0].steps.at(0).request;
  EXPECT_TRUE(request.target.is_secret());
  EXPECT_EQ(request.target.Reveal(), "https://u:canary@shop.example/a?token=canary&b=1");
  EXPECT_EQ(request.identity->target, "https://shop.example/a?token=<secret>&b=1");
}

TEST(ASecretOfAStep, IsTakenAsItIs) {
  const Environment plain("STEP_SECRET", "canary$5");
  EXPECT_THAT(WrongStep("target = \"a.example\"\njson = { password = { env = \"STEP_SECRET\" } }"),
              IsEmpty());
  const Environment dollar("STEP_SECRET", "can${token}ary");
  const auto errors =
      WrongStep("target = \"a.example\"\nheaders = { X-A = { env = \"STEP_SECRET\" } }");
  EXPECT_THAT(errors, ElementsAre(":9:19: a secret with ${ in it cannot be used in a step"));
}

}  // namespace
}  // namespace gaikei
