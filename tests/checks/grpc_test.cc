/// Kind `grpc` on real sockets, against servers that answer as they are told.

#include "checks/grpc/grpc.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "checks/io/tls/certificate_maker.h"
#include "tests/checks/http_rig.h"
#include "tests/support/free_port.h"
#include "tests/support/grpc_call.h"
#include "tests/support/tcp_server.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tls_server.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;
using std::string_literals::operator""s;
using support::Connection;
using support::GrpcMessage;
using support::H2Data;
using support::H2Head;
using support::H2Trailers;
using support::HealthAnswer;
using support::TcpServer;
using testing::HasSubstr;

CheckSpec GrpcSpec(std::uint16_t port, const std::string& service = "") {
  return SpecOf("grpc", "grpc://127.0.0.1:" + std::to_string(port) + "/" + service);
}

expect::Expression ExpectGrpc(const std::string& text) {
  auto compiled = expect::Expression::Compile(text, "grpc");
  EXPECT_TRUE(compiled) << compiled.error().message;
  return *compiled;
}

void Silent(Connection& connection) { connection.WaitUntilClosed(); }

/// Answers every call with these bytes, and then waits.
TcpServer::Handler Answering(std::string bytes) {
  return [bytes = std::move(bytes)](Connection& connection) {
    if (support::TakeGrpcCall(connection) && connection.Write(bytes)) connection.WaitUntilClosed();
  };
}

const support::H2Fields kHead = {{":status", "200"}, {"content-type", "application/grpc+proto"}};

/// What a check makes of a server that answers so.
Observation Look(const std::string& bytes) {
  TcpServer server(Answering(bytes));
  return RunCheck(GrpcSpec(server.port()));
}

std::string VerdictAndMessage(const Observation& seen) {
  return Verdict(seen) + ": " + seen.message;
}

TEST(Grpc, PassesOnAServerThatIsServing) {
  TcpServer server(Answering(HealthAnswer()));
  const Observation seen = RunCheck(GrpcSpec(server.port(), "shop.Cart"));
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  ASSERT_TRUE(seen.grpc);
  EXPECT_EQ(seen.grpc->service, "shop.Cart");
  EXPECT_EQ(seen.grpc->serving_status, "SERVING");
  EXPECT_EQ(seen.grpc->status, 0);
  EXPECT_EQ(seen.grpc->status_name, "OK");
  EXPECT_TRUE(seen.phases[Phase::kConnect]);
  EXPECT_TRUE(seen.phases[Phase::kProcessing]);
  EXPECT_TRUE(seen.phases[Phase::kTransfer]);
  EXPECT_FALSE(seen.phases[Phase::kTls]);
  EXPECT_TRUE(seen.tcp);
}

TEST(Grpc, FailsOnAServerThatIsNotServing) {
  EXPECT_EQ(VerdictAndMessage(Look(HealthAnswer(2))),
            "fail expect_serving_status: NOT_SERVING, expected SERVING");
  EXPECT_EQ(VerdictAndMessage(Look(HealthAnswer(0))),
            "fail expect_serving_status: UNKNOWN, expected SERVING");
  EXPECT_EQ(VerdictAndMessage(Look(HealthAnswer(9))),
            "fail expect_serving_status: 9, expected SERVING");
}

TEST(Grpc, LetsAnExpectationTakeThePlaceOfServing) {
  TcpServer server(Answering(HealthAnswer(2)));
  CheckSpec spec = GrpcSpec(server.port());
  spec.expect = {ExpectGrpc("serving_status == 'NOT_SERVING'"),
                 ExpectGrpc("header.content-type == 'application/grpc'"),
                 ExpectGrpc("header.grpc-status == '0'")};
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  spec.expect = {ExpectGrpc("serving_status in ['SERVING', 'UNKNOWN']")};
  EXPECT_EQ(Verdict(RunCheck(spec)), "fail expect_serving_status");
  spec.expect = {ExpectGrpc("duration < 10s")};
  EXPECT_EQ(Verdict(RunCheck(spec)), "fail expect_serving_status");
}

TEST(Grpc, TellsWhatTheCallCameToInTrailersAndInAHeadAlone) {
  const Observation alone =
      Look(H2Head({{":status", "200"},
                   {"content-type", "application/grpc"},
                   {"grpc-status", "12"},
                   {"grpc-message", "unknown service %1b[2J grpc.health.v1.Health"}},
                  true));
  EXPECT_EQ(VerdictAndMessage(alone),
            "fail expect_serving_status: grpc-status 12 UNIMPLEMENTED: unknown service \\x1b[2J "
            "grpc.health.v1.Health");
  EXPECT_EQ(alone.grpc->status, 12);
  EXPECT_EQ(alone.grpc->serving_status, "");
  EXPECT_EQ(VerdictAndMessage(Look(H2Head(kHead) + H2Trailers({{"grpc-status", "5"}}))),
            "fail expect_serving_status: grpc-status 5 NOT_FOUND");
  EXPECT_EQ(
      VerdictAndMessage(Look(H2Head(kHead) + H2Data(GrpcMessage("\x08\x01")) +
                             H2Trailers({{"grpc-status", "14"}, {"grpc-message", "draining"}}))),
      "fail expect_serving_status: grpc-status 14 UNAVAILABLE: draining");
}

TEST(Grpc, CountsAnExpectationOfACallThatFailedAsFalseAndSaysWhy) {
  TcpServer server(
      Answering(H2Head(kHead) + H2Trailers({{"grpc-status", "16"}, {"grpc-message", "no token"}})));
  CheckSpec spec = GrpcSpec(server.port());
  spec.expect = {ExpectGrpc("serving_status != 'SERVING'")};
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "fail expect_serving_status");
  EXPECT_THAT(seen.message, HasSubstr("(grpc-status 16 UNAUTHENTICATED: no token)"));
  EXPECT_FALSE(seen.expect.front().pass);
}

TEST(Grpc, FailsOnWhatIsNoAnswerOfAGrpcServer) {
  const std::string good = H2Data(GrpcMessage("\x08\x01"));
  const std::string ok = H2Trailers({{"grpc-status", "0"}});
  const auto look = [](const std::string& bytes) { return VerdictAndMessage(Look(bytes)); };
  EXPECT_EQ(look(H2Head({{":status", "404"}, {"content-type", "text/html"}}, true)),
            "fail protocol_error transfer: HTTP status 404 with content-type text/html; a gRPC "
            "server answers 200 whatever it says");
  EXPECT_EQ(look(H2Head({{":status", "200"}, {"content-type", "text/html"}}) + H2Data("x", true)),
            "fail protocol_error transfer: content-type text/html, which is no gRPC");
  EXPECT_EQ(look(H2Head({{":status", "200"}, {"content-type", "application/grpcx"}}) + good + ok),
            "fail protocol_error transfer: content-type application/grpcx, which is no gRPC");
  EXPECT_EQ(look(H2Head({{":status", "200"}}) + good + ok),
            "fail protocol_error transfer: no content-type, which is no gRPC");
  EXPECT_EQ(look(H2Head(kHead) + H2Data(GrpcMessage("\x08\x01"), true)),
            "fail protocol_error transfer: an answer that ends without a grpc-status");
  EXPECT_EQ(look(H2Head(kHead) + good + H2Trailers({{"grpc-status", "zero"}})),
            "fail protocol_error transfer: grpc-status \"zero\"");
  EXPECT_EQ(look(H2Head(kHead) + ok),
            "fail protocol_error transfer: grpc-status 0, and no message");
  EXPECT_EQ(look(H2Head(kHead) + H2Data("\0\0\0\0\x09\x08\x01"s) + ok),
            "fail protocol_error transfer: a message that says it has 9 bytes, and 2 came");
  EXPECT_EQ(look(H2Head(kHead) + good + good + ok),
            "fail protocol_error transfer: a message that says it has 2 bytes, and 9 came");
  EXPECT_EQ(look(H2Head(kHead) + H2Data("\x01\0\0\0\x02\x08\x01"s) + ok),
            "fail protocol_error transfer: a compressed message, though no compression was asked "
            "for");
}

TEST(Grpc, ReadsNoMessageAboveItsLimit) {
  std::string bytes = H2Head(kHead);
  for (int i = 0; i < 5; ++i) bytes += H2Data(std::string(16000, 'x'));
  const Observation seen = Look(bytes);
  EXPECT_EQ(Verdict(seen), "fail too_large transfer") << seen.message;
  EXPECT_EQ(VerdictAndMessage(
                Look(H2Head(kHead) + H2Data("\0\0\x7f\0\0"s) + H2Trailers({{"grpc-status", "0"}}))),
            "fail too_large transfer: a message of 8323072 bytes; at most 65536 are read");
}

TEST(Grpc, TellsAStreamThatIsResetAndAConnectionThatGoesAway) {
  using support::H2Frame;
  using support::H2Type;
  const Observation reset = Look(H2Head(kHead) + H2Frame(H2Type::kReset, 0, 1, "\0\0\0\x02"s));
  // libcurl hands the head over when it has looked at all that came with it: the phase is open.
  EXPECT_EQ(reset.reason, Reason::kProtocolError) << VerdictAndMessage(reset);
  const Observation refused = Look(H2Frame(H2Type::kReset, 0, 1, "\0\0\0\x07"s));
  EXPECT_EQ(Verdict(refused), "fail protocol_error processing") << refused.message;

  TcpServer leaving([](Connection& connection) {
    if (!support::TakeGrpcCall(connection)) return;
    connection.Write(H2Head(kHead) + H2Frame(H2Type::kGoAway, 0, 0, "\0\0\0\x01\0\0\0\0"s));
    connection.CloseGracefully();
  });
  const Observation seen = RunCheck(GrpcSpec(leaving.port()));
  EXPECT_EQ(Verdict(seen), "fail truncated transfer") << seen.message;

  TcpServer dying([](Connection& connection) {
    if (support::TakeGrpcCall(connection)) connection.Reset();
  });
  EXPECT_EQ(Verdict(RunCheck(GrpcSpec(dying.port()))), "fail reset processing");
}

TEST(Grpc, TellsAServerThatSpeaksNoHttp2) {
  TcpServer server([](Connection& connection) {
    connection.ReadUntil("\r\n\r\n");
    connection.Write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    connection.CloseGracefully();
  });
  const Observation seen = RunCheck(GrpcSpec(server.port()));
  EXPECT_EQ(Verdict(seen), "fail truncated processing");
  EXPECT_THAT(seen.message, HasSubstr("speaks no HTTP/2 without TLS"));
}

TEST(Grpc, TellsSilenceByItsPhase) {
  TcpServer silent(Silent);
  CheckSpec spec = GrpcSpec(silent.port());
  spec.timeout = 100ms;
  Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "fail response_timeout processing");
  EXPECT_GE(seen.duration, 100ms);
  EXPECT_EQ(seen.grpc->status, -1);

  TcpServer slow(Answering(H2Head(kHead)));
  spec = GrpcSpec(slow.port());
  spec.timeout = 300ms;
  EXPECT_EQ(Verdict(RunCheck(spec)), "fail transfer_timeout transfer");

  const support::RefusingPort refusing;
  EXPECT_EQ(Verdict(RunCheck(GrpcSpec(refusing.port()))), "fail connect_refused connect");
}

TEST(Grpc, ShowsNoSecretThatTheServerSendsBack) {
  TcpServer server(Answering(H2Head(kHead) + H2Trailers({{"grpc-status", "16"},
                                                         {"grpc-message", "bad canary%2d7 here"},
                                                         {"x-echo", "canary-7"}})));
  CheckSpec spec = GrpcSpec(server.port());
  spec.grpc.metadata = {{"authorization", Secret("canary-7")}};
  spec.expect = {ExpectGrpc("header.x-echo == 'x'")};
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(seen.grpc->message, "<secret>");
  EXPECT_EQ(VerdictAndMessage(seen),
            "fail expect_serving_status: grpc-status 16 UNAUTHENTICATED: <secret>");
  EXPECT_EQ(seen.expect.front().actual, "<secret>");
}

TEST(Grpc, JudgesAFieldThatSendsASecretBackAsItCame) {
  TcpServer server(Answering(H2Head(kHead) + H2Data(GrpcMessage("\x08\x01")) +
                             H2Trailers({{"grpc-status", "0"}, {"x-echo", "canary-7"}})));
  CheckSpec spec = GrpcSpec(server.port());
  spec.grpc.metadata = {{"authorization", Secret("canary-7")}};
  spec.expect = {ExpectGrpc("header.x-echo matches '^canary-[0-9]$'")};
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_EQ(seen.expect.front().actual, "<secret>");
}

/// A server with a certificate that its root, written to a file, vouches for.
struct Trust {
  io::CertifiedKey root = io::MakeCertificate(
      {.common_name = "Root", .not_after = WallNow() + 24h * 365, .is_ca = true});
  support::TempDir dir;
  std::string roots = dir.Write("roots.pem", root.certificate);
  support::TlsServerOptions options{
      .certificate = io::MakeCertificate(
          {.addresses = {"127.0.0.1"}, .not_after = WallNow() + 24h * 80, .issuer = &root}),
      .alpn = {"h2"}};
  CheckSpec Spec(std::uint16_t port) const {
    CheckSpec spec = SpecOf("grpc", "grpcs://127.0.0.1:" + std::to_string(port));
    spec.tls.cacert = roots;
    return spec;
  }
};

TEST(Grpc, VerifiesTlsAndAgreesOnHttp2) {
  const Trust trust;
  support::TlsServer server(trust.options, Answering(HealthAnswer()));
  CheckSpec spec = trust.Spec(server.port());
  spec.expect = {ExpectGrpc("certificate.days_left > 30"), ExpectGrpc("tls.alpn == 'h2'")};
  Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_TRUE(seen.phases[Phase::kTls]);
  spec.tls.cacert.clear();
  seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "fail tls_cert_untrusted tls");
  EXPECT_TRUE(seen.tls);
}

TEST(Grpc, TellsAServerThatChoosesAnotherProtocol) {
  Trust trust;
  trust.options.alpn = {"http/1.1"};
  const TcpServer::Handler http1 = [](Connection& connection) {
    connection.ReadUntil("\r\n\r\n");
    connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    connection.CloseGracefully();
  };
  support::TlsServer server(trust.options, http1);
  const Observation seen = RunCheck(trust.Spec(server.port()));
  EXPECT_EQ(seen.reason, Reason::kProtocolError);
  EXPECT_EQ(seen.message, "the server chose http/1.1 by ALPN; gRPC needs h2");
  trust.options.alpn = {};
  support::TlsServer none(trust.options, http1);
  EXPECT_EQ(RunCheck(trust.Spec(none.port())).message,
            "the server chose no protocol by ALPN; gRPC needs h2");
}

TEST(Grpc, RefusesWhatCannotBeMade) {
  CheckSpec spec = GrpcSpec(1);
  spec.grpc.metadata = {{"Authorization", Secret("x")}};
  EXPECT_THAT(WhyNotMade(spec), HasSubstr("\"Authorization\" is no name"));
  spec.grpc.metadata = {{"grpc-timeout", Secret("x")}};
  EXPECT_THAT(WhyNotMade(spec), HasSubstr("follows from the call"));
  spec.grpc.metadata = {{"x", Secret("a\r\nb")}};
  EXPECT_EQ(WhyNotMade(spec).find("a\r\nb"), std::string::npos);
  EXPECT_THAT(WhyNotMade(spec), HasSubstr("beside visible ASCII"));
  spec.grpc.metadata = {{"x-bin", Secret("a\r\nb")}};
  EXPECT_EQ(WhyNotMade(spec), "");
  EXPECT_THAT(WhyNotMade(SpecOf("grpc", "grpc://host")), HasSubstr("no port"));
}

}  // namespace
}  // namespace gaikei
