/// TLS as an HTTP check meets it: handshakes that fail, certificates that must not pass.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/checks/http_rig.h"
#include "tests/support/tcp_server.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;
using support::Connection;
using support::TcpServer;
using testing::HasSubstr;

/// Runs against a server that lets the ClientHello come, then tells its story.
Observation RunHandshake(const TcpServer::Handler& story) {
  TcpServer server([&](Connection& c) {
    c.ReadSome();
    story(c);
  });
  return RunHttp(HttpSpec("https://" + server.Authority() + "/"));
}

TEST(HttpTls, AnAlertIsToldByItsName) {
  struct Case {
    char number;
    std::string name;
  };
  for (const Case& c : {Case{40, "handshake failure (40)"}, Case{70, "protocol version (70)"},
                        Case{112, "unrecognized name (112)"}}) {
    const Observation seen = RunHandshake([&](Connection& connection) {
      connection.Write(std::string("\x15\x03\x03\x00\x02\x02", 6) + c.number);
      connection.CloseGracefully();
    });
    EXPECT_EQ(Verdict(seen), "fail tls_alert tls");
    EXPECT_THAT(seen.message, HasSubstr(c.name));
    EXPECT_FALSE(seen.tls);
  }
}

TEST(HttpTls, PlainHttpOnItsPortIsATlsProtocolError) {
  const Observation seen = RunHandshake([](Connection& c) {
    c.Write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    c.CloseGracefully();
  });
  EXPECT_EQ(Verdict(seen), "fail tls_protocol tls");
  EXPECT_FALSE(seen.phases[Phase::kProcessing]);
}

TEST(HttpTls, CloseInTheHandshakeIsATlsProtocolError) {
  const Observation seen = RunHandshake([](Connection& c) { c.CloseGracefully(); });
  EXPECT_EQ(Verdict(seen), "fail tls_protocol tls") << seen.message;
}

TEST(HttpTls, ResetInTheHandshakeIsAReset) {
  const Observation seen = RunHandshake([](Connection& c) { c.Reset(); });
  EXPECT_EQ(Verdict(seen), "fail reset tls") << seen.message;
}

}  // namespace
}  // namespace gaikei
