/// 40: TLS that stops, is reset, says no, or ends without a word.

#include <gtest/gtest.h>

#include "tests/checks/hostile_rows.h"
#include "tests/checks/http_rig.h"

namespace gaikei {
namespace {

using support::Connection;
using support::TcpServer;

/// A server that lets the ClientHello come, then tells its story in plain bytes.
HostileScene Handshake(const TcpServer::Handler& story, std::function<void(CheckSpec&)> asks = {}) {
  HostileScene scene = Plain(
      [story](Connection& c) {
        c.ReadSome();
        story(c);
      },
      std::move(asks));
  scene.url.replace(0, 4, "https");
  return scene;
}

HostileRow Row(const std::string& title, const TcpServer::Handler& story,
               const std::string& verdict, const std::string& words) {
  const bool is_timeout = verdict.find("timeout") != std::string::npos;
  return {.number = 40,
          .title = title,
          .make =
              [=] {
                return Handshake(story, is_timeout ? Briefly : std::function<void(CheckSpec&)>());
              },
          .verdicts = {verdict},
          .words = words,
          .look =
              [](const Observation& seen) {
                EXPECT_FALSE(seen.tls);
                EXPECT_TRUE(seen.phases[Phase::kConnect]);
                EXPECT_FALSE(seen.phases[Phase::kProcessing]);
              }};
}

HostileRow Alert(char number, const std::string& words) {
  return Row(
      "Alert" + std::to_string(static_cast<int>(number)),
      [number](Connection& c) {
        c.Write(std::string("\x15\x03\x03\x00\x02\x02", 6) + number);
        c.CloseGracefully();
      },
      "fail tls_alert tls", words);
}

/// Answers inside TLS, and closes the connection without close_notify.
HostileRow Ending(const std::string& title, const std::string& answer, const std::string& verdict,
                  const std::string& note) {
  return {.number = 40,
          .title = title,
          .make =
              [answer] {
                return Secure([answer](Connection& c) {
                  c.ReadUntil("\r\n\r\n");
                  c.Write("HTTP/1.1 200 OK\r\n" + answer);
                  c.CloseAbruptly();
                });
              },
          .verdicts = {verdict},
          .status = 200,
          .note = note,
          .look = [](const Observation& seen) { EXPECT_TRUE(seen.tls && seen.tls->verified); }};
}

}  // namespace

std::vector<HostileRow> HostileTls() {
  const std::string silent = "fail tls_timeout tls";
  return {
      Row(
          "OneRecordThenSilence",
          [](Connection& c) {
            // The head of a ServerHello, and nothing of what it announces.
            c.Write(std::string("\x16\x03\x03\x00\x5a\x02\x00\x00\x56\x03\x03", 11));
            c.WaitUntilClosed();
          },
          silent, "TLS handshake not finished"),
      Row(
          "ClientHelloIgnored", [](Connection& c) { c.WaitUntilClosed(); }, silent,
          "TLS handshake not finished"),
      Row(
          "ResetInTheHandshake", [](Connection& c) { c.Reset(); }, "fail reset tls", "reset"),
      Row(
          "ClosedInTheHandshake", [](Connection& c) { c.CloseGracefully(); },
          "fail tls_protocol tls", ""),
      Row(
          "PlainHttp",
          [](Connection& c) {
            c.Write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
            c.CloseGracefully();
          },
          "fail tls_protocol tls", ""),
      Alert(40, "handshake failure (40)"),
      Alert(70, "protocol version (70)"),
      Alert(112, "unrecognized name (112)"),
      Ending("NoCloseNotifyWithALength", "Content-Length: 2\r\n\r\nok", "pass", ""),
      Ending("NoCloseNotifyWithChunks", "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
             "pass", ""),
      Ending("NoCloseNotifyWithoutALength", "\r\nok", "pass", "close_notify"),
      Ending("NoCloseNotifyBeforeTheLengthIsReached", "Content-Length: 9\r\n\r\nok",
             "fail truncated transfer", ""),
  };
}

}  // namespace gaikei
