/// Runs of journeys against a scripted server: order, captures, failures, clean-up, time.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "checks/kinds.h"
#include "tests/checks/http_rig.h"
#include "tests/checks/journey_rig.h"
#include "tests/support/http_server.h"
#include "tests/support/tcp_server.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;
using support::HttpRequest;
using support::HttpResponse;
using support::HttpServer;
using testing::ElementsAre;
using testing::HasSubstr;

using Answers = std::map<std::string, HttpResponse>;

/// Answers by path; 404 for any other.
class Script {
 public:
  explicit Script(Answers answers)
      : server_([answers = std::move(answers)](const HttpRequest& request) {
          const auto it = answers.find(request.target.substr(0, request.target.find('?')));
          return it == answers.end() ? HttpResponse{.status = 404} : it->second;
        }) {}

  std::string Url(const std::string& path) const { return server_.Url(path); }
  /// "GET /a", in the order of arrival.
  std::vector<std::string> Asked() const {
    std::vector<std::string> asked;
    for (const HttpRequest& request : server_.Requests()) {
      asked.push_back(request.method + " " + request.target);
    }
    return asked;
  }
  const HttpServer& server() const { return server_; }

 private:
  HttpServer server_;
};

/// Sends the request of a step through a proxy at a port of this machine.
void Through(JourneyStepSpec& step, ProxyOptions::Type type, std::uint16_t port) {
  CheckSpec request = *step.request;
  request.http.proxy.type = type;
  request.http.proxy.host = "127.0.0.1";
  request.http.proxy.port = port;
  step.request = std::make_shared<CheckSpec>(std::move(request));
}

TEST(Journey, LeavesTheProxyOfAStepBehindWithIt) {
  const HttpServer proxy([](const HttpRequest&) { return HttpResponse{}; });
  const Script shop(Answers{{"/direct", {}}});
  const Script other(Answers{{"/clean", {}}});
  CheckSpec spec = JourneyOf({{"proxied", "http://shop.example/"},
                              {"direct", shop.Url("/direct")},
                              {.name = "stuck", .target = shop.Url("/no"), .timeout = 100ms},
                              {.name = "clean", .target = other.Url("/clean"), .always = true}});
  Through(spec.steps[0], ProxyOptions::Type::kHttp, proxy.port());
  Through(spec.steps[2], ProxyOptions::Type::kSocks5, proxy.port());
  const Observation seen = RunCheck(spec);
  ASSERT_EQ(seen.steps.size(), 4U);
  EXPECT_EQ(seen.steps[0].status, Status::kPass) << seen.steps[0].message;
  EXPECT_EQ(seen.steps[1].status, Status::kPass) << seen.steps[1].message;
  EXPECT_NE(seen.steps[2].status, Status::kPass);
  EXPECT_EQ(seen.steps[3].status, Status::kPass) << seen.steps[3].message;
  for (const std::size_t direct : {1U, 3U}) {
    const Observation& step = seen.steps[direct];
    EXPECT_FALSE(step.http->proxy);
    EXPECT_EQ(step.phases.Sum(), step.duration);
  }
  EXPECT_THAT(shop.Asked(), ElementsAre("GET /direct"));
}

TEST(Journey, RunsItsStepsInOrderAndAddsThemUp) {
  const Script shop(Answers{{"/a", {}}, {"/b", {}}});
  const Observation seen = RunCheck(JourneyOf({{"one", shop.Url("/a")}, {"two", shop.Url("/b")}}));
  EXPECT_EQ(Verdict(seen), "pass");
  EXPECT_EQ(StepVerdicts(seen), "one pass, two pass");
  EXPECT_THAT(shop.Asked(), ElementsAre("GET /a", "GET /b"));
  ASSERT_EQ(seen.steps.size(), 2U);
  Span processing{0};
  for (const Observation& step : seen.steps) {
    ExpectPhasesAddUp(step);
    processing += step.phases[Phase::kProcessing].value();
  }
  EXPECT_EQ(seen.phases[Phase::kProcessing], processing);
  EXPECT_GE(seen.duration, seen.steps[0].duration + seen.steps[1].duration);
  EXPECT_TRUE(seen.failed_step.empty());
  EXPECT_TRUE(seen.address.empty());
}

TEST(Journey, HandsOnWhatItCaptures) {
  const Script shop(
      Answers{{"/login",
               {.headers = {{"X-Csrf", "c s/rf"}, {"Set-Cookie", "sid=cookie-value; Path=/"}},
                .body = R"({"token": "t-1", "user": {"id": 12345678901234567890}})"}},
              {"/page", {.body = "<input name=csrf value='form-7'>"}},
              {"/items/12345678901234567890", {}}});
  const Observation seen = RunCheck(JourneyOf({
      {.name = "login",
       .target = shop.Url("/login"),
       .captures = {Hidden("token", "json.token"), Shown("id", "json.user.id"),
                    Shown("csrf", "header.x-csrf"), Shown("sid", "cookie.sid")}},
      {.name = "page",
       .target = shop.Url("/page"),
       .captures = {Shown("form", "body /csrf value='([^']+)'/"), Shown("all", "body"),
                    Shown("whole", "body /name=csrf/")}},
      {.name = "item",
       .target = shop.Url("/items/${id}?csrf=${csrf}"),
       .headers = {{"Authorization", Secret("Bearer ${token}", false)},
                   {"X-Sid", Secret("${sid} ${form} ${whole} $${form}", false)}}},
  }));
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_THAT(seen.steps[0].captured, ElementsAre("token", "id", "csrf", "sid"));
  EXPECT_EQ(seen.steps[2].target, shop.Url("/items/${id}?csrf=${csrf}"));
  const HttpRequest last = shop.server().Requests().back();
  EXPECT_EQ(last.target, "/items/12345678901234567890?csrf=c%20s%2Frf");
  EXPECT_EQ(last.Header("Authorization"), "Bearer t-1");
  EXPECT_EQ(last.Header("X-Sid"), "cookie-value form-7 name=csrf ${form}");
  EXPECT_EQ(last.Header("Cookie"), "sid=cookie-value");
}

TEST(Journey, FillsInBodiesByTheirFormat) {
  const Script shop(Answers{{"/name", {.headers = {{"X-Name", "a\"b&c=d"}}}},
                            {"/json", {}},
                            {"/form", {}},
                            {"/raw", {}}});
  const auto step = [&](const std::string& name, const std::string& body, BodyFormat format) {
    return StepUnderTest{
        .name = name, .target = shop.Url("/" + name), .body = body, .format = format};
  };
  StepUnderTest typed = step("raw", R"({"n": "${name}"})", BodyFormat::kRaw);
  typed.headers = {{"Content-Type", Secret("application/json", false)}};
  const Observation seen = RunCheck(JourneyOf({
      {.name = "name", .target = shop.Url("/name"), .captures = {Shown("name", "header.x-name")}},
      step("json", R"({"n": "${name}"})", BodyFormat::kJson),
      step("form", "n=${name}", BodyFormat::kForm),
      typed,
  }));
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  const auto requests = shop.server().Requests();
  EXPECT_EQ(requests[1].body, R"({"n": "a\"b&c=d"})");
  EXPECT_EQ(requests[2].body, "n=a%22b%26c%3Dd");
  EXPECT_EQ(requests[3].body, R"({"n": "a\"b&c=d"})");
}

TEST(Journey, FollowsALocationThatItCaptured) {
  const Script shop(
      Answers{{"/items", {.status = 201, .headers = {{"Location", "items/7"}}}}, {"/items/7", {}}});
  const Observation seen = RunCheck(JourneyOf({
      {.name = "create",
       .target = shop.Url("/items"),
       .method = "POST",
       .captures = {Shown("item", "header.location")}},
      {.name = "read", .target = "${item}"},
      {.name = "delete", .target = "${item}", .method = "DELETE"},
  }));
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_THAT(shop.Asked(), ElementsAre("POST /items", "GET /items/7", "DELETE /items/7"));
}

TEST(Journey, UsesOneConnectionForAllItsSteps) {
  const Script shop(Answers{{"/a", {}}, {"/b", {}}});
  const Observation seen = RunCheck(
      JourneyOf({{"one", shop.Url("/a")}, {"two", shop.Url("/b")}, {"three", shop.Url("/a")}}));
  EXPECT_EQ(Verdict(seen), "pass");
  EXPECT_EQ(shop.server().connections(), 1U);
  EXPECT_EQ(seen.steps[1].http->is_reused, true);
  EXPECT_FALSE(seen.steps[1].phases[Phase::kConnect]);
}

TEST(Journey, OpensAnotherConnectionWhereTheServerHasClosed) {
  const Script shop(Answers{{"/a", {.close = true}}, {"/b", {.close = true}}});
  const Observation seen = RunCheck(JourneyOf({{"one", shop.Url("/a")}, {"two", shop.Url("/b")}}));
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
}

TEST(Journey, SharesNothingWithTheNextRun) {
  const Script shop(Answers{{"/a", {.headers = {{"Set-Cookie", "sid=1"}}}}});
  const CheckSpec spec = JourneyOf({{"one", shop.Url("/a?${uuid}")}});
  EXPECT_EQ(Verdict(RunCheck(spec)), "pass");
  EXPECT_EQ(Verdict(RunCheck(spec)), "pass");
  const auto requests = shop.server().Requests();
  EXPECT_EQ(requests[1].Header("Cookie"), "");
  EXPECT_NE(requests[0].connection, requests[1].connection);
  EXPECT_NE(requests[0].target, requests[1].target);
}

TEST(Journey, FailsWithTheStepThatFailsAndKeepsThoseBefore) {
  const Script shop(Answers{{"/a", {}}, {"/b", {.status = 500}}, {"/c", {}}});
  const Observation seen = RunCheck(
      JourneyOf({{"one", shop.Url("/a")}, {"two", shop.Url("/b")}, {"three", shop.Url("/c")}}));
  EXPECT_EQ(Verdict(seen), "fail expect_status");
  EXPECT_EQ(seen.message, "step two: status 500, expected 2xx");
  EXPECT_EQ(seen.failed_step, "two");
  EXPECT_EQ(seen.blame, Blame::kTarget);
  EXPECT_EQ(StepVerdicts(seen), "one pass, two fail expect_status");
  EXPECT_THAT(shop.Asked(), ElementsAre("GET /a", "GET /b"));
}

TEST(Journey, NamesTheReasonOfACaptureThatFindsNothing) {
  const Script shop(Answers{{"/a", {.body = R"({"null": null, "empty": ""})"}}});
  const auto verdict = [&](const std::string& from) {
    const Observation seen = RunCheck(
        JourneyOf({{.name = "one", .target = shop.Url("/a"), .captures = {Shown("token", from)}}}));
    EXPECT_TRUE(seen.steps.at(0).captured.empty());
    return std::string(Name(seen.reason)) + ": " + seen.message;
  };
  EXPECT_EQ(verdict("header.x-csrf"), "expect_header: step one: capture token: no such header");
  EXPECT_EQ(verdict("cookie.sid"), "expect_header: step one: capture token: no such cookie");
  EXPECT_EQ(verdict("json.token"), "expect_json: step one: capture token: no such JSON value");
  EXPECT_EQ(verdict("json.null"), "expect_json: step one: capture token: the JSON value is null");
  EXPECT_EQ(verdict("json.empty"), "expect_json: step one: capture token: it is empty");
  EXPECT_EQ(verdict("body /id=([0-9]+)/"), "expect_body: step one: capture token: nothing matches");
}

TEST(Journey, PrefersAFailedExpectationToACaptureThatFindsNothing) {
  const Script shop(Answers{{"/a", {.status = 500, .body = "oops"}}});
  const Observation seen = RunCheck(JourneyOf(
      {{.name = "one", .target = shop.Url("/a"), .captures = {Shown("token", "json.token")}}}));
  EXPECT_EQ(Verdict(seen), "fail expect_status");
}

TEST(Journey, CapturesAlsoFromAnAnswerThatFails) {
  const Script shop(Answers{{"/items", {.status = 500, .body = R"({"id": 7})"}}, {"/items/7", {}}});
  const Observation seen = RunCheck(JourneyOf({
      {.name = "create", .target = shop.Url("/items"), .captures = {Shown("id", "json.id")}},
      {.name = "delete", .target = shop.Url("/items/${id}"), .method = "DELETE", .always = true},
  }));
  EXPECT_EQ(Verdict(seen), "fail expect_status");
  EXPECT_EQ(StepVerdicts(seen), "create fail expect_status, delete pass");
}

TEST(Journey, CleansUpAfterAFailure) {
  const Script shop(
      Answers{{"/items", {.body = R"({"id": 7})"}}, {"/items/7", {}}, {"/logout", {}}});
  const Observation seen = RunCheck(JourneyOf({
      {.name = "create", .target = shop.Url("/items"), .captures = {Shown("id", "json.id")}},
      {.name = "read", .target = shop.Url("/broken")},
      {.name = "change", .target = shop.Url("/items/${id}")},
      {.name = "delete", .target = shop.Url("/items/${id}"), .method = "DELETE", .always = true},
      {.name = "logout", .target = shop.Url("/logout"), .always = true},
  }));
  EXPECT_EQ(Verdict(seen), "fail expect_status");
  EXPECT_EQ(seen.failed_step, "read");
  EXPECT_EQ(StepVerdicts(seen), "create pass, read fail expect_status, delete pass, logout pass");
  EXPECT_THAT(shop.Asked(),
              ElementsAre("GET /items", "GET /broken", "DELETE /items/7", "GET /logout"));
}

TEST(Journey, SkipsACleanUpThatHasNothingToCleanUp) {
  const Script shop(Answers{{"/logout", {}}});
  const Observation seen = RunCheck(JourneyOf({
      {.name = "create", .target = shop.Url("/broken"), .captures = {Shown("id", "json.id")}},
      {.name = "delete", .target = shop.Url("/items/${id}"), .always = true},
      {.name = "logout", .target = shop.Url("/logout"), .always = true},
  }));
  EXPECT_EQ(StepVerdicts(seen), "create fail expect_status, delete skipped, logout pass");
  EXPECT_EQ(seen.steps[1].skipped, "${id} was not captured");
  EXPECT_EQ(seen.steps[1].target, shop.Url("/items/${id}"));
}

TEST(Journey, FailsWithACleanUpThatFailsAfterAllHasPassed) {
  const Script shop(Answers{{"/a", {}}});
  const Observation seen = RunCheck(JourneyOf(
      {{"one", shop.Url("/a")}, {.name = "delete", .target = shop.Url("/b"), .always = true}}));
  EXPECT_EQ(Verdict(seen), "fail expect_status");
  EXPECT_EQ(seen.failed_step, "delete");
}

TEST(Journey, KeepsItsFirstFailureWhenTheCleanUpFailsToo) {
  const Script shop(Answers{{"/a", {}}});
  const Observation seen = RunCheck(
      JourneyOf({{.name = "one", .target = shop.Url("/a"), .expect = {"body contains 'x'"}},
                 {.name = "delete", .target = shop.Url("/b"), .always = true}}));
  EXPECT_EQ(Verdict(seen), "fail expect_body");
  EXPECT_EQ(seen.failed_step, "one");
  EXPECT_EQ(StepVerdicts(seen), "one fail expect_body, delete fail expect_status");
}

TEST(Journey, RunsAStepOnlyWhenItsConditionHolds) {
  const Script shop(Answers{{"/me", {.body = R"({"role": "guest"})"}}, {"/end", {}}});
  const Observation seen = RunCheck(JourneyOf({
      {.name = "me", .target = shop.Url("/me"), .captures = {Shown("role", "json.role")}},
      {.name = "admin",
       .target = shop.Url("/admin"),
       .captures = {Shown("key", "json.key")},
       .when = "role == 'admin'"},
      {.name = "use", .target = shop.Url("/use/${key}")},
      {.name = "end", .target = shop.Url("/end"), .when = "key not exists"},
  }));
  EXPECT_EQ(Verdict(seen), "pass");
  EXPECT_EQ(StepVerdicts(seen), "me pass, admin skipped, use skipped, end pass");
  EXPECT_EQ(seen.steps[1].skipped, "when \"role == 'admin'\" does not hold");
  EXPECT_EQ(seen.steps[2].skipped, "${key} was not captured");
}

TEST(Journey, PassesWhenEveryStepIsSkipped) {
  const Script shop(Answers{});
  const Observation seen =
      RunCheck(JourneyOf({{.name = "one", .target = shop.Url("/a"), .when = "region == 'moon'"}}));
  EXPECT_EQ(Verdict(seen), "pass");
  EXPECT_EQ(StepVerdicts(seen), "one skipped");
}

TEST(Journey, WarnsWhenAStepDoes) {
  const Script shop(Answers{{"/a", {}}, {"/b", {}}});
  const Observation seen =
      RunCheck(JourneyOf({{.name = "one", .target = shop.Url("/a"), .warn = {"header.x exists"}},
                          {"two", shop.Url("/b")}}));
  EXPECT_EQ(Verdict(seen), "warn expect_header");
  EXPECT_THAT(seen.message, HasSubstr("step one: "));
  EXPECT_TRUE(seen.failed_step.empty());
}

TEST(Journey, IsUnknownWhenAStepIs) {
  const Script shop(Answers{{"/a", {}}});
  CheckSpec spec = JourneyOf({{"one", shop.Url("/a")}});
  auto request = std::make_shared<CheckSpec>(*spec.steps[0].request);
  request->deny_private = true;
  spec.steps[0].request = std::move(request);
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "unknown address_blocked");
  EXPECT_EQ(seen.failed_step, "one");
  EXPECT_TRUE(shop.Asked().empty());
}

TEST(Journey, RefusesACapturedValueThatFitsNotItsPlace) {
  const Script shop(
      Answers{{"/a", {.body = R"({"name": "a\r\nX-Evil: 1", "host": "evil/../x"})"}}});
  const auto verdict = [&](const std::string& from, const StepUnderTest& second) {
    return RunCheck(JourneyOf(
        {{.name = "one", .target = shop.Url("/a"), .captures = {Shown("it", from)}}, second}));
  };
  const Observation header = verdict(
      "json.name",
      {.name = "two", .target = shop.Url("/b"), .headers = {{"X-Name", Secret("${it}", false)}}});
  EXPECT_EQ(Verdict(header), "fail protocol_error");
  EXPECT_THAT(header.message, HasSubstr("step two: header X-Name: ${it} has a line end"));
  const Observation host = verdict("json.host", {.name = "two", .target = "http://${it}/"});
  EXPECT_THAT(host.message, HasSubstr("${it} is no part of a host name"));
  EXPECT_THAT(shop.Asked(), ElementsAre("GET /a", "GET /a"));
}

TEST(Journey, SendsNoSecretToAHostThatTheTargetChose) {
  const Script stranger(Answers{{"/steal", {}}});
  const Script api(Answers{{"/a", {.headers = {{"X-Next", stranger.Url("/steal")}}}}, {"/b", {}}});
  const auto run = [&](Secret header) {
    return RunCheck(JourneyOf(
        {{.name = "one", .target = api.Url("/a"), .captures = {Shown("next", "header.x-next")}},
         {.name = "two", .target = "${next}", .headers = {{"Authorization", std::move(header)}}}}));
  };
  const Observation secret = run(Secret("Bearer canary"));
  EXPECT_EQ(Verdict(secret), "fail protocol_error");
  EXPECT_THAT(secret.message, HasSubstr("a host that no step names"));
  EXPECT_TRUE(stranger.Asked().empty());
  EXPECT_EQ(Verdict(run(Secret("nothing to hide", false))), "pass");
  EXPECT_THAT(stranger.Asked(), ElementsAre("GET /steal"));
}

/// Says nothing at all.
class SilentServer {
 public:
  std::string Url() const { return "http://" + server_.Authority() + "/"; }

 private:
  support::TcpServer server_{[](support::Connection& connection) { connection.WaitUntilClosed(); }};
};

TEST(Journey, KeepsTheFinishedStepsWhenItsTimeIsUp) {
  const Script shop(Answers{{"/a", {}}});
  const SilentServer silent;
  CheckSpec spec = JourneyOf({{"one", shop.Url("/a")}, {"two", silent.Url()}});
  spec.timeout = 300ms;
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "fail response_timeout processing");
  EXPECT_EQ(seen.failed_step, "two");
  EXPECT_EQ(StepVerdicts(seen), "one pass, two fail response_timeout processing");
  EXPECT_GE(seen.duration, 300ms);
}

TEST(Journey, EndsAStepAtItsOwnTimeout) {
  const SilentServer silent;
  const Observation seen =
      RunCheck(JourneyOf({{.name = "one", .target = silent.Url(), .timeout = 100ms}}));
  EXPECT_EQ(Verdict(seen), "fail response_timeout processing");
  EXPECT_GE(seen.duration, 100ms);
  EXPECT_LT(seen.duration, 10s);
}

TEST(Journey, CleansUpAfterItsTimeIsUpAndDoesNotCountThat) {
  const Script shop(Answers{{"/gone", {}}});
  const SilentServer silent;
  CheckSpec spec =
      JourneyOf({{"one", silent.Url()},
                 {.name = "delete", .target = shop.Url("/gone"), .always = true},
                 {.name = "stuck", .target = silent.Url(), .always = true, .timeout = 200ms}});
  spec.timeout = 200ms;
  const MonoTime begin = MonoNow();
  const Observation seen = RunCheck(spec);
  const Span spent = MonoNow() - begin;
  EXPECT_EQ(seen.failed_step, "one");
  EXPECT_EQ(StepVerdicts(seen),
            "one fail response_timeout processing, delete pass, "
            "stuck fail response_timeout processing");
  EXPECT_GE(spent, seen.duration + 200ms);
  EXPECT_EQ(seen.phases[Phase::kProcessing], seen.steps[0].phases[Phase::kProcessing]);
}

TEST(Journey, TellsHowLongItsCleanUpMayTake) {
  const auto preparation = [](const std::vector<StepUnderTest>& steps) {
    return (*MakeCheck(JourneyOf(steps)))->preparation();
  };
  EXPECT_EQ(preparation({{"one", "http://a.example/"}}), Span(0));
  EXPECT_EQ(
      preparation({{.name = "one", .target = "http://a.example/", .always = true, .timeout = 2s}}),
      2s);
  EXPECT_EQ(
      preparation({{.name = "one", .target = "http://a.example/", .always = true, .timeout = 20s}}),
      5s);
}

TEST(Journey, JudgesItsOwnExpectations) {
  const Script shop(Answers{{"/a", {}}});
  CheckSpec spec = JourneyOf({{"one", shop.Url("/a")}});
  spec.expect.push_back(*expect::Expression::Compile("duration < 1ns", "journey"));
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "fail expect_duration");
  EXPECT_EQ(StepVerdicts(seen), "one pass");
}

TEST(Journey, RefusesAtLoadWhatCannotRun) {
  const std::string url = "http://a.example/";
  const auto why = [](const std::vector<StepUnderTest>& steps) {
    return WhyNotMade(JourneyOf(steps));
  };
  EXPECT_EQ(why({}), "the journey has no steps");
  EXPECT_EQ(why({{"one", url}, {"one", url}}), "step one: the name is used twice");
  EXPECT_EQ(why({{"one", url + "${id}"}}),
            "step one: target: ${id} is captured by no step before this one");
  EXPECT_EQ(why({{.name = "one", .target = url + "${id}", .captures = {Shown("id", "json.id")}}}),
            "step one: target: ${id} is captured by no step before this one");
  EXPECT_THAT(why({{.name = "one", .target = url, .when = "id exists"}}),
              HasSubstr("step one: when"));
  EXPECT_THAT(why({{.name = "one", .target = url, .captures = {Shown("uuid", "body")}}}),
              HasSubstr("capture uuid: the name is that of a built-in"));
  EXPECT_THAT(why({{.name = "one", .target = url, .captures = {Shown("a", "json[*]")}}}),
              HasSubstr("capture a: "));
  EXPECT_THAT(why({{"one", "ftp://a.example/"}}), HasSubstr("step one: target: scheme"));
  EXPECT_EQ(why({{"one", "${region}"}}), "");
}

}  // namespace
}  // namespace gaikei
