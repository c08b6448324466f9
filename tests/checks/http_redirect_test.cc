#include "checks/http/http_redirect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/checks/http_rig.h"
#include "tests/support/http_server.h"

namespace gaikei {
namespace {

using support::HttpResponse;
using support::HttpServer;

HttpResponse RedirectTo(const std::string& location, int status = 302) {
  return HttpResponse{.status = status, .headers = {{"Location", location}}};
}

TEST(HttpRedirects, AreFollowedHopByHopWithPhasesOfTheirOwn) {
  HttpServer server([](const support::HttpRequest& request) {
    if (request.target == "/") return RedirectTo("/next");
    if (request.target == "/next") return RedirectTo("last?x=1", 301);
    return HttpResponse{.body = "done"};
  });
  const Observation seen = RunHttp(HttpSpec(server.Url()));
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  ASSERT_EQ(seen.http->redirects.size(), 2U);
  const HttpHop& hop = seen.http->redirects[1];
  EXPECT_EQ(hop.url, server.Url("/next"));
  EXPECT_EQ(hop.status, 301);
  EXPECT_EQ(hop.location, server.Url("/last?x=1"));
  EXPECT_EQ(hop.address, "127.0.0.1");
  EXPECT_TRUE(hop.phases[Phase::kConnect]);
  EXPECT_EQ(hop.phases.Sum(), hop.duration);
  EXPECT_LT(hop.duration, seen.duration);
  EXPECT_EQ(server.connections(), 3U);  // a fresh connection a hop
}

TEST(HttpRedirects, WithoutEndAreTooMany) {
  HttpServer server([](const support::HttpRequest& request) { return RedirectTo(request.target); });
  CheckSpec spec = HttpSpec(server.Url());
  spec.http.max_redirects = 4;
  const Observation seen = RunHttp(spec);
  EXPECT_EQ(Verdict(seen), "fail too_many_redirects");
  EXPECT_EQ(seen.http->redirects.size(), 4U);
}

TEST(HttpRedirects, AreJudgedWhereNoneIsFollowed) {
  HttpServer server([](const support::HttpRequest&) { return RedirectTo("/x"); });
  CheckSpec spec = HttpSpec(server.Url());
  spec.http.max_redirects = 0;
  const Observation seen = RunHttp(spec);
  EXPECT_EQ(Verdict(seen), "fail expect_status");
  EXPECT_EQ(seen.http->location, server.Url("/x"));
}

TEST(HttpRedirects, LeaveEverySecretBehindWhenTheOriginChanges) {
  HttpServer other([](const support::HttpRequest&) { return HttpResponse{}; });
  HttpServer server([&](const support::HttpRequest&) { return RedirectTo(other.Url("/x"), 307); });
  CheckSpec spec = HttpSpec("http://user:password@" + server.Authority() + "/");
  spec.http.method = "POST";
  spec.http.headers.emplace_back("X-Api-Key", Secret("canary"));
  spec.http.headers.emplace_back("Cookie", Secret("session=canary"));
  spec.http.headers.emplace_back("X-Plain", Secret("canary", false));
  spec.http.has_body = true;
  spec.http.body = Secret("canary");
  EXPECT_EQ(Verdict(RunHttp(spec)), "pass");
  const auto requests = other.Requests();
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].method, "POST");
  EXPECT_EQ(requests[0].Header("Authorization"), "");
  EXPECT_EQ(requests[0].body, "");
  for (const auto& [name, value] : requests[0].headers) {
    EXPECT_EQ(value.find("canary"), std::string::npos) << name;
  }
}

TEST(HttpRedirects, KeepCookiesAndCredentialsOnTheSameOrigin) {
  HttpServer server([](const support::HttpRequest& request) {
    HttpResponse response = RedirectTo("/in");
    if (request.target == "/in") return HttpResponse{};
    response.headers.emplace_back("Set-Cookie", "session=42; Path=/");
    return response;
  });
  CheckSpec spec = HttpSpec("http://user:password@" + server.Authority() + "/");
  spec.http.headers.emplace_back("X-Api-Key", Secret("k"));
  EXPECT_EQ(Verdict(RunHttp(spec)), "pass");
  const auto requests = server.Requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[1].Header("Cookie"), "session=42");
  EXPECT_EQ(requests[1].Header("X-Api-Key"), "k");
  EXPECT_NE(requests[1].Header("Authorization"), "");
  // The next attempt begins with an empty jar.
  RunHttp(spec);
  EXPECT_EQ(server.Requests()[2].Header("Cookie"), "");
}

TEST(HttpRedirects, TurnAPostIntoAGetAndDropItsBody) {
  for (const auto& [status, method] :
       {std::pair{301, "GET"}, {302, "GET"}, {303, "GET"}, {307, "POST"}, {308, "POST"}}) {
    HttpServer server([status = status](const support::HttpRequest& request) {
      return request.target == "/" ? RedirectTo("/x", status) : HttpResponse{};
    });
    CheckSpec spec = HttpSpec(server.Url());
    spec.http.has_body = true;
    spec.http.body = Secret("payload", false);
    spec.http.headers.emplace_back("Content-Type", Secret("text/plain", false));
    EXPECT_EQ(Verdict(RunHttp(spec)), "pass");
    const auto requests = server.Requests();
    ASSERT_EQ(requests.size(), 2U);
    EXPECT_EQ(requests[1].method, method) << status;
    const bool keeps = std::string(method) == "POST";
    EXPECT_EQ(requests[1].body, keeps ? "payload" : "");
    EXPECT_EQ(requests[1].Header("Content-Type"), keeps ? "text/plain" : "");
  }
}

/// Feeds a head and asks where it points.
std::optional<Redirect> Find(const std::string& base, const std::string& location) {
  io::ResponseHead head;
  head.AddLine("HTTP/1.1 302 Found\r\n");
  head.AddLine("Location: " + location + "\r\n");
  head.AddLine("\r\n");
  return FindRedirect(*io::ParseUrl(base), head, "GET");
}

TEST(FindRedirect, ReadsLocationsAsCurlDoes) {
  EXPECT_FALSE(Find("http://a.example/", ""));
  EXPECT_FALSE(Find("http://a.example/", "   "));
  EXPECT_EQ(Find("http://a.example/", "//b.example/x")->url.text, "http://b.example/x");
  EXPECT_EQ(Find("http://a.example/d/e", "f g")->url.text, "http://a.example/d/f%20g");
  EXPECT_EQ(Find("http://a.example/", "/\xc3\xa4")->url.text, "http://a.example/%c3%a4");
  EXPECT_EQ(Find("http://a.example/", "http:///b.example/")->url.host, "b.example");
  EXPECT_EQ(Find("http://a.example/", "http:////b.example/")->reason, Reason::kProtocolError);
  EXPECT_EQ(Find("http://a.example/", "/x?" + std::string(9000, 'x'))->reason, Reason::kTooLarge);
  EXPECT_EQ(Find("https://a.example/", "http://a.example/")->reason, Reason::kSchemeBlocked);
  for (const char* opaque :
       {"javascript:alert(1)", "mailto:a@b.example", "data:text/html,x", "TEL:1"}) {
    EXPECT_EQ(Find("http://a.example/", opaque)->reason, Reason::kSchemeBlocked) << opaque;
  }
  EXPECT_EQ(Find("http://a.example/", "/x#part")->url.text, "http://a.example/x");
}

TEST(FindRedirect, KeepsToTheHostsThatItIsGiven) {
  const auto leads = [](const std::string& location, std::vector<std::string> hosts) {
    io::ResponseHead head;
    head.AddLine("HTTP/1.1 302 Found\r\n");
    head.AddLine("Location: " + location + "\r\n");
    head.AddLine("\r\n");
    const RedirectRules rules{"own.example", std::move(hosts), false};
    return FindRedirect(*io::ParseUrl("https://own.example/"), head, "GET", rules)->reason ==
           Reason::kNone;
  };
  EXPECT_TRUE(leads("https://any.example/", {}));
  EXPECT_TRUE(leads("/here", {"a.example"}));
  EXPECT_TRUE(leads("https://OWN.example./", {"a.example"}));
  EXPECT_TRUE(leads("https://A.example:8443/", {"b.example", "a.example"}));
  EXPECT_TRUE(leads("https://x.y.a.example/", {"*.a.example"}));
  EXPECT_FALSE(leads("https://a.example/", {"*.a.example"}));
  EXPECT_FALSE(leads("https://evil-a.example/", {"*.a.example", "a.example"}));
  EXPECT_FALSE(leads("https://a.example.evil.example/", {"*.a.example", "a.example"}));
  EXPECT_FALSE(leads("https://a.example@evil.example/", {"a.example"}));
}

TEST(FindRedirect, RefusesTwoDifferentLocations) {
  io::ResponseHead head;
  for (const std::string line :
       {"HTTP/1.1 302 Found\r\n", "Location: /a\r\n", "Location: /b\r\n", "\r\n"}) {
    head.AddLine(line);
  }
  EXPECT_EQ(FindRedirect(*io::ParseUrl("http://a.example/"), head, "GET")->reason,
            Reason::kProtocolError);
}

TEST(Url, ShowsNoCredentials) {
  const auto url = io::ParseUrl("https://user:secret@A.example:443/x?token=abc&q=1&api_key=z#f");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "a.example");
  EXPECT_EQ(url->port, 443);
  EXPECT_EQ(url->user.Reveal(), "user");
  EXPECT_EQ(url->password.Reveal(), "secret");
  const std::string shown = io::ShownUrl(*url);
  EXPECT_EQ(shown, "https://A.example:443/x?token=<secret>&q=1&api_key=<secret>");
}

TEST(Url, TellsTheSecretsOfItsQueryAsWrittenAndDecoded) {
  const auto url = io::ParseUrl("https://a.example/x?token=a+b%2Fc&q=1&sig=plain&key&auth=");
  ASSERT_TRUE(url);
  std::vector<std::string> values;
  for (const Secret& secret : io::SecretsInQuery(*url)) {
    values.emplace_back(secret.Reveal());
  }
  EXPECT_EQ(values, (std::vector<std::string>{"a+b%2Fc", "a b/c", "plain", ""}));
  EXPECT_TRUE(io::SecretsInQuery(*io::ParseUrl("https://a.example/")).empty());
}

}  // namespace
}  // namespace gaikei
