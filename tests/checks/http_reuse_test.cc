/// Connections that stand between the slots of a check, over real servers and scripted ones.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <vector>

#include "checks/io/http/connection_keeper.h"
#include "tests/checks/transport_rig.h"
#include "tests/support/http_server.h"
#include "tests/support/net_namespace.h"
#include "tests/support/nginx.h"
#include "tests/support/tls_server.h"

namespace gaikei {
namespace {

using support::HttpResponse;
using support::HttpServer;

CheckSpec ReuseSpec(const std::string& target) {
  CheckSpec spec = TransportSpec(target);
  spec.http.reuses_connection = true;
  return spec;
}

void ExpectServerAlone(const Observation& seen) {
  EXPECT_EQ(VerdictOf(seen), "pass") << seen.message;
  EXPECT_EQ(seen.http->is_reused, true);
  EXPECT_FALSE(seen.phases[Phase::kResolve]);
  EXPECT_FALSE(seen.phases[Phase::kConnect]);
  EXPECT_FALSE(seen.phases[Phase::kTls]);
  EXPECT_TRUE(seen.phases[Phase::kProcessing]);
  EXPECT_TRUE(seen.phases[Phase::kTransfer]);
  EXPECT_EQ(seen.address, "127.0.0.1");
}

void ExpectNew(const Observation& seen) {
  EXPECT_EQ(VerdictOf(seen), "pass") << seen.message;
  EXPECT_EQ(seen.http->is_reused, false);
  EXPECT_TRUE(seen.phases[Phase::kConnect]);
}

TEST(HttpReuse, MeasuresTheServerAloneFromTheSecondSlotOn) {
  const support::Nginx nginx;
  const auto slots = RunSlots(ReuseSpec(nginx.Url()), 3);
  ExpectNew(slots[0]);
  ExpectServerAlone(slots[1]);
  ExpectServerAlone(slots[2]);
  EXPECT_EQ(slots[2].port, nginx.port());
  EXPECT_TRUE(slots[2].tcp);
}

TEST(HttpReuse, IsNotDoneUnlessItIsAskedFor) {
  const support::Nginx nginx;
  for (const Observation& seen : RunSlots(TransportSpec(nginx.Url()), 2)) ExpectNew(seen);
}

TEST(HttpReuse, SendsSeveralRequestsOverOneHttp2ConnectionAndKeepsItsCertificate) {
  const io::CertifiedKey key = io::MakeCertificate({.addresses = {"127.0.0.1"}});
  support::NginxOptions options;
  options.certificate = key;
  const support::Nginx nginx(options);
  CheckSpec spec = ReuseSpec(nginx.SecureUrl());
  spec.tls.insecure = true;
  spec.expect.push_back(*expect::Expression::Compile("certificate.days_left > 5", "http"));
  const auto slots = RunSlots(spec, 3);
  ExpectNew(slots[0]);
  EXPECT_TRUE(slots[0].phases[Phase::kTls]);
  for (const std::size_t i : {1U, 2U}) {
    ExpectServerAlone(slots[i]);
    EXPECT_EQ(slots[i].http->version, "2");
    ASSERT_TRUE(slots[i].tls);
    EXPECT_EQ(slots[i].tls->alpn, "h2");
    ASSERT_FALSE(slots[i].tls->chain.empty());
    EXPECT_EQ(slots[i].tls->chain[0].sha256, slots[0].tls->chain[0].sha256);
  }
}

TEST(HttpReuse, ConnectsAnewWithoutAWordWhenTheServerHasClosedTheIdleConnection) {
  // The server says keep-alive and closes nevertheless, after the first answer.
  const support::TcpServer server([](support::Connection& connection) {
    support::ReadHttpRequest(connection);
    connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  const auto slots = RunSlots(ReuseSpec("http://" + server.Authority() + "/"), 4);
  for (const Observation& seen : slots) ExpectNew(seen);
  EXPECT_EQ(server.connections(), 4U);
}

/// Answers the first request of each connection, and closes or resets at the second.
class BreaksAtTheSecond {
 public:
  explicit BreaksAtTheSecond(bool resets)
      : server_([this, resets](support::Connection& connection) {
          if (!support::ReadHttpRequest(connection)) return;
          connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
          ++requests_;
          if (!support::ReadHttpRequest(connection)) return;
          ++requests_;
          if (resets) connection.Reset();
        }) {}
  std::string Url() const { return "http://" + server_.Authority() + "/"; }
  int requests() const { return requests_; }

 private:
  std::atomic<int> requests_ = 0;
  support::TcpServer server_;
};

TEST(HttpReuse, AsksAgainOnANewConnectionWhenTheOldOneBreaksUnderAGet) {
  for (const bool resets : {false, true}) {
    const BreaksAtTheSecond server(resets);
    const auto slots = RunSlots(ReuseSpec(server.Url()), 3);
    for (const Observation& seen : slots) ExpectNew(seen);
    // Each slot but the first asked in vain, and then again.
    EXPECT_EQ(server.requests(), 5) << resets;
  }
}

TEST(HttpReuse, DoesNotSendAPostTwice) {
  const BreaksAtTheSecond server(false);
  CheckSpec spec = ReuseSpec(server.Url());
  spec.http.method = "POST";
  const auto slots = RunSlots(spec, 2);
  ExpectNew(slots[0]);
  EXPECT_EQ(VerdictOf(slots[1]), "fail truncated processing");
  EXPECT_THAT(slots[1].message, testing::HasSubstr("a POST is not sent twice"));
  EXPECT_EQ(server.requests(), 2);
}

TEST(HttpReuse, KeepsNoConnectionThatIsStillAnswering) {
  std::atomic<int> count = 0;
  support::TcpServer server([&](support::Connection& connection) {
    while (support::ReadHttpRequest(connection)) {
      ++count;
      connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly a part");
      connection.WaitUntilClosed();
    }
  });
  CheckSpec spec = ReuseSpec("http://" + server.Authority() + "/");
  spec.timeout = std::chrono::milliseconds(150);
  const auto slots = RunSlots(spec, 2);
  for (const Observation& seen : slots) {
    EXPECT_EQ(VerdictOf(seen), "fail transfer_timeout transfer");
    EXPECT_EQ(seen.http->is_reused, false);
  }
  EXPECT_EQ(server.connections(), 2U);
}

TEST(HttpReuse, TellsATimeoutOfTheServerOnAConnectionThatStood) {
  const support::TcpServer server([](support::Connection& connection) {
    support::ReadHttpRequest(connection);
    connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    support::ReadHttpRequest(connection);
    connection.WaitUntilClosed();
  });
  CheckSpec spec = ReuseSpec("http://" + server.Authority() + "/");
  spec.timeout = std::chrono::milliseconds(300);
  const auto slots = RunSlots(spec, 2);
  EXPECT_EQ(VerdictOf(slots[1]), "fail response_timeout processing");
  EXPECT_EQ(slots[1].http->is_reused, true);
}

TEST(HttpReuse, FindsOutThatAConnectionDiedWithoutAWord) {
  support::CableOfNamespaces cable;
  std::optional<HttpServer> server;
  support::RunInNamespace(cable.target(), [&] {
    server.emplace([](const support::HttpRequest&) { return HttpResponse{}; },
                   support::ListenOptions{.address = cable.kTarget4});
  });
  std::vector<Observation> slots;
  support::RunInNamespace(cable.prober(), [&] {
    CheckSpec spec = ReuseSpec(server->Url());
    slots = RunSlots(spec, 2, [&] { cable.ForgetConnections(server->port()); });
  });
  support::RunInNamespace(cable.target(), [&] { server.reset(); });
  for (const Observation& seen : slots) {
    EXPECT_EQ(VerdictOf(seen), "pass") << seen.message;
    EXPECT_EQ(seen.http->is_reused, false);
  }
  EXPECT_GE(slots[1].phases.other, std::chrono::milliseconds(900));
}

TEST(HttpReuse, LooksAtTheNewCertificateOnceTheOldConnectionIsGone) {
  const io::CertifiedKey first = io::MakeCertificate({.addresses = {"127.0.0.1"}});
  const io::CertifiedKey second = io::MakeCertificate({.addresses = {"127.0.0.1"}});
  const auto old_one = support::TlsServer::Wrap({.certificate = first});
  const auto new_one = support::TlsServer::Wrap({.certificate = second});
  std::atomic<int> requests = 0;
  const HttpServer server(
      [&](const support::HttpRequest&) { return HttpResponse{.close = ++requests == 2}; },
      [&](support::Fd fd, std::size_t number, const support::StopSignal& stop) {
        return (number == 0 ? old_one : new_one)(std::move(fd), number, stop);
      },
      "https");
  CheckSpec spec = ReuseSpec(server.Url());
  spec.tls.insecure = true;
  const auto slots = RunSlots(spec, 4);
  ExpectServerAlone(slots[1]);
  ExpectNew(slots[2]);
  ExpectServerAlone(slots[3]);
  EXPECT_EQ(slots[0].tls->chain[0].sha256, slots[1].tls->chain[0].sha256);
  EXPECT_NE(slots[1].tls->chain[0].sha256, slots[2].tls->chain[0].sha256);
  EXPECT_EQ(slots[2].tls->chain[0].sha256, slots[3].tls->chain[0].sha256);
}

TEST(HttpReuse, UsesNoConnectionToAnotherAddressThanTheOneToBeChecked) {
  const auto answer = [](const support::HttpRequest&) { return HttpResponse{}; };
  const HttpServer one(answer);
  const HttpServer two(answer, support::ListenOptions{.address = "127.0.0.2", .port = one.port()});
  const CheckSpec spec = ReuseSpec("http://shop.example:" + std::to_string(one.port()) + "/");
  const std::vector<std::string> wanted = {"127.0.0.1", "127.0.0.2", "127.0.0.1", "127.0.0.2"};
  std::vector<io::Address> peers;
  for (const std::string& text : wanted) peers.push_back(*io::Address::Parse(text, one.port()));
  const auto slots = RunSlots(spec, 4, {}, peers);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(slots[i].address, wanted[i]);
    EXPECT_EQ(slots[i].http->is_reused, i >= 2);
  }
  EXPECT_EQ(one.connections(), 1U);
  EXPECT_EQ(two.connections(), 1U);
}

TEST(ConnectionKeeper, DropsWhatBelongsToNobody) {
  io::ConnectionKeeper keeper;
  auto first = std::make_shared<int>(1);
  const auto second = std::make_shared<int>(2);
  io::ConnectionCache* cache = &keeper.For(first, "a");
  EXPECT_EQ(&keeper.For(first, "a"), cache);
  EXPECT_NE(&keeper.For(first, "b"), cache);
  EXPECT_EQ(keeper.size(), 2U);
  first.reset();
  keeper.For(second, "a");
  EXPECT_EQ(keeper.size(), 1U);
}

}  // namespace
}  // namespace gaikei
