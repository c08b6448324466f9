/// HTTP requests through proxies: squid and danted, and scripted ones that mean no good.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <optional>
#include <string>

#include "tests/checks/transport_rig.h"
#include "tests/support/dante.h"
#include "tests/support/free_port.h"
#include "tests/support/http_server.h"
#include "tests/support/nginx.h"
#include "tests/support/squid.h"
#include "tests/support/tcp_server.h"

namespace gaikei {
namespace {

using support::Connection;
using support::TcpServer;
using testing::HasSubstr;
using testing::Not;
using Type = ProxyOptions::Type;

CheckSpec Through(Type type, std::uint16_t port, const std::string& target) {
  CheckSpec spec = TransportSpec(target);
  spec.http.proxy.type = type;
  spec.http.proxy.host = "127.0.0.1";
  spec.http.proxy.port = port;
  return spec;
}

void AddUser(CheckSpec& spec, const std::string& password = "proxy-secret") {
  spec.http.proxy.user = Secret("probe");
  spec.http.proxy.password = Secret(password);
}

support::NginxOptions WithTls() {
  support::NginxOptions options;
  options.certificate = io::MakeCertificate({.addresses = {"127.0.0.1"}});
  return options;
}

/// What a proxy that cannot be used gives, whoever is to blame.
void ExpectOwnWayOut(const Observation& seen, Blame blame) {
  EXPECT_EQ(VerdictOf(seen).substr(0, 27), "unknown prober_network_down") << VerdictOf(seen);
  EXPECT_EQ(seen.blame, blame);
  EXPECT_THAT(seen.message, HasSubstr("the proxy 127.0.0.1:"));
  EXPECT_THAT(seen.message, Not(HasSubstr("secret")));
}

TEST(HttpProxy, IsAskedForPlainTargetsInAbsoluteForm) {
  const support::Squid squid;
  const support::Nginx nginx;
  const Observation seen = RunOnce(Through(Type::kHttp, squid.port(), nginx.Url()));
  EXPECT_EQ(VerdictOf(seen), "pass") << seen.message << squid.log();
  ASSERT_TRUE(seen.http->proxy);
  EXPECT_EQ(seen.http->proxy->type, "http");
  EXPECT_EQ(seen.http->proxy->address, "127.0.0.1:" + std::to_string(squid.port()));
  EXPECT_EQ(seen.http->proxy->status, 0);
  EXPECT_TRUE(seen.phases[Phase::kConnect]);
  EXPECT_FALSE(seen.phases[Phase::kTls]);
  EXPECT_EQ(seen.address, "") << "the proxy alone knows";
}

TEST(HttpProxy, OpensATunnelToAnHttpsTargetAndCountsItAsConnecting) {
  const support::Squid squid(true);
  const support::Nginx nginx(WithTls());
  CheckSpec spec = Through(Type::kHttp, squid.port(), nginx.SecureUrl());
  spec.tls.insecure = true;
  AddUser(spec);
  const Observation seen = RunOnce(spec);
  EXPECT_EQ(VerdictOf(seen), "pass") << seen.message << squid.log();
  EXPECT_EQ(seen.http->version, "2");
  ASSERT_TRUE(seen.http->proxy);
  EXPECT_EQ(seen.http->proxy->status, 200);
  EXPECT_GT(seen.http->proxy->duration.count(), 0);
  EXPECT_LE(seen.http->proxy->duration, *seen.phases[Phase::kConnect]);
  EXPECT_TRUE(seen.phases[Phase::kTls]);
  ASSERT_TRUE(seen.tls);
  EXPECT_FALSE(seen.tls->chain.empty());
  for (const auto& [name, value] : seen.http->headers) EXPECT_NE(name, "X-Squid-Error");
}

TEST(HttpProxy, UsesATunnelAgainWhenConnectionsAreReused) {
  const support::Squid squid(true);
  const support::Nginx nginx(WithTls());
  CheckSpec spec = Through(Type::kHttp, squid.port(), nginx.SecureUrl());
  spec.tls.insecure = true;
  spec.http.reuses_connection = true;
  AddUser(spec);
  const auto slots = RunSlots(spec, 2);
  EXPECT_EQ(VerdictOf(slots[1]), "pass") << slots[1].message;
  EXPECT_EQ(slots[1].http->is_reused, true);
  EXPECT_FALSE(slots[1].phases[Phase::kConnect]);
  EXPECT_EQ(slots[1].http->proxy->address, slots[0].http->proxy->address);
}

TEST(HttpProxy, WithoutGoodCredentialsIsAnErrorOfTheConfiguration) {
  const support::Squid squid(true);
  const support::Nginx nginx(WithTls());
  for (const std::string& target : {nginx.Url(), nginx.SecureUrl()}) {
    for (const bool has_user : {false, true}) {
      CheckSpec spec = Through(Type::kHttp, squid.port(), target);
      if (has_user) AddUser(spec, "another-secret");
      const Observation seen = RunOnce(spec);
      ExpectOwnWayOut(seen, Blame::kConfig);
      EXPECT_THAT(seen.message, HasSubstr("407"));
    }
  }
}

TEST(HttpProxy, ThatCannotReachTheTargetIsBelieved) {
  const support::Squid squid;
  const support::RefusingPort closed;
  const std::string authority = "127.0.0.1:" + std::to_string(closed.port());
  const Observation seen = RunOnce(Through(Type::kHttp, squid.port(), "https://" + authority));
  EXPECT_EQ(VerdictOf(seen), "fail connect_unreachable connect");
  EXPECT_THAT(seen.message, HasSubstr("says: status 503 to CONNECT"));
  EXPECT_EQ(seen.http->proxy->status, 503);
  EXPECT_EQ(seen.http->status, 0) << "the target has answered nothing";
}

TEST(HttpProxy, SpeaksSocksWithAndWithoutCredentials) {
  const support::Nginx nginx(WithTls());
  for (const bool has_user : {false, true}) {
    const support::Dante dante(has_user);
    for (const Type type : {Type::kSocks5, Type::kSocks5h}) {
      for (const std::string& target : {nginx.Url(), nginx.SecureUrl()}) {
        CheckSpec spec = Through(type, dante.port(), target);
        spec.tls.insecure = true;
        if (has_user) AddUser(spec);
        const Observation seen = RunOnce(spec);
        EXPECT_EQ(VerdictOf(seen), "pass") << seen.message << dante.log();
        ASSERT_TRUE(seen.http->proxy);
        EXPECT_GT(seen.http->proxy->duration.count(), 0);
        EXPECT_LE(seen.http->proxy->duration, *seen.phases[Phase::kConnect]);
        EXPECT_EQ(seen.address, type == Type::kSocks5 ? "127.0.0.1" : "");
      }
    }
  }
}

TEST(HttpProxy, KeepsWhatTheWayTookWhereTheTargetAsksWhoWeAre) {
  support::HttpServer server([](const support::HttpRequest& request) {
    if (!request.Header("Authorization").empty()) return support::HttpResponse{};
    return support::HttpResponse{
        .status = 401,
        .headers = {{"WWW-Authenticate", "Digest realm=\"r\", nonce=\"n\", qop=\"auth\""}}};
  });
  const support::Dante dante(false);
  CheckSpec spec = Through(Type::kSocks5, dante.port(), server.Url());
  spec.http.auth.scheme = HttpAuth::Scheme::kDigest;
  spec.http.auth.user = Secret("probe");
  spec.http.auth.password = Secret("secret");
  const Observation seen = RunOnce(spec);
  EXPECT_EQ(VerdictOf(seen), "pass") << seen.message << dante.log();
  EXPECT_EQ(server.Requests().size(), 2U);
  EXPECT_EQ(server.Requests().back().connection, server.Requests().front().connection);
  ASSERT_TRUE(seen.http->proxy);
  EXPECT_GT(seen.http->proxy->duration.count(), 0);
}

TEST(HttpProxy, ResolvesTheTargetHereForSocks5AndNotForSocks5h) {
  const support::Dante dante;
  const support::Nginx nginx;
  const std::string target = "http://localhost:" + std::to_string(nginx.port()) + "/hello";
  CheckSpec spec = Through(Type::kSocks5, dante.port(), target);
  spec.family = Family::kIpv4;
  const Observation here = RunOnce(spec);
  EXPECT_EQ(VerdictOf(here), "pass") << here.message << dante.log();
  EXPECT_TRUE(here.phases[Phase::kResolve]);
  EXPECT_EQ(here.address, "127.0.0.1");
  const Observation there = RunOnce(Through(Type::kSocks5h, dante.port(), target));
  EXPECT_EQ(VerdictOf(there), "pass") << there.message << dante.log();
  EXPECT_FALSE(there.phases[Phase::kResolve]);
  spec.deny_private = true;
  EXPECT_EQ(VerdictOf(RunOnce(spec)), "unknown address_blocked");
}

TEST(HttpProxy, TakesWhatDanteSaysOfTheTargetAndOfUs) {
  const support::Dante dante(true);
  const support::RefusingPort closed;
  const std::string port = std::to_string(closed.port());
  CheckSpec spec = Through(Type::kSocks5h, dante.port(), "http://127.0.0.1:" + port);
  AddUser(spec);
  Observation seen = RunOnce(spec);
  EXPECT_EQ(VerdictOf(seen), "fail connect_refused connect") << seen.message;
  EXPECT_THAT(seen.message, HasSubstr("says: connection refused"));

  AddUser(spec, "another-secret");
  seen = RunOnce(spec);
  ExpectOwnWayOut(seen, Blame::kConfig);

  spec = Through(Type::kSocks5h, dante.port(), "http://127.0.0.9:" + port);
  AddUser(spec);
  seen = RunOnce(spec);
  ExpectOwnWayOut(seen, Blame::kConfig);
  EXPECT_THAT(seen.message, HasSubstr("its rules"));
}

TEST(HttpProxy, ThatIsNotThereIsOurOwnWayOut) {
  const support::RefusingPort closed;
  for (const Type type : {Type::kHttp, Type::kSocks5, Type::kSocks5h}) {
    const Observation seen = RunOnce(Through(type, closed.port(), "http://127.0.0.1:1/"));
    ExpectOwnWayOut(seen, Blame::kProber);
    EXPECT_THAT(seen.message, HasSubstr("refused"));
  }
}

/// Answers whatever comes first with these bytes and says no more.
Observation BehindProxyThatSays(Type type, const std::string& bytes, bool closes = false,
                                const std::string& target = "https://127.0.0.1:1/") {
  const TcpServer proxy([&](Connection& connection) {
    connection.ReadSome();
    connection.Write(bytes);
    if (!closes) connection.WaitUntilClosed();
  });
  CheckSpec spec = Through(type, proxy.port(), target);
  spec.timeout = std::chrono::milliseconds(400);
  AddUser(spec);
  return RunOnce(spec);
}

TEST(HttpProxy, ThatHangsIsOurOwnWayOut) {
  for (const Type type : {Type::kHttp, Type::kSocks5, Type::kSocks5h}) {
    const Observation seen = BehindProxyThatSays(type, "");
    ExpectOwnWayOut(seen, Blame::kProber);
    EXPECT_EQ(seen.phase, Phase::kConnect);
    EXPECT_THAT(seen.message, HasSubstr("timeout after"));
  }
}

TEST(HttpProxy, ThatSpeaksGarbageIsOurOwnWayOut) {
  for (const Type type : {Type::kHttp, Type::kSocks5, Type::kSocks5h}) {
    ExpectOwnWayOut(BehindProxyThatSays(type, "what?\r\n\r\n\x01\x02\x03", true), Blame::kProber);
    ExpectOwnWayOut(BehindProxyThatSays(type, "", true), Blame::kProber);
  }
}

TEST(HttpProxy, IsReadNoMoreOfThanIsNeeded) {
  const TcpServer proxy([](Connection& connection) {
    connection.ReadSome();
    if (!connection.Write("HTTP/1.1 200 OK\r\n")) return;
    const std::string line = "X-More: " + std::string(1000, 'x') + "\r\n";
    while (connection.Write(line)) {
    }
  });
  const Observation seen = RunOnce(Through(Type::kHttp, proxy.port(), "https://127.0.0.1:1/"));
  ExpectOwnWayOut(seen, Blame::kProber);
  EXPECT_THAT(seen.message, HasSubstr("more than 64 KiB"));
  const Observation body = BehindProxyThatSays(
      Type::kHttp, "HTTP/1.1 502 Bad\r\nContent-Length: 999999\r\n\r\n" + std::string(999999, 'y'));
  EXPECT_EQ(VerdictOf(body), "fail connect_unreachable connect") << "the status says it all";
}

TEST(HttpProxy, SaysInItsStatusWhatItThinksOfTheTarget) {
  const auto says = [](const std::string& status) {
    return BehindProxyThatSays(Type::kHttp, "HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n");
  };
  EXPECT_EQ(VerdictOf(says("502 Bad Gateway")), "fail connect_unreachable connect");
  EXPECT_EQ(VerdictOf(says("503 Unavailable")), "fail connect_unreachable connect");
  EXPECT_EQ(VerdictOf(says("504 Timeout")), "fail connect_timeout connect");
  ExpectOwnWayOut(says("403 Forbidden"), Blame::kConfig);
  ExpectOwnWayOut(says("500 Oops"), Blame::kProber);
}

TEST(HttpProxy, GetsHeadersThatTheTargetDoesNotGet) {
  const support::HttpServer target(
      [](const support::HttpRequest&) { return support::HttpResponse{}; });
  support::HttpServer proxy([&](const support::HttpRequest&) { return support::HttpResponse{}; });
  CheckSpec spec = Through(Type::kHttp, proxy.port(), target.Url("/path"));
  spec.http.proxy.headers.emplace_back("X-Tenant", Secret("tenant-7"));
  spec.http.headers.emplace_back("X-Own", Secret("own", false));
  const Observation seen = RunOnce(spec);
  EXPECT_EQ(VerdictOf(seen), "pass") << seen.message;
  ASSERT_EQ(proxy.Requests().size(), 1U);
  EXPECT_EQ(proxy.Requests()[0].target, target.Url("/path"));
  EXPECT_EQ(proxy.Requests()[0].Header("X-Tenant"), "tenant-7");
  EXPECT_EQ(proxy.Requests()[0].Header("X-Own"), "own");
  EXPECT_EQ(target.connections(), 0U);

  std::string connect;
  const TcpServer tunnel([&](Connection& connection) {
    connect = connection.ReadUntil("\r\n\r\n").value_or("");
    connection.Write("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
  });
  spec.http.proxy.port = tunnel.port();
  spec.target = Secret("https://shop.example/path", false);
  ExpectOwnWayOut(RunOnce(spec), Blame::kConfig);
  EXPECT_THAT(connect, HasSubstr("CONNECT shop.example:443 HTTP/1.1\r\n"));
  EXPECT_THAT(connect, HasSubstr("X-Tenant: tenant-7\r\n"));
  EXPECT_THAT(connect, Not(HasSubstr("X-Own")));
}

TEST(HttpProxy, IsNeverTakenFromTheEnvironment) {
  const support::RefusingPort closed;
  const support::Nginx nginx;
  const std::string proxy = "http://127.0.0.1:" + std::to_string(closed.port());
  for (const char* name : {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"}) {
    setenv(name, proxy.c_str(), 1);
  }
  const Observation seen = RunOnce(TransportSpec(nginx.Url()));
  for (const char* name : {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"}) unsetenv(name);
  EXPECT_EQ(VerdictOf(seen), "pass") << seen.message;
}

TEST(HttpProxy, IsRefusedWithWhatItCannotHonour) {
  const auto why = [](Type type, const auto& change) {
    CheckSpec spec = Through(type, 3128, "http://shop.example/");
    change(spec);
    return WhyNoCheck(spec);
  };
  const auto denies = [](CheckSpec& spec) { spec.deny_private = true; };
  const auto all = [](CheckSpec& spec) { spec.addresses = AddressPolicy::kAll; };
  const auto address = [](CheckSpec& spec) { spec.address = "192.0.2.1"; };
  EXPECT_THAT(why(Type::kHttp, denies), HasSubstr("deny_private: the proxy resolves"));
  EXPECT_THAT(why(Type::kSocks5h, denies), HasSubstr("deny_private: the proxy resolves"));
  EXPECT_EQ(why(Type::kSocks5, denies), "");
  EXPECT_THAT(why(Type::kSocks5h, all), HasSubstr("addresses: the proxy resolves"));
  EXPECT_THAT(why(Type::kHttp, address), HasSubstr("address: the proxy resolves"));
  EXPECT_EQ(why(Type::kSocks5h, address), "");
  EXPECT_THAT(why(Type::kHttp, [](CheckSpec& spec) { spec.http.unix_socket = "/run/a"; }),
              HasSubstr("unix_socket beside proxy"));
}

}  // namespace
}  // namespace gaikei
