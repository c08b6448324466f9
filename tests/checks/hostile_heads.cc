/// 12 to 17, 27 to 29, 33 to 35, 41 and 45: heads of answers that are none, too long, or odd.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checks/io/tls/certificate_maker.h"
#include "tests/checks/hostile_rows.h"
#include "tests/checks/http_rig.h"
#include "tests/support/http_server.h"

namespace gaikei {
namespace {

using support::Connection;
using testing::HasSubstr;
using namespace std::chrono_literals;

const std::string kEmpty = "Content-Length: 0\r\n\r\n";

/// A row whose server says these bytes.
HostileRow Says(int number, const std::string& title, const std::string& bytes,
                const std::string& verdict, int status, const std::string& words = {}) {
  return {.number = number,
          .title = title,
          .make = [bytes] { return Saying(bytes); },
          .verdicts = {verdict},
          .status = status,
          .words = words};
}

HostileRow Oddity(int number, const std::string& title, const std::string& bytes,
                  const std::string& note) {
  HostileRow row = Says(number, title, bytes, "pass", 200);
  row.note = note;
  return row;
}

HostileRow Asking(HostileRow row, const std::string& bytes,
                  const std::function<void(CheckSpec&)>& asks) {
  row.make = [bytes, asks] { return Saying(bytes, asks); };
  return row;
}

std::vector<HostileRow> NoHttp() {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  return {
      Says(12, "SshBanner", "SSH-2.0-OpenSSH_9.2p1\r\n", "fail protocol_error transfer", 0),
      Says(12, "SshBannerAndNoMore", "SSH-2.0-OpenSSH_9.2p1", "fail protocol_error transfer", 0),
      Says(12, "TlsRecord", std::string("\x15\x03\x01\x00\x02\x02\x46", 7), kBroken, 0),
      Says(12, "Http09", "<html><body>hello</body></html>\n", kBroken, 0),
      Says(13, "StatusMinusOne", "HTTP/1.1 -1 OK\r\n" + kEmpty, kBroken, 0),
      Says(13, "StatusOfOneDigit", "HTTP/1.1 2 OK\r\n" + kEmpty, kBroken, 0),
      Says(13, "StatusOfFourDigits", "HTTP/1.1 2000 OK\r\n" + kEmpty, kBroken, 0),
      Says(13, "StatusOf100Digits", "HTTP/1.1 " + std::string(100, '2') + " OK\r\n" + kEmpty,
           kBroken, 0),
      Says(13, "VersionOneTwo", "HTTP/1.2 200 OK\r\n" + kEmpty, kBroken, 0, "1.2"),
      Says(14, "NoColon", ok + "no colon here\r\n" + kEmpty, kBroken, 200),
      Says(14, "NulInALine", ok + std::string("X: a\0b\r\n", 8) + kEmpty, kBroken, 200),
      Says(14, "LeadingBlank", ok + " leading: blank\r\n" + kEmpty, kBroken, 200),
  };
}

std::vector<HostileRow> TooMuch() {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const std::string cookie = "Set-Cookie: n=" + std::string(8000, 'c') + "\r\n";
  HostileRow hops = {
      .number = 17,
      .title = "HeadersSpreadOverRedirects",
      .make =
          [] {
            auto server = std::make_shared<support::HttpServer>([](const support::HttpRequest&) {
              return support::HttpResponse{
                  .status = 302,
                  .headers = {{"Location", "/"}, {"X-Padding", std::string(51'200, 'x')}}};
            });
            const std::string url = server->Url();
            return HostileScene{.server = std::move(server), .url = url};
          },
      .verdicts = {kTooLarge},
      .status = 302,
      .words = "over all redirects",
      .look = [](const Observation& seen) { EXPECT_EQ(seen.http->redirects.size(), 5U); }};
  return {
      Says(15, "HeaderOf100kB", ok + "X: " + std::string(100'000, 'x') + "\r\n" + kEmpty, kTooLarge,
           200),
      Says(15, "HeaderOf110kB", ok + "X: " + std::string(110'000, 'x') + "\r\n" + kEmpty, kTooLarge,
           200),
      Says(16, "HeadersOf400kB", ok + Repeat("X: " + std::string(4000, 'x') + "\r\n", 100) + kEmpty,
           kTooLarge, 200, "64 KiB"),
      Says(16, "HeaderLineOf400kB", ok + "X: " + std::string(400'000, 'x') + "\r\n\r\n", kTooLarge,
           200),
      Says(16, "Lines5009", ok + Repeat("X: y\r\n", 5009) + kEmpty, kTooLarge, 200, "200 header"),
      Says(16, "Lines201", ok + Repeat("X: y\r\n", 201) + kEmpty, kTooLarge, 200, "200 header"),
      hops,
      Says(35, "SetCookieInsideTheLimit", ok + Repeat(cookie, 5) + kEmpty, "pass", 200),
      Says(35, "SetCookie200Times", ok + Repeat(cookie, 200) + kEmpty, kTooLarge, 200, "64 KiB"),
  };
}

std::vector<HostileRow> Informational() {
  const std::string hundred = "HTTP/1.1 100 Continue\r\n\r\n";
  const std::string hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const auto wants_304 = Expecting("status == 304");
  const auto head = [](CheckSpec& spec) { spec.http.method = "HEAD"; };
  return {
      Says(27, "HundredThenClose", hundred, "fail protocol_error processing", 100),
      Says(27, "HintsThenClose", hints, "fail protocol_error processing", 103),
      Says(27, "HundredThenGarbage", hundred + "garbage\r\n\r\n", kBroken, 100),
      Says(27, "HintsThenGarbage", hints + std::string(64, '\x01'), kBroken, 103),
      Says(27, "ManyThenTheAnswer", Repeat(hundred, 40) + hints + ok + kEmpty, "pass", 200),
      Says(28, "SwitchesUnasked",
           "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", kBroken,
           101),
      Says(27, "HintsThenTheAnswer", hints + ok + kEmpty, "pass", 200),
      Says(29, "NoContentOfHttp10", "HTTP/1.0 204 No Content\r\n\r\n", "pass", 204),
      Says(29, "NoContentWithABody", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello",
           "pass", 204),
      Says(29, "NoContentWithACoding",
           "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
           "pass", 204),
      Asking(Says(29, "NotModifiedWithABody", "", "pass", 304),
             "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello", wants_304),
      Asking(Says(29, "NotModifiedWithACoding", "", "pass", 304),
             "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
             wants_304),
      Asking(Says(29, "HeadWithABody", "", "pass", 200), ok + "Content-Length: 5\r\n\r\nhello",
             head),
      Asking(Says(29, "HeadWithAChunkedBody", "", "pass", 200),
             ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", head),
  };
}

/// 45: a certificate that is good in the handshake and has run out when the answer comes.
HostileScene ExpiresMeanwhile() {
  const WallTime end = std::chrono::floor<std::chrono::seconds>(WallNow()) + 3s;
  const io::CertifiedKey leaf =
      io::MakeCertificate({.addresses = {"127.0.0.1"}, .not_after = end, .issuer = &HostileRoot()});
  return Secure(
      [end](Connection& c) {
        c.ReadUntil("\r\n\r\n");
        while (WallNow() <= end && !c.Pause(50ms)) {
        }
        c.Write("HTTP/1.1 200 OK\r\n" + kEmpty);
        c.CloseGracefully();
      },
      {}, {.certificate = leaf});
}

std::vector<HostileRow> Odd() {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const std::string nasty =
      "\x1b[31mred\x1b[0m \xe2\x80\xae"
      "evil \xff\xc2\x9b \xe2\x80\xa8";
  return {
      Oddity(33, "FoldedHeader", ok + "X: folded\r\n  line\r\n" + kEmpty, "folded"),
      Oddity(33, "CarriageReturnInside", ok + "X: a\rb\r\n" + kEmpty, "carriage return"),
      Oddity(33, "Tabs", ok + "X:\ta\tb\t\r\n" + kEmpty, "tab"),
      Asking(Says(34, "EscapesInAHeader", "", "fail expect_header", 200),
             ok + "X: " + nasty + "\r\n" + kEmpty, Expecting("header.x == 'plain'")),
      Says(34, "EscapesInTheReasonAndAHeader",
           "HTTP/1.1 200 " + nasty + "\r\nX: " + nasty + "\r\n" + kEmpty, "pass", 200),
      Asking(Says(34, "EscapesInABody", "", "fail expect_body", 200),
             ok + "\r\n" + nasty + "\r\nX-Injected: 1\r\n", Expecting("body == 'plain'")),
      Says(34, "BodyThatEndsWithTheConnection", ok + "\r\n" + nasty, "pass", 200),
      Says(41, "RetryAfterADate", ok + "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n" + kEmpty,
           "pass", 200),
      Says(41, "RetryAfterSeconds", ok + "Retry-After: 120\r\n" + kEmpty, "pass", 200),
      Says(41, "RetryAfterGarbage", ok + "Retry-After: -\x01\x02 soon\r\n" + kEmpty, "pass", 200),
      Says(45, "ClockTenYearsBehind", ok + "Date: Mon, 02 Jan 2006 15:04:05 GMT\r\n" + kEmpty,
           "pass", 200),
      Says(45, "ClockTenYearsAhead", ok + "Date: Mon, 02 Jan 2096 15:04:05 GMT\r\n" + kEmpty,
           "pass", 200),
      {.number = 45,
       .title = "CertificateExpiresMeanwhile",
       .make = ExpiresMeanwhile,
       .verdicts = {"pass"},
       .status = 200,
       .look =
           [](const Observation& seen) {
             ASSERT_TRUE(seen.tls && seen.tls->expires_at);
             EXPECT_TRUE(seen.tls->verified);
             EXPECT_LT(*seen.tls->expires_at, WallNow());
           }},
  };
}

}  // namespace

std::vector<HostileRow> HostileHeads() {
  std::vector<HostileRow> all;
  for (auto part : {&NoHttp, &TooMuch, &Informational, &Odd}) {
    for (HostileRow& row : part()) all.push_back(std::move(row));
  }
  return all;
}

}  // namespace gaikei
