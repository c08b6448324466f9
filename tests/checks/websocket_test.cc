/// Kind `websocket` on real sockets, against servers that answer as they are told.

#include "checks/websocket/websocket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "checks/io/tls/certificate_maker.h"
#include "tests/checks/http_rig.h"
#include "tests/support/free_port.h"
#include "tests/support/tcp_server.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tls_server.h"
#include "tests/support/websocket_peer.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;
using std::string_literals::operator""s;
using support::Connection;
using support::TcpServer;
using support::WebSocketFrame;
using testing::HasSubstr;
using testing::Not;
using What = DialogueStep::What;

DialogueStep Expecting(std::string pattern) {
  return {What::kExpect, Secret(std::move(pattern), false)};
}
DialogueStep Sending(std::string text) { return {What::kSend, Secret(std::move(text), false)}; }

CheckSpec WsSpec(std::uint16_t port, const std::string& path = "/chat?room=1") {
  return SpecOf("websocket", "ws://127.0.0.1:" + std::to_string(port) + path);
}

expect::Expression ExpectWs(const std::string& text) {
  auto compiled = expect::Expression::Compile(text, "websocket");
  EXPECT_TRUE(compiled) << compiled.error().message;
  return *compiled;
}

std::string WebsocketVerdict(const Observation& seen) {
  return Verdict(seen) + ": " + seen.message;
}

void Echo(Connection& connection) {
  if (support::TakeUpgrade(connection)) support::EchoWebSocket(connection);
}

/// Agrees to the upgrade, sends these bytes and answers nothing.
TcpServer::Handler Saying(std::string bytes, bool closes = false) {
  return [bytes = std::move(bytes), closes](Connection& connection) {
    if (!support::TakeUpgrade(connection) || !connection.Write(bytes)) return;
    closes ? connection.CloseGracefully() : connection.WaitUntilClosed();
  };
}

/// Answers the request with these bytes as they are.
TcpServer::Handler WebsocketAnswering(std::string bytes) {
  return [bytes = std::move(bytes)](Connection& connection) {
    connection.ReadUntil("\r\n\r\n");
    connection.Write(bytes);
    connection.CloseGracefully();
  };
}

Observation Look(const TcpServer::Handler& handler) {
  TcpServer server(handler);
  return RunCheck(WsSpec(server.port()));
}

TEST(WebSocket, PassesOnAnUpgradeAndMeasuresAPing) {
  std::promise<std::string> request;
  TcpServer server([&](Connection& connection) {
    const auto head = support::TakeUpgrade(connection);
    request.set_value(head.value_or(""));
    support::EchoWebSocket(connection);
  });
  const Observation seen = RunCheck(WsSpec(server.port()));
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  ASSERT_TRUE(seen.websocket);
  EXPECT_EQ(seen.websocket->status, 101);
  ASSERT_TRUE(seen.websocket->ping);
  EXPECT_GT(*seen.websocket->ping, 0ns);
  EXPECT_EQ(seen.websocket->close_code, 1000U);
  EXPECT_TRUE(seen.notes.empty());
  EXPECT_TRUE(seen.phases[Phase::kProcessing]);
  EXPECT_TRUE(seen.phases[Phase::kTransfer]);
  const std::string head = request.get_future().get();
  EXPECT_THAT(head, HasSubstr("GET /chat?room=1 HTTP/1.1\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nHost: 127.0.0.1:" + std::to_string(server.port()) + "\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nSec-WebSocket-Version: 13\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nUser-Agent: gaikei/1.0\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("Sec-WebSocket-Protocol")));
}

TEST(WebSocket, SendsHeadersCredentialsAndSubprotocols) {
  std::promise<std::string> request;
  TcpServer server([&](Connection& connection) {
    request.set_value(
        support::TakeUpgrade(connection, "Sec-WebSocket-Protocol: v2.shop\r\n").value_or(""));
    support::EchoWebSocket(connection);
  });
  CheckSpec spec =
      SpecOf("websocket", "ws://probe:p%40ss@127.0.0.1:" + std::to_string(server.port()));
  spec.http.headers = {{"Host", Secret("shop.example", false)}, {"X-Token", Secret("t")}};
  spec.websocket.subprotocols = {"v1.shop", "v2.shop"};
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_EQ(seen.websocket->subprotocol, "v2.shop");
  const std::string head = request.get_future().get();
  EXPECT_THAT(head, HasSubstr("GET / HTTP/1.1\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nHost: shop.example\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("Host: 127")));
  EXPECT_THAT(head, HasSubstr("\r\nX-Token: t\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nAuthorization: Basic cHJvYmU6cEBzcw==\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nSec-WebSocket-Protocol: v1.shop, v2.shop\r\n"));
}

TEST(WebSocket, FailsOnAnotherStatusUnlessThatIsExpected) {
  TcpServer server(WebsocketAnswering("HTTP/1.1 401 Unauthorized\r\nX-Why: no\r\n\r\n"));
  CheckSpec spec = WsSpec(server.port());
  EXPECT_EQ(WebsocketVerdict(RunCheck(spec)), "fail expect_status: status 401, expected 101");
  spec.expect = {ExpectWs("status == 401"), ExpectWs("header.x-why == 'no'")};
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_EQ(seen.websocket->status, 401);
  EXPECT_FALSE(seen.websocket->ping);

  EXPECT_EQ(WebsocketVerdict(Look(
                WebsocketAnswering("HTTP/1.1 302 Found\r\nLocation: wss://shop.example/\r\n\r\n"))),
            "fail expect_status: status 302, expected 101, which points to wss://shop.example/");
  TcpServer open(Echo);
  spec = WsSpec(open.port());
  spec.expect = {ExpectWs("status == 401")};
  EXPECT_EQ(Verdict(RunCheck(spec)), "fail expect_status");
}

TEST(WebSocket, FailsOnAnUpgradeThatIsNone) {
  const auto look = [](const std::string& fields) {
    return WebsocketVerdict(
        Look(WebsocketAnswering("HTTP/1.1 101 Switching\r\n" + fields + "\r\n")));
  };
  EXPECT_EQ(look(""), "fail protocol_error transfer: status 101 without \"Upgrade: websocket\"");
  EXPECT_EQ(look("Upgrade: websocket\r\n"),
            "fail protocol_error transfer: status 101 without \"Connection: Upgrade\"");
  const std::string both = "Upgrade: websocket\r\nConnection: Upgrade\r\n";
  EXPECT_EQ(look(both), "fail protocol_error transfer: status 101 without Sec-WebSocket-Accept");
  EXPECT_THAT(look(both + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"),
              HasSubstr("Sec-WebSocket-Accept is not what the key gives"));
  const auto agree = [](const std::string& more) {
    return WebsocketVerdict(Look([more](Connection& connection) {
      support::TakeUpgrade(connection, more);
      connection.WaitUntilClosed();
    }));
  };
  EXPECT_EQ(agree("Sec-WebSocket-Protocol: chat\r\n"),
            "fail protocol_error transfer: Sec-WebSocket-Protocol names one that was not offered");
  EXPECT_EQ(agree("Sec-WebSocket-Extensions: permessage-deflate\r\n"),
            "fail protocol_error transfer: Sec-WebSocket-Extensions, though none were offered");
  EXPECT_THAT(WebsocketVerdict(Look(WebsocketAnswering("SSH-2.0-OpenSSH_9.2\r\n"))),
              HasSubstr("fail protocol_error transfer: not an HTTP status line"));
}

TEST(WebSocket, SpeaksADialogueOverMessages) {
  TcpServer server([](Connection& connection) {
    if (!support::TakeUpgrade(connection)) return;
    connection.Write(WebSocketFrame(0x81, "noise") + WebSocketFrame(0x01, "welcome\n") +
                     WebSocketFrame(0x89, "are you there") + WebSocketFrame(0x80, "id=42"));
    support::EchoWebSocket(connection);
  });
  CheckSpec spec = WsSpec(server.port());
  spec.websocket.dialogue = {Expecting("id=(\\d+)$"), Sending("subscribe $1"),
                             Expecting("^subscribe 42$")};
  spec.expect = {ExpectWs("response == 'subscribe 42'"), ExpectWs("rtt < 10s")};
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_EQ(seen.websocket->dialogue,
            (std::vector<std::string>{"< noise", "< welcome\\x0aid=42", "> subscribe 42",
                                      "< subscribe 42"}));
  EXPECT_EQ(seen.websocket->response, "subscribe 42");
}

TEST(WebSocket, AnswersPingsWhileItWaits) {
  std::promise<std::string> pong;
  TcpServer server([&](Connection& connection) {
    if (!support::TakeUpgrade(connection)) return;
    connection.Write(WebSocketFrame(0x89, "hello?"));
    const auto answer = support::ReadClientFrame(connection);
    pong.set_value(answer && answer->first == 0x8a && answer->is_masked ? answer->payload : "none");
    connection.Write(WebSocketFrame(0x81, "ready"));
    support::EchoWebSocket(connection);
  });
  CheckSpec spec = WsSpec(server.port());
  spec.websocket.dialogue = {Expecting("^ready$")};
  EXPECT_EQ(Verdict(RunCheck(spec)), "pass");
  EXPECT_EQ(pong.get_future().get(), "hello?");
}

TEST(WebSocket, TakesTheFirstMessageOnlyWhenAnExpectationAsksForIt) {
  TcpServer server([](Connection& connection) {
    if (!support::TakeUpgrade(connection)) return;
    connection.Write(WebSocketFrame(0x81, "hello \x1b[2J"));
    support::EchoWebSocket(connection);
  });
  CheckSpec spec = WsSpec(server.port());
  spec.expect = {ExpectWs("response matches '^hello'")};
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_EQ(seen.websocket->response, "hello \\x1b[2J");

  TcpServer mute(Echo);
  spec = WsSpec(mute.port());
  spec.timeout = 100ms;
  spec.expect = {ExpectWs("response exists")};
  EXPECT_EQ(Verdict(RunCheck(spec)), "fail response_timeout transfer");
}

TEST(WebSocket, TellsSilenceByWhatWasGoingOn) {
  const auto look = [](TcpServer::Handler handler, std::vector<DialogueStep> dialogue = {}) {
    TcpServer server(std::move(handler));
    CheckSpec spec = WsSpec(server.port());
    spec.websocket.dialogue = std::move(dialogue);
    spec.timeout = 200ms;
    return WebsocketVerdict(RunCheck(spec));
  };
  EXPECT_EQ(look([](Connection& connection) { connection.WaitUntilClosed(); }),
            "fail response_timeout processing: timeout after 200ms: no byte of an answer");
  EXPECT_EQ(look([](Connection& connection) {
              connection.Write("HTTP/1.1 101");
              connection.WaitUntilClosed();
            }),
            "fail transfer_timeout transfer: timeout after 200ms: answer not complete");
  EXPECT_EQ(look(Saying("")), "fail response_timeout transfer: timeout after 200ms: no pong came");
  EXPECT_EQ(look(Saying(WebSocketFrame(0x8a, "another"))),
            "fail response_timeout transfer: timeout after 200ms: no pong came");
  EXPECT_EQ(look(Saying(""), {Expecting("x")}),
            "fail response_timeout transfer: timeout after 200ms: step 1 (expect \"x\"): nothing "
            "came");
  EXPECT_EQ(look(Saying(WebSocketFrame(0x81, "busy")), {Expecting("x")}),
            "fail transfer_timeout transfer: timeout after 200ms: step 1 (expect \"x\"): last "
            "came \"busy\"");
}

TEST(WebSocket, TellsWhyTheServerWentAway) {
  EXPECT_EQ(WebsocketVerdict(Look(Saying(support::CloseFrame(1013, "later")))),
            "fail truncated transfer: waiting for the pong: the server closed with code 1013 "
            "\"later\"");
  EXPECT_EQ(WebsocketVerdict(Look(Saying(WebSocketFrame(0x88, "")))),
            "fail truncated transfer: waiting for the pong: the server closed without a code");
  EXPECT_EQ(WebsocketVerdict(Look(Saying("", true))),
            "fail truncated transfer: waiting for the pong: the server ended the connection "
            "without a close frame");
  EXPECT_EQ(Verdict(Look([](Connection& connection) {
              support::TakeUpgrade(connection);
              support::ReadClientFrame(connection);
              connection.Reset();
            })),
            "fail reset transfer");
  EXPECT_EQ(Verdict(Look([](Connection& connection) {
              connection.ReadUntil("\r\n\r\n");
              connection.CloseGracefully();
            })),
            "fail truncated processing");
  TcpServer server(Saying(support::CloseFrame(4001, "not you")));
  CheckSpec spec = WsSpec(server.port());
  spec.websocket.dialogue = {Expecting("x")};
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(WebsocketVerdict(seen),
            "fail expect_response: step 1 (expect \"x\"): the server closed with code 4001 \"not "
            "you\"");
  EXPECT_EQ(seen.websocket->close_code, 4001U);
  EXPECT_EQ(seen.websocket->close_reason, "not you");
}

TEST(WebSocket, ClosesWithACodeOnWhatAServerMustNotSend) {
  const auto look = [](const std::string& bytes) {
    std::promise<unsigned> closed;
    TcpServer server([&](Connection& connection) {
      if (!support::TakeUpgrade(connection)) return;
      connection.Write(bytes);
      unsigned code = 0;
      while (const auto frame = support::ReadClientFrame(connection)) {
        if (frame->first != 0x88) continue;
        code = static_cast<unsigned>(static_cast<std::uint8_t>(frame->payload[0]) << 8 |
                                     static_cast<std::uint8_t>(frame->payload[1]));
        break;
      }
      closed.set_value(code);
    });
    const std::string verdict = WebsocketVerdict(RunCheck(WsSpec(server.port())));
    return std::to_string(closed.get_future().get()) + " " + verdict;
  };
  EXPECT_EQ(look("\xc1\x00"s),
            "1002 fail protocol_error transfer: a frame with a reserved bit set");
  EXPECT_EQ(look("\x81\x01\xff"),
            "1007 fail protocol_error transfer: a text message that is not UTF-8");
  EXPECT_EQ(look("\x81\x7f\x00\x00\x00\x00\x40\x00\x00\x00"s),
            "1009 fail too_large transfer: a message of more than 1048576 bytes");
}

TEST(WebSocket, EndsAFloodByItsLimit) {
  const auto flood = [](unsigned first, const std::string& payload) {
    return [=](Connection& connection) {
      if (!support::TakeUpgrade(connection)) return;
      const std::string frame = WebSocketFrame(first, payload);
      while (connection.Write(frame)) {
      }
    };
  };
  EXPECT_EQ(Verdict(Look(flood(0x82, std::string(60000, 'x')))), "fail too_large transfer");
  EXPECT_EQ(Verdict(Look(flood(0x89, std::string(125, 'x')))), "fail too_large transfer");
  TcpServer server(flood(0x81, std::string(60000, 'x')));
  CheckSpec spec = WsSpec(server.port());
  spec.websocket.dialogue = {Expecting("y")};
  EXPECT_EQ(WebsocketVerdict(RunCheck(spec)),
            "fail too_large transfer: step 1 (expect \"y\"): 1048576 bytes came without a match");
  EXPECT_EQ(Verdict(Look([](Connection& connection) {
              const std::string line = "X: " + std::string(1000, 'x') + "\r\n";
              connection.Write("HTTP/1.1 101 Switching\r\n");
              while (connection.Write(line)) {
              }
            })),
            "fail too_large transfer");
  EXPECT_EQ(Verdict(Look([](Connection& connection) {
              while (connection.Write(std::string(8192, 'x'))) {
              }
            })),
            "fail too_large transfer");
}

TEST(WebSocket, PassesWithANoteWhenTheServerDoesNotAnswerTheClose) {
  const auto stubborn = [](Connection& connection) {
    if (!support::TakeUpgrade(connection)) return;
    const auto ping = support::ReadClientFrame(connection);
    if (ping) connection.Write(WebSocketFrame(0x8a, ping->payload));
    connection.WaitUntilClosed();
  };
  TcpServer server(stubborn);
  CheckSpec spec = WsSpec(server.port());
  spec.timeout = 300ms;
  spec.expect = {ExpectWs("duration < 300ms")};
  Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_EQ(seen.notes, std::vector<std::string>{"the server did not answer the close frame"});
  EXPECT_LT(seen.duration, 300ms);

  TcpServer hasty([](Connection& connection) {
    if (!support::TakeUpgrade(connection)) return;
    const auto ping = support::ReadClientFrame(connection);
    if (ping) connection.Write(WebSocketFrame(0x8a, ping->payload));
    connection.CloseGracefully();
  });
  seen = RunCheck(WsSpec(hasty.port()));
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_EQ(seen.notes,
            std::vector<std::string>{"the server ended the connection without a close frame"});
}

TEST(WebSocket, SendsNoPingWhereNoneIsWanted) {
  TcpServer server([](Connection& connection) {
    if (!support::TakeUpgrade(connection)) return;
    const auto frame = support::ReadClientFrame(connection);
    EXPECT_TRUE(frame && frame->first == 0x88);
    if (frame) connection.Write(WebSocketFrame(0x88, frame->payload));
  });
  CheckSpec spec = WsSpec(server.port());
  spec.websocket.pings = false;
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_FALSE(seen.websocket->ping);
}

TEST(WebSocket, ShowsNoSecretThatTheServerSendsBack) {
  TcpServer server([](Connection& connection) {
    if (!support::TakeUpgrade(connection, "X-Echo: canary-7\r\n")) return;
    connection.Write(WebSocketFrame(0x81, "you said canary-7"));
    support::ReadClientFrame(connection);
    connection.Write(WebSocketFrame(0x81, std::string(240, '.') + "canary-8 again"));
    connection.Write(support::CloseFrame(4000, "canary-8"));
    connection.WaitUntilClosed();
  });
  CheckSpec spec = WsSpec(server.port());
  spec.http.headers = {{"Authorization", Secret("canary-7")}};
  spec.websocket.dialogue = {
      Expecting("said"), {What::kSend, Secret("login canary-8\n")}, Expecting("never")};
  spec.websocket.dialogue[1].text = Secret("canary-8");
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "fail expect_response");
  EXPECT_EQ(seen.websocket->dialogue,
            (std::vector<std::string>{"< <secret>", "> <secret>", "< <secret>"}));
  EXPECT_EQ(seen.websocket->response, "<secret>");
  EXPECT_EQ(seen.websocket->close_reason, "<secret>");
  EXPECT_THAT(seen.message, Not(HasSubstr("canary")));
}

TEST(WebSocket, JudgesAMessageThatSendsASecretBackAsItCame) {
  TcpServer server([](Connection& connection) {
    if (!support::TakeUpgrade(connection, "")) return;
    connection.Write(WebSocketFrame(0x81, "you said canary-7"));
    connection.WaitUntilClosed();
  });
  CheckSpec spec = WsSpec(server.port());
  spec.http.headers = {{"Authorization", Secret("canary-7")}};
  spec.websocket.pings = false;
  spec.timeout = 1000ms;
  spec.expect = {ExpectWs("response matches 'said canary-[0-9]$'")};
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_EQ(seen.websocket->response, "<secret>");
  EXPECT_EQ(seen.expect.front().actual, "<secret>");
}

TEST(WebSocket, HidesASecretOfItsUrlThatComesBack) {
  TcpServer server([](Connection& connection) {
    if (!support::TakeUpgrade(connection, "")) return;
    connection.Write(WebSocketFrame(0x81, "hello canary-9 of the query"));
    connection.WaitUntilClosed();
  });
  CheckSpec spec = SpecOf(
      "websocket", "ws://127.0.0.1:" + std::to_string(server.port()) + "/feed?token=canary-9");
  spec.websocket.dialogue = {Expecting("hello")};
  spec.websocket.pings = false;
  spec.timeout = 1000ms;
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_EQ(seen.websocket->response, "<secret>");
  EXPECT_EQ(seen.websocket->dialogue, std::vector<std::string>{"< <secret>"});
}

TEST(WebSocket, VerifiesTls) {
  const io::CertifiedKey root = io::MakeCertificate(
      {.common_name = "Root", .not_after = WallNow() + 24h * 365, .is_ca = true});
  const support::TempDir dir;
  const std::string roots = dir.Write("roots.pem", root.certificate);
  support::TlsServer server(
      {.certificate = io::MakeCertificate(
           {.addresses = {"127.0.0.1"}, .not_after = WallNow() + 24h * 80, .issuer = &root})},
      Echo);
  CheckSpec spec = SpecOf("websocket", "wss://127.0.0.1:" + std::to_string(server.port()) + "/");
  EXPECT_EQ(Verdict(RunCheck(spec)), "fail tls_cert_untrusted tls");
  spec.tls.cacert = roots;
  spec.expect = {ExpectWs("certificate.days_left > 30")};
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_TRUE(seen.phases[Phase::kTls]);

  TcpServer plain([](Connection& connection) { connection.WaitUntilClosed(); });
  spec = SpecOf("websocket", "wss://127.0.0.1:" + std::to_string(plain.port()) + "/");
  spec.timeout = 100ms;
  EXPECT_EQ(Verdict(RunCheck(spec)), "fail tls_timeout tls");
}

TEST(WebSocket, TellsARefusedConnection) {
  const support::RefusingPort port;
  EXPECT_EQ(Verdict(RunCheck(WsSpec(port.port()))), "fail connect_refused connect");
}

TEST(WebSocket, RefusesWhatCannotBeMade) {
  CheckSpec spec = WsSpec(1);
  spec.http.headers = {{"Sec-WebSocket-Key", Secret("x")}};
  EXPECT_THAT(WhyNotMade(spec), HasSubstr("follows from the handshake"));
  spec.http.headers = {{"X", Secret("a\r\nb")}};
  EXPECT_THAT(WhyNotMade(spec), HasSubstr("line break"));
  spec = WsSpec(1);
  spec.websocket.subprotocols = {"a b"};
  EXPECT_THAT(WhyNotMade(spec), HasSubstr("subprotocols: not a name"));
  spec = WsSpec(1);
  spec.websocket.dialogue = {Sending("\xff")};
  EXPECT_THAT(WhyNotMade(spec), HasSubstr("dialogue step 1: not UTF-8"));
  spec.websocket.dialogue = {{What::kStartTls, Secret()}};
  EXPECT_THAT(WhyNotMade(spec), HasSubstr("starttls is no step over messages"));
  EXPECT_THAT(WhyNotMade(SpecOf("websocket", "http://host/")), HasSubstr("neither ws nor wss"));
}

}  // namespace
}  // namespace gaikei
