/// Connections that stood, and broke between two posts or under one.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "tests/checks/transport/rig.h"
#include "tests/support/dns_server.h"
#include "tests/support/http_server.h"
#include "tests/support/net_namespace.h"
#include "tests/support/nginx.h"
#include "tests/support/tcp_server.h"

namespace gaikei {
namespace {

using support::Connection;
using support::HttpResponse;
using support::HttpServer;
using support::TcpServer;

constexpr std::string_view kEmptyAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

UpstreamTransportSpec StandingAt(const TcpServer& server) {
  return UpstreamAt("http://" + server.Authority() + "/");
}

TEST(TransportStanding, IsReplacedWithoutAWordWhenTheServerHasClosedItMeanwhile) {
  // The server says keep-alive and closes nevertheless, after the first answer.
  std::atomic<int> closed = 0;
  const TcpServer server([&](Connection& c) {
    support::ReadHttpRequest(c);
    c.Write(kEmptyAnswer);
    ::shutdown(c.fd(), SHUT_WR);
    ++closed;
    c.WaitUntilClosed();
  });
  TransportRig rig(StandingAt(server));
  for (int i = 1; i <= 4; ++i) {
    EXPECT_EQ(rig.Post(std::string(200'000, 'x')).status, 200);
    while (closed < i) std::this_thread::yield();
  }
  EXPECT_EQ(server.connections(), 4U);
}

TEST(TransportStanding, IsReplacedWhenNginxHasShutDownGracefully) {
  auto nginx = std::make_unique<support::Nginx>(
      support::NginxOptions{.server = "keepalive_requests 1;\nlocation = /hello { return 200; }"});
  TransportRig rig(UpstreamAt(nginx->Url()));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(rig.Post().status, 200);
  nginx->Stop();
  EXPECT_EQ(rig.Post().status, 0);
}

TEST(TransportStanding, IsNoReasonToSendTwiceWhatTheServerHasRead) {
  // Read the second request of a connection, and then nothing: it may have been acted upon.
  for (const bool resets : {false, true}) {
    std::atomic<int> requests = 0;
    const TcpServer server([&requests, resets](Connection& c) {
      support::ReadHttpRequest(c);
      ++requests;
      c.Write(kEmptyAnswer);
      if (!support::ReadHttpRequest(c)) return;
      ++requests;
      if (resets) c.Reset();
    });
    TransportRig rig(StandingAt(server));
    EXPECT_EQ(rig.Post().status, 200);
    const PostResponse response = rig.Post();
    EXPECT_EQ(response.status, 0);
    EXPECT_EQ(response.error, "the connection, used before, was closed before an answer");
    EXPECT_EQ(requests, 2) << resets;
    EXPECT_EQ(rig.Post().status, 200);
  }
}

/// Requests over a cable, and what happens to it between the two.
void ExpectPostsOverACable(
    int status, const std::function<void(support::CableOfNamespaces&, HttpServer&)>& between) {
  support::CableOfNamespaces cable;
  std::optional<HttpServer> server;
  support::RunInNamespace(cable.target(), [&] {
    server.emplace([](const support::HttpRequest&) { return HttpResponse{}; },
                   support::ListenOptions{.address = cable.kTarget4});
  });
  support::RunInNamespace(cable.prober(), [&] {
    TransportRig rig(UpstreamAt(server->Url()));
    EXPECT_EQ(rig.Post().status, 200);
    between(cable, *server);
    const MonoTime asked = MonoNow();
    const PostResponse response = rig.Post(std::string(100'000, 'x'));
    EXPECT_EQ(response.status, status) << response.error;
    EXPECT_EQ(rig.Post().status, 200);
    // The time that the request had is ten seconds.
    EXPECT_LT(MonoNow() - asked, std::chrono::seconds(9));
  });
  EXPECT_EQ(server->connections(), 2U);
  EXPECT_EQ(server->Requests().size(), status == 200 ? 3U : 2U);
  support::RunInNamespace(cable.target(), [&] { server.reset(); });
}

TEST(TransportStanding, IsReplacedWhenItDiedWithoutAWord) {
  ExpectPostsOverACable(200, [](support::CableOfNamespaces& cable, HttpServer& server) {
    cable.ForgetConnections(server.port());
  });
}

TEST(TransportStanding, ThatIsResetLeavesItOpenWhatCameOfThePost) {
  // What arrived is not confirmed at once: nobody can tell this from a server that read and died.
  ExpectPostsOverACable(0, [](support::CableOfNamespaces& cable, HttpServer& server) {
    cable.ResetConnections(server.port());
  });
}

TEST(TransportStanding, IsUsedAfterMoreThanTheTwoSecondsOfAPostOfACheck) {
  HttpServer server([](const support::HttpRequest&) { return HttpResponse{}; });
  TransportRig rig(UpstreamAt(server.Url()));
  EXPECT_EQ(rig.Post().status, 200);
  std::this_thread::sleep_for(std::chrono::milliseconds(2200));  // what the rule is about
  EXPECT_EQ(rig.Post().status, 200);
  EXPECT_EQ(server.connections(), 1U);
}

TEST(TransportNames, AreResolvedByTheRegionsResolvers) {
  HttpServer server([](const support::HttpRequest&) { return HttpResponse{}; });
  support::DnsServer names([](const support::DnsQuery& query) {
    if (query.name != "upstream.example" || query.type != support::kTypeA) {
      return support::DnsReply{.rcode = support::kRcodeNxdomain};
    }
    return support::DnsReply{
        .answer = {support::DnsRecord::Address("upstream.example", "127.0.0.1")}};
  });
  Region region;
  region.resolver = {"127.0.0.1:" + std::to_string(names.port())};
  const std::string port = ":" + std::to_string(server.port());
  TransportRig rig(UpstreamAt("http://upstream.example" + port + "/"), region);
  EXPECT_EQ(rig.Post().status, 200);
  EXPECT_EQ(server.Requests().at(0).Header("Host"), "upstream.example" + port);
  TransportRig other(UpstreamAt("http://gone.example/"), region);
  const PostResponse response = other.Post();
  EXPECT_EQ(response.status, 0);
  EXPECT_THAT(response.error, testing::HasSubstr("gone.example"));
}

TEST(TransportNames, ThatNobodyAnswersForAreATimeout) {
  support::DnsServer names(
      [](const support::DnsQuery&) { return support::DnsReply{.no_answer = true}; });
  Region region;
  region.resolver = {"127.0.0.1:" + std::to_string(names.port())};
  TransportRig rig(UpstreamAt("http://upstream.example/"), region);
  PostRequest request = rig.Request();
  request.timeout = std::chrono::milliseconds(300);
  const PostResponse response = rig.Post(request);
  EXPECT_EQ(response.status, 0);
  EXPECT_THAT(response.error, testing::HasSubstr("timeout after 300ms"));
}

}  // namespace
}  // namespace gaikei
