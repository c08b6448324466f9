/// 38 and 39: HTTP/2 by the byte.

#include <gtest/gtest.h>

#include "tests/checks/hostile_rows.h"
#include "tests/checks/http_rig.h"
#include "tests/support/http2_frames.h"

namespace gaikei {
namespace {

using support::Connection;
using support::TcpServer;
namespace http2 = support::http2;
using namespace std::chrono_literals;

constexpr const char* kWaiting = "fail protocol_error processing";
constexpr const char* kReading = "fail protocol_error transfer";

HostileScene Http2(const TcpServer::Handler& story, std::function<void(CheckSpec&)> asks = {}) {
  return Secure(story, std::move(asks), {.alpn = {"h2"}});
}

/// Reads a request, says these frames, and waits for the client to leave.
HostileScene Frames(const std::string& frames, std::function<void(CheckSpec&)> asks = {}) {
  return Http2(
      [frames](Connection& c) {
        if (!http2::ReadRequest(c)) return;
        c.Write(frames);
        c.WaitUntilClosed();
      },
      std::move(asks));
}

/// Says a half answer, and more frames when the client has read it.
HostileScene HalfAnAnswer(const std::string& then) {
  return Http2([then](Connection& c) {
    if (!http2::ReadRequest(c)) return;
    c.Write(http2::Ok(1) + http2::Frame(http2::kData, http2::kNone, 1, "half of it"));
    c.Pause(50ms);
    c.Write(then);
    c.WaitUntilClosed();
  });
}

/// Reads a request, says these frames, and then others for as long as the client stays.
HostileScene Flood(const std::string& first, const std::string& again) {
  const std::string piece = Repeat(again, 1 + 16'384 / again.size());
  return Http2([first, piece](Connection& c) {
    if (!http2::ReadRequest(c)) return;
    c.Write(first);
    while (c.Write(piece)) {
    }
  });
}

void WithABody(CheckSpec& spec) {
  Briefly(spec);
  spec.http.has_body = true;
  spec.http.body = Secret(std::string(200'000, 'x'), false);
}

/// Settings that leave the client no room for a body, and never a word more.
HostileScene WindowOfZero() {
  return Http2(
      [](Connection& c) {
        http2::ReadRequest(c, http2::Settings({{http2::kInitialWindowSize, 0}}));
        c.WaitUntilClosed();
      },
      WithABody);
}

HostileRow Row(const std::string& title, std::function<HostileScene()> make,
               const std::string& verdict, int status = 0) {
  return {.number = 38,
          .title = title,
          .make = std::move(make),
          .verdicts = {verdict},
          .status = status,
          .look = [](const Observation& seen) {
            ASSERT_TRUE(seen.tls);
            EXPECT_EQ(seen.tls->alpn, "h2");
            EXPECT_TRUE(seen.tls->verified);
          }};
}

std::vector<HostileRow> Refusals() {
  return {
      Row(
          "GoawayInsteadOfAnAnswer", [] { return Frames(http2::Goaway(0, http2::kInternalError)); },
          kWaiting),
      Row(
          "GoawayMidStream", [] { return HalfAnAnswer(http2::Goaway(0, http2::kInternalError)); },
          kReading, 200),
      Row(
          "RstStreamInsteadOfAnAnswer",
          [] { return Frames(http2::RstStream(1, http2::kInternalError)); }, kWaiting),
      Row(
          "RstStreamInTheBody", [] { return HalfAnAnswer(http2::RstStream(1, http2::kCancel)); },
          kReading, 200),
      Row(
          "RefusedStream", [] { return Frames(http2::RstStream(1, http2::kRefusedStream)); },
          kWaiting),
      Row(
          "EnhanceYourCalmByGoaway",
          [] { return Frames(http2::Goaway(0, http2::kEnhanceYourCalm, "slow down")); }, kWaiting),
      Row(
          "EnhanceYourCalmByRstStream",
          [] { return Frames(http2::RstStream(1, http2::kEnhanceYourCalm)); }, kWaiting),
      Row(
          "Http11Required", [] { return Frames(http2::RstStream(1, http2::kHttp11Required)); },
          kWaiting),
      Row("WindowOfZeroUnderABody", WindowOfZero, "fail response_timeout processing"),
  };
}

std::vector<HostileRow> Floods() {
  const std::string open_head =
      http2::Frame(http2::kHeaders, http2::kNone, 1, "\x88" + http2::Field("x", "y"));
  const std::string promise =
      http2::Frame(http2::kPushPromise, http2::kEndHeaders, 1,
                   http2::Number(2) + "\x82\x84\x87" + std::string("\x41\x01", 2) + "a");
  const auto field = [](std::size_t size) {
    return http2::Frame(http2::kContinuation, http2::kNone, 1,
                        http2::Field("x", std::string(size, 'y')));
  };
  const std::string either = "fail protocol_error processing | fail protocol_error transfer";
  return {
      Row(
          "SettingsFlood",
          [] {
            return Flood("", http2::Settings({{http2::kInitialWindowSize, 65'535}}));
          },
          kWaiting),
      Row(
          "PingFlood",
          [] { return Flood("", http2::Frame(http2::kPing, http2::kNone, 0, "12345678")); },
          kWaiting),
      Row(
          "ContinuationFlood", [=] { return Flood(open_head, field(1)); }, either, -1),
      Row(
          "EmptyContinuationFlood",
          [=] { return Flood(open_head, http2::Frame(http2::kContinuation, http2::kNone, 1, "")); },
          either, -1),
      Row(
          "PushPromise", [=] { return Frames(promise); }, kWaiting),
      Row(
          "EndlessBody",
          [] {
            return Flood(http2::Ok(1),
                         http2::Frame(http2::kData, http2::kNone, 1, std::string(16'384, 'x')));
          },
          "fail too_large transfer | fail protocol_error transfer", 200),
  };
}

/// Picks h2, and then answers with these bytes; leaves when the client has left.
HostileRow Http1After(const std::string& title, const std::string& bytes) {
  return {.number = 39,
          .title = title,
          .make =
              [bytes] {
                return Http2([bytes](Connection& c) {
                  c.ReadSome();
                  c.Write(bytes);
                  c.WaitUntilClosed();
                });
              },
          .verdicts = {kWaiting},
          .look = [](const Observation& seen) { EXPECT_EQ(seen.tls->alpn, "h2"); }};
}

}  // namespace

std::vector<HostileRow> HostileHttp2() {
  std::vector<HostileRow> all = Refusals();
  for (HostileRow& row : Floods()) all.push_back(std::move(row));
  all.push_back(
      Http1After("PicksH2AndSpeaksHttp1", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
  all.push_back(
      Http1After("PicksH2AndSpeaksHttp1AtLength",
                 "HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n" + std::string(20'000, 'x')));
  return all;
}

}  // namespace gaikei
