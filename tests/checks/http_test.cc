#include "checks/http/http.h"

#include <dirent.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "checks/io/http/curl_features.h"
#include "tests/checks/http_rig.h"
#include "tests/support/http_server.h"
#include "tests/support/tcp_server.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;
using support::Connection;
using support::HttpResponse;
using support::HttpServer;
using support::TcpServer;
using testing::ElementsAre;
using testing::HasSubstr;

std::string Url(const TcpServer& server, const std::string& path = "/") {
  return "http://" + server.Authority() + path;
}

TEST(HttpCheck, PassesOnA200AndKnowsItsPhases) {
  HttpServer server([](const support::HttpRequest&) { return HttpResponse{.body = "hello"}; });
  const Observation seen = RunHttp(HttpSpec(server.Url()));
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_EQ(seen.address, "127.0.0.1");
  EXPECT_EQ(seen.port, server.port());
  EXPECT_EQ(seen.family, Family::kIpv4);
  ASSERT_TRUE(seen.http);
  EXPECT_EQ(seen.http->status, 200);
  EXPECT_EQ(seen.http->version, "1.1");
  EXPECT_EQ(seen.http->size, 5U);
  EXPECT_EQ(seen.http->wire_size, 5U);
  EXPECT_EQ(seen.http->content_length, 5U);
  EXPECT_FALSE(seen.phases[Phase::kResolve]);  // the host is an address
  EXPECT_TRUE(seen.phases[Phase::kConnect]);
  EXPECT_FALSE(seen.phases[Phase::kTls]);
  EXPECT_TRUE(seen.phases[Phase::kProcessing]);
  EXPECT_TRUE(seen.phases[Phase::kTransfer]);
  EXPECT_FALSE(seen.tls);
}

TEST(HttpCheck, SendsWhatWasConfigured) {
  HttpServer server([](const support::HttpRequest&) { return HttpResponse{}; });
  CheckSpec spec = HttpSpec("http://user:p%40ss@" + server.Authority() + "/path?q=1");
  spec.http.headers.emplace_back("X-Api-Key", Secret("k"));
  spec.http.headers.emplace_back("X-Empty", Secret("", false));
  spec.http.has_body = true;
  spec.http.body = Secret("payload", false);
  EXPECT_EQ(Verdict(RunHttp(spec)), "pass");
  const auto requests = server.Requests();
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].method, "POST");
  EXPECT_EQ(requests[0].target, "/path?q=1");
  EXPECT_EQ(requests[0].body, "payload");
  EXPECT_EQ(requests[0].Header("Authorization"), "Basic dXNlcjpwQHNz");
  EXPECT_EQ(requests[0].Header("X-Api-Key"), "k");
  EXPECT_EQ(requests[0].Header("User-Agent"), "gaikei/1.0");
  EXPECT_EQ(requests[0].Header("Accept-Encoding"), "");
  EXPECT_EQ(requests[0].Header("Expect"), "");
}

TEST(HttpCheck, SendsTheMethodThatWasAskedFor) {
  HttpServer server([](const support::HttpRequest&) { return HttpResponse{.body = "x"}; });
  for (const std::string method : {"GET", "HEAD", "DELETE", "PUT", "OPTIONS"}) {
    CheckSpec spec = HttpSpec(server.Url());
    spec.http.method = method;
    EXPECT_EQ(Verdict(RunHttp(spec)), "pass") << method;
    EXPECT_EQ(server.Requests().back().method, method);
  }
}

TEST(HttpCheck, FailsOnAStatusThatIsNot2xx) {
  HttpServer server([](const support::HttpRequest&) { return HttpResponse{.status = 503}; });
  const Observation seen = RunHttp(HttpSpec(server.Url()));
  EXPECT_EQ(Verdict(seen), "fail expect_status");
  EXPECT_EQ(seen.message, "status 503, expected 2xx");
  EXPECT_EQ(seen.http->status, 503);
}

TEST(HttpCheck, RefusedConnectionFailsInPhaseConnect) {
  std::uint16_t port = 0;
  {
    port = TcpServer([](Connection&) {}).port();
  }
  const Observation seen = RunHttp(HttpSpec("http://127.0.0.1:" + std::to_string(port) + "/"));
  EXPECT_EQ(Verdict(seen), "fail connect_refused connect");
  EXPECT_EQ(seen.address, "127.0.0.1");
  EXPECT_TRUE(seen.phases[Phase::kConnect]);
  EXPECT_FALSE(seen.phases[Phase::kProcessing]);
}

TEST(HttpCheck, TimeoutIsNamedAfterThePhaseThatRan) {
  struct Case {
    std::string sent;
    std::string verdict;
  };
  for (const Case& c : {Case{"", "fail response_timeout processing"},
                        Case{"HTTP/1.1 2", "fail transfer_timeout transfer"},
                        Case{"HTTP/1.1 200 OK\r\nX: y\r\n", "fail transfer_timeout transfer"},
                        Case{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
                             "fail transfer_timeout transfer"}}) {
    TcpServer server([&](Connection& connection) {
      connection.ReadUntil("\r\n\r\n");
      connection.Write(c.sent);
      connection.WaitUntilClosed();
    });
    CheckSpec spec = HttpSpec(Url(server));
    spec.timeout = 200ms;
    const Observation seen = RunHttp(spec);
    EXPECT_EQ(Verdict(seen), c.verdict) << c.sent;
    EXPECT_GE(seen.duration, 200ms);
    EXPECT_GE(*seen.phases[*seen.phase], 100ms) << c.sent;
    EXPECT_THAT(seen.message, HasSubstr("timeout after 200ms"));
  }
}

TEST(HttpCheck, WhatTheServerNeverBeganIsATimeoutOfTls) {
  TcpServer server([](Connection& c) { c.WaitUntilClosed(); });
  CheckSpec spec = HttpSpec("https://" + server.Authority() + "/");
  spec.timeout = 200ms;
  const Observation seen = RunHttp(spec);
  EXPECT_EQ(Verdict(seen), "fail tls_timeout tls");
  EXPECT_GE(*seen.phases[Phase::kTls], 100ms);
  EXPECT_FALSE(seen.phases[Phase::kProcessing]);
  EXPECT_FALSE(seen.tls);
}

std::size_t ThreadCount() {
  std::size_t count = 0;
  DIR* tasks = opendir("/proc/self/task");
  while (const dirent* entry = readdir(tasks)) count += entry->d_name[0] != '.' ? 1U : 0U;
  closedir(tasks);
  return count;
}

TEST(HttpCheck, StartsNoThread) {
  std::atomic<std::size_t> during = 0;
  HttpServer server([&](const support::HttpRequest&) {
    during = ThreadCount();
    return HttpResponse{};
  });
  const std::size_t before = ThreadCount();
  CheckSpec spec = HttpSpec("http://localhost:" + std::to_string(server.port()) + "/");
  spec.family = Family::kIpv4;
  EXPECT_EQ(Verdict(RunHttp(spec)), "pass");
  EXPECT_EQ(during, before + 1);  // the server's own thread for the connection
}

TEST(HttpCheck, PrivateAddressIsNotLookedAtWhereThatIsDenied) {
  HttpServer server([](const support::HttpRequest&) { return HttpResponse{}; });
  CheckSpec spec = HttpSpec(server.Url());
  spec.deny_private = true;
  const Observation seen = RunHttp(spec);
  EXPECT_EQ(Verdict(seen), "unknown address_blocked");
  EXPECT_EQ(seen.blame, Blame::kConfig);
  EXPECT_EQ(server.connections(), 0U);
}

TEST(HttpCheck, WhatCannotBeSentIsRefusedWhenItIsMade) {
  CheckSpec spec = HttpSpec("http://a.example/");
  spec.http.headers.emplace_back("X", Secret("a\r\nInjected: b"));
  EXPECT_THAT(WhyNotMade(spec), HasSubstr("line break or NUL in the value of X"));
  spec = HttpSpec("http://a.example/");
  spec.http.method = "GE T";
  EXPECT_THAT(WhyNotMade(spec), HasSubstr("method"));
  spec = HttpSpec("https://a.example/");
  spec.tls.cacert = "/nonexistent/ca.pem";
  EXPECT_THAT(WhyNotMade(spec), HasSubstr("/nonexistent/ca.pem"));
  EXPECT_THAT(WhyNotMade(HttpSpec("http://a.example:99999/")), HasSubstr("target"));
  spec = HttpSpec("https://a.example/");
  spec.http.version = HttpVersion::k3;
  const std::string why =
      "HTTP/3 is not available: libcurl " + io::CurlVersion() + " was built without it";
  EXPECT_EQ(WhyNotMade(spec), io::HasHttp3() ? "" : why);
}

}  // namespace
}  // namespace gaikei
