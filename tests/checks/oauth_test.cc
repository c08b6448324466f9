/// OAuth 2 client credentials: tokens fetched, kept, shared, dropped; and what is said when there
/// is none.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "checks/http/token_fetch.h"
#include "checks/io/engine.h"
#include "checks/io/loop/loop.h"
#include "checks/kinds.h"
#include "results/outcome_json.h"
#include "tests/checks/http_rig.h"
#include "tests/support/http_server.h"
#include "tests/support/token_endpoint.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;
using support::HttpResponse;
using support::HttpServer;
using support::TokenEndpoint;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

CheckSpec OauthSpec(const std::string& target, const std::string& token_url) {
  CheckSpec spec = HttpSpec(target);
  spec.http.auth.scheme = HttpAuth::Scheme::kOauth2;
  spec.http.auth.token_url = token_url;
  spec.http.auth.client_id = Secret("client", false);
  spec.http.auth.client_secret = Secret("canary-client-secret");
  return spec;
}

/// `count` attempts of one check at the same time, on a loop of their own.
std::vector<Observation> RunTogether(const Check& check, Span timeout, std::size_t count = 1) {
  const Region region;
  std::vector<Observation> all;
  io::Loop loop;
  {
    io::Engine engine(loop);
    std::vector<std::unique_ptr<Attempt>> attempts;
    loop.Post([&] {
      for (std::size_t i = 0; i < count; ++i) {
        attempts.push_back(check.Start({engine, region, timeout}, [&](Observation seen) {
          all.push_back(std::move(seen));
          if (all.size() == count) loop.Stop();
        }));
      }
    });
    loop.Run();
  }
  return all;
}

Observation RunOnce(const Check& check, Span timeout = 10s) {
  auto all = RunTogether(check, timeout);
  return all.empty() ? Observation{} : std::move(all.front());
}

std::unique_ptr<Check> Made(const CheckSpec& spec) {
  auto check = MakeCheck(spec);
  if (!check) ADD_FAILURE() << check.error();
  return check ? std::move(*check) : nullptr;
}

/// A target that lets in whoever bears one of the endpoint's tokens.
HttpResponse LetIn(const support::HttpRequest& request) {
  const bool is_known = request.Header("Authorization").starts_with("Bearer canary-token-");
  return HttpResponse{.status = is_known ? 200 : 401};
}

TEST(OauthToken, IsFetchedOnceAndOutsideTheMeasuredTime) {
  TokenEndpoint endpoint;
  HttpServer server(LetIn);
  const CheckSpec spec = OauthSpec(server.Url(), endpoint.Url());
  const auto check = Made(spec);
  const MonoTime before = MonoNow();
  const Observation first = RunOnce(*check);
  const Span all = MonoNow() - before;
  EXPECT_EQ(Verdict(first), "pass") << first.message;
  ASSERT_TRUE(first.http->token_duration);
  EXPECT_GT(*first.http->token_duration, Span(0));
  EXPECT_LE(*first.http->token_duration + first.duration, all);
  ExpectPhasesAddUp(first);

  const Observation second = RunOnce(*check);
  EXPECT_EQ(Verdict(second), "pass");
  EXPECT_FALSE(second.http->token_duration);
  EXPECT_EQ(endpoint.fetches(), 1U);
  EXPECT_EQ(server.Requests().at(1).Header("Authorization"), "Bearer canary-token-1");
  EXPECT_EQ(check->preparation(), spec.timeout);
}

TEST(OauthToken, IsAskedForAsTheConfigurationSays) {
  TokenEndpoint endpoint;
  HttpServer server(LetIn);
  CheckSpec spec = OauthSpec(server.Url(), endpoint.Url());
  spec.http.auth.scopes = {"read", "write:all"};
  spec.http.auth.audience = "https://api.example/";
  EXPECT_EQ(Verdict(RunHttp(spec)), "pass");
  spec.http.auth.is_secret_in_body = true;
  EXPECT_EQ(Verdict(RunHttp(spec)), "pass");
  const auto requests = endpoint.Requests();
  ASSERT_EQ(requests.size(), 2U);
  const std::string form =
      "grant_type=client_credentials&scope=read+write%3Aall&audience=https%3A%2F%2Fapi.example%2F";
  EXPECT_EQ(requests[0].body, form);
  EXPECT_EQ(requests[0].Header("Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(requests[1].body, form + "&client_id=client&client_secret=canary-client-secret");
  EXPECT_EQ(requests[1].Header("Authorization"), "");
}

TEST(OauthToken, ThatHasExpiredIsFetchedAnew) {
  TokenEndpoint endpoint(TokenEndpoint::Mood::kWell, "0");
  HttpServer server(LetIn);
  const auto check = Made(OauthSpec(server.Url(), endpoint.Url()));
  EXPECT_EQ(Verdict(RunOnce(*check)), "pass");
  EXPECT_EQ(Verdict(RunOnce(*check)), "pass");
  EXPECT_EQ(endpoint.fetches(), 2U);
}

TEST(OauthToken, ThatTheTargetRefusesIsFetchedAnewForTheNextAttempt) {
  TokenEndpoint endpoint;
  HttpServer server([](const support::HttpRequest& request) {
    return HttpResponse{.status =
                            request.Header("Authorization") == "Bearer canary-token-1" ? 401 : 200};
  });
  const auto check = Made(OauthSpec(server.Url(), endpoint.Url()));
  EXPECT_EQ(Verdict(RunOnce(*check)), "fail expect_status");
  EXPECT_EQ(endpoint.fetches(), 1U);
  EXPECT_EQ(Verdict(RunOnce(*check)), "pass");
  EXPECT_EQ(endpoint.fetches(), 2U);
}

TEST(OauthToken, IsFetchedOnceForAllThatNeedItAtTheSameTime) {
  TokenEndpoint endpoint;
  HttpServer server(LetIn);
  const auto check = Made(OauthSpec(server.Url(), endpoint.Url()));
  for (const Observation& seen : RunTogether(*check, 10s, 20)) EXPECT_EQ(Verdict(seen), "pass");
  EXPECT_EQ(endpoint.fetches(), 1U);
}

TEST(OauthToken, IsSharedByLoopsOnSeveralThreads) {
  TokenEndpoint endpoint;
  HttpServer server(LetIn);
  const auto check = Made(OauthSpec(server.Url(), endpoint.Url()));
  std::vector<std::thread> threads;
  std::vector<std::vector<Observation>> seen(4);
  for (auto& own : seen) {
    threads.emplace_back([&] { own = RunTogether(*check, 10s, 5); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& own : seen) {
    EXPECT_EQ(own.size(), 5U);
    for (const Observation& one : own) EXPECT_EQ(Verdict(one), "pass");
  }
  EXPECT_LE(endpoint.fetches(), seen.size());
  RunOnce(*check);
  EXPECT_LE(endpoint.fetches(), seen.size());
}

TEST(OauthToken, ThatCannotBeHadLeavesTheTargetUnjudged) {
  struct Case {
    TokenEndpoint::Mood mood;
    std::string reason;
    Blame blame;
    std::string text;
  };
  using Mood = TokenEndpoint::Mood;
  for (const Case& c : {
           Case{Mood::kRefuses, "prober_internal", Blame::kConfig, "status 401 (invalid_client)"},
           Case{Mood::kBroken, "prober_network_down", Blame::kProber, "status 503"},
           Case{Mood::kHangs, "prober_network_down", Blame::kProber, "timeout after 300"},
           Case{Mood::kEndless, "prober_network_down", Blame::kProber, "body of more than"},
           Case{Mood::kDeep, "prober_internal", Blame::kConfig, "no access_token"},
           Case{Mood::kNoToken, "prober_internal", Blame::kConfig, "no access_token"},
           Case{Mood::kStranger, "prober_internal", Blame::kConfig, "no bearer token"},
       }) {
    TokenEndpoint endpoint(c.mood);
    HttpServer server(LetIn);
    CheckSpec spec = OauthSpec(server.Url(), endpoint.Url());
    spec.timeout = 300ms;
    const Observation seen = RunHttp(spec);
    EXPECT_EQ(Verdict(seen), "unknown " + c.reason) << c.text;
    EXPECT_EQ(seen.blame, c.blame) << c.text;
    EXPECT_THAT(seen.message, StartsWith("OAuth 2 token from " + endpoint.Authority() + ": "));
    EXPECT_THAT(seen.message, HasSubstr(c.text));
    EXPECT_THAT(seen.message, Not(HasSubstr("canary")));
    EXPECT_EQ(seen.duration, seen.phases.Sum());
    ASSERT_TRUE(seen.http);
    EXPECT_TRUE(seen.http->token_duration);
    EXPECT_EQ(server.connections(), 0U);
  }
}

TEST(OauthToken, FromAnEndpointThatIsNotThereIsTheProbersTrouble) {
  std::uint16_t port = 0;
  { port = HttpServer(LetIn).port(); }
  HttpServer server(LetIn);
  const Observation seen =
      RunHttp(OauthSpec(server.Url(), "http://127.0.0.1:" + std::to_string(port) + "/token"));
  EXPECT_EQ(Verdict(seen), "unknown prober_network_down");
  EXPECT_THAT(seen.message, HasSubstr("refused"));
}

TEST(OauthToken, IsGivenUpByWhoeverLeavesFirst) {
  TokenEndpoint endpoint(TokenEndpoint::Mood::kHangs);
  HttpServer server(LetIn);
  const auto check = Made(OauthSpec(server.Url(), endpoint.Url()));
  const Region region;
  io::Loop loop;
  io::Engine engine(loop);
  std::optional<Observation> told;
  std::unique_ptr<Attempt> first;
  std::unique_ptr<Attempt> second;
  loop.Post([&] {
    const AttemptContext context{engine, region, 300ms};
    first = check->Start(context, [](Observation) { ADD_FAILURE() << "told after it had left"; });
    second = check->Start(context, [&](Observation seen) {
      told = std::move(seen);
      loop.Stop();
    });
    first.reset();
  });
  loop.Run();
  ASSERT_TRUE(told);
  EXPECT_EQ(Verdict(*told), "unknown prober_network_down");
  second.reset();
  // Nobody waits any more: what was under way is gone, and the next one fetches for itself.
  loop.Post([&] {
    first = check->Start({engine, region, 10s}, [](Observation) { ADD_FAILURE(); });
    first.reset();
    endpoint.Become(TokenEndpoint::Mood::kWell);
    second = check->Start({engine, region, 10s}, [&](Observation seen) {
      told = std::move(seen);
      loop.Stop();
    });
  });
  loop.Run();
  EXPECT_EQ(Verdict(*told), "pass") << told->message;
}

TEST(OauthToken, IsNeverShown) {
  TokenEndpoint endpoint;
  HttpServer server([](const support::HttpRequest& request) {
    return HttpResponse{.status = 403,
                        .headers = {{"X-Echo", request.Header("Authorization")}},
                        .body = request.Header("Authorization") + " canary-client-secret"};
  });
  for (const char* text : {"body == 'x'", "header.x-echo == 'x'"}) {
    CheckSpec spec = OauthSpec(server.Url(), endpoint.Url());
    spec.expect = {Expect(text)};
    Outcome outcome;
    static_cast<Observation&>(outcome) = RunHttp(spec);
    outcome.check = spec.identity;
    EXPECT_THAT(ToJson(outcome, {.verbose = true}), Not(HasSubstr("canary"))) << text;
  }
}

TEST(OauthToken, IsUsedForLessThanItLives) {
  const auto lifetime = [](const std::string& json) { return ReadTokenAnswer(200, json).lifetime; };
  EXPECT_EQ(lifetime(R"({"access_token":"t","expires_in":3600})"), 3570s);
  EXPECT_EQ(lifetime(R"({"access_token":"t","expires_in":"100"})"), 90s);
  EXPECT_EQ(lifetime(R"({"access_token":"t","expires_in":-1})"), 0s);
  EXPECT_EQ(lifetime(R"({"access_token":"t","expires_in":1e300})"), 24h - 30s);
  EXPECT_EQ(lifetime(R"({"access_token":"t"})"), 5min);
  EXPECT_EQ(ReadTokenAnswer(200, R"({"access_token":"a\r\nb"})").reason, Reason::kProberInternal);
}

}  // namespace
}  // namespace gaikei
