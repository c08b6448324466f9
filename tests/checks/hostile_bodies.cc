/// 30 to 32, 37, 42 and 43: bodies that do not decode, that explode, that come too early or never
/// end.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "tests/checks/hostile_rows.h"
#include "tests/checks/http_rig.h"
#include "tests/support/deflate.h"

namespace gaikei {
namespace {

using support::Connection;
using support::Deflate;
using support::Gzip;
using support::kRaw;
using support::kZlib;
using support::TcpServer;
using namespace std::chrono_literals;

constexpr std::size_t kMiB = 1024 * 1024;

std::string GzipHead(char flags) {
  return std::string("\x1f\x8b\x08", 3) + flags + std::string("\0\0\0\0\x00\x03", 6);
}

/// 1 GiB of zeros in 1 MiB of gzip: the same piece a thousand times over, since a piece that was
/// flushed in full knows nothing of the one before.
std::string GzipBomb() {
  return GzipHead(0) + Repeat(Deflate(std::string(kMiB, '\0'), kRaw, Z_FULL_FLUSH), 1024);
}

/// 256 MiB of zeros, as brotli 1.0.9 packs them at its best (RFC 7932).
std::string BrotliBomb() {
  static constexpr char kBytes[] =
      "\xcf\xff\xff\x7f\xf8\x27\x00\xe2\xb1\x40\x20\xf7\xfe\x9f\xff\xff\xff\xf0\x4f\x00"
      "\xc4\x61\x01\x80\xee\xfd\x3f\xff\xff\xff\xe1\x9f\x00\x88\xc3\x22\x00\xdd\xfb\x7f"
      "\xfe\xff\xff\xc3\x3f\x01\x10\x87\x05\x00\xba\xf7\xff\xfc\xff\xff\x87\x7f\x02\x20"
      "\x0e\x0b\x00\x74\xef\xff\xf9\xff\xff\x0f\xff\x04\x40\x1c\x16\x00\xe8\xde\xff\xf3"
      "\xff\xff\x1f\xfe\x09\x80\x38\x2c\x00\xd0\xbd\xff\xe7\xff\xff\x3f\xfc\x13\x00\x71"
      "\x58\x00\xa0\x7b\xff\xcf\xff\xff\x7f\xf8\x27\x00\xe2\xb0\x00\x40\xf7\xfe\x9f\xff"
      "\xff\xff\xf0\x4f\x00\xc4\x61\x01\x80\xee\xfd\x3f\xff\xff\xff\xe1\x9f\x00\x88\xc3"
      "\x02\x00\xdd\xfb\x7f\xfe\xff\xff\xc3\x3f\x01\x10\x87\x05\x00\xba\xf7\xff\xfc\xff"
      "\xff\x87\x7f\x02\x20\x0e\x0b\x00\x74\xef\xff\xf9\xff\xff\x0f\xff\x04\x40\x1c\x16"
      "\x00\xe8\xde\xff\xf3\xff\xff\x1f\xfe\x09\x80\x38\x2c\x00\xd0\xbd\xff\xcf\xff\xff"
      "\x7f\xfc\x13\x00\x71\x58\x00\xa0\x7b\xff\x0f";
  return {kBytes, sizeof kBytes - 1};
}

/// A gzip member whose comment is as long as `size` (RFC 1952, 2.3.1).
std::string GzipWithComment(std::size_t size) {
  const std::string member = Gzip("small");
  return GzipHead(0x10) + std::string(size, 'c') + '\0' + member.substr(10);
}

std::function<void(CheckSpec&)> Unpacking(const std::string& codings) {
  return [codings](CheckSpec& spec) { spec.http.compression = codings; };
}

std::string Encoded(const std::string& coding, const std::string& body) {
  return "Content-Encoding: " + coding + "\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

HostileRow Packed(int number, const std::string& title, const std::string& coding,
                  const std::function<std::string()>& body, const std::string& verdict,
                  const std::string& words = {}) {
  return {.number = number,
          .title = title,
          .make = [coding, body] { return SayingOk(Encoded(coding, body()), Unpacking(coding)); },
          .verdicts = {verdict},
          .status = 200,
          .words = words};
}

HostileRow Unasked(HostileRow row, const std::string& coding,
                   const std::function<std::string()>& body) {
  row.title += "Unasked";
  row.make = [coding, body] { return SayingOk(Encoded(coding, body())); };
  row.verdicts = {"pass"};
  row.words.clear();
  row.look = [size = body().size()](const Observation& seen) { EXPECT_EQ(seen.http->size, size); };
  return row;
}

std::vector<HostileRow> Broken() {
  const std::string words = "content encoding";
  std::vector<HostileRow> rows;
  struct Case {
    std::string title;
    std::string coding;
    std::function<std::string()> body;
  };
  for (const Case& c : {
           Case{"GzipBrokenHeader", "gzip", [] { return "\x1f\x8b\x07" + Gzip("text").substr(3); }},
           Case{"GzipThatIsNone", "gzip", [] { return std::string("this is no gzip"); }},
           Case{"GzipTruncated", "gzip",
                [] {
                  const std::string whole = Gzip(std::string(1000, 'a') + "bcdefg");
                  return whole.substr(0, whole.size() - 12);
                }},
           Case{"GzipWithoutItsTrailer", "gzip",
                [] {
                  const std::string whole = Gzip("text");
                  return whole.substr(0, whole.size() - 8);
                }},
           Case{"GzipBadChecksum", "gzip",
                [] {
                  std::string whole = Gzip("text");
                  whole[whole.size() - 6] ^= 1;
                  return whole;
                }},
           Case{"DeflateInsteadOfGzip", "gzip", [] { return Deflate("text", kZlib); }},
           Case{"GzipInsteadOfBrotli", "br", [] { return Gzip("text"); }},
           Case{"GzipInsteadOfDeflate", "deflate", [] { return Gzip("text"); }},
           Case{"DeflateTruncated", "deflate",
                [] { return Deflate(std::string(1000, 'a'), kZlib).substr(0, 8); }},
           Case{"GzipTwoMembers", "gzip", [] { return Gzip("one") + Gzip("two"); }},
       }) {
    rows.push_back(Packed(30, c.title, c.coding, c.body, kBroken, words));
    rows.push_back(Unasked(rows.back(), c.coding, c.body));
  }
  return rows;
}

std::vector<HostileRow> Bombs() {
  const auto bounded = [](const Observation& seen) {
    EXPECT_LE(seen.http->size, 8 * kMiB + 16'384);
    EXPECT_GE(seen.http->size, kMiB);
  };
  HostileRow gzip = Packed(31, "GzipBomb", "gzip", GzipBomb, kTooLarge);
  gzip.look = bounded;
  HostileRow chunked = gzip;
  chunked.title = "GzipBombInChunks";
  chunked.make = [] {
    const std::string bomb = GzipBomb();
    return SayingOk(fmt::format("Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
                                "{:x}\r\n{}\r\n0\r\n\r\n",
                                bomb.size(), bomb),
                    Unpacking("gzip"));
  };
  HostileRow brotli = Packed(31, "BrotliBomb", "br", BrotliBomb, kTooLarge);
  brotli.look = bounded;
  HostileRow nested = Packed(
      31, "GzipBombInGzip", "gzip, gzip", [] { return Gzip(GzipBomb()); }, kTooLarge);
  nested.look = bounded;
  const std::string six = "gzip, gzip, gzip, gzip, gzip, gzip";
  HostileRow comment = Packed(
      32, "GzipWithACommentOf1MB", "gzip", [] { return GzipWithComment(1'000'000); }, "pass");
  comment.look = [](const Observation& seen) {
    EXPECT_EQ(seen.http->size, 5U);
    EXPECT_GE(seen.http->wire_size, 1'000'000U);
  };
  return {
      gzip,
      chunked,
      brotli,
      nested,
      Packed(
          31, "SixNestedEncodings", six, [] { return Gzip("x"); }, kTooLarge, "encoding"),
      Packed(
          31, "SixNestedEncodingsOfNothing", six, [] { return std::string(); }, kTooLarge,
          "encoding"),
      Packed(
          31, "ThreeNestedEncodings", "gzip, gzip, gzip", [] { return Gzip("x"); }, kTooLarge,
          "more than 2 content encodings"),
      comment,
  };
}

/// 37: refuses by the head of the request, and does not read its body.
HostileScene RefusesEarly(std::function<void(CheckSpec&)> asks = {}) {
  return Plain(
      [](Connection& c) {
        c.ReadUntil("\r\n\r\n");
        c.Write("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
        c.Pause(50ms);
        c.Reset();
      },
      [asks = std::move(asks)](CheckSpec& spec) {
        spec.http.has_body = true;
        spec.http.body = Secret(std::string(4'000'000, 'x'), false);
        if (asks) asks(spec);
      });
}

/// 42: three bytes, then five.
HostileScene ChangesItsSize() {
  return Plain(
      [](Connection& c) {
        c.ReadUntil("\r\n\r\n");
        const std::string body = c.number() == 0 ? "abc" : "abcde";
        c.Write("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                body);
        c.CloseGracefully();
      },
      Expecting("body.size == 3"));
}

/// 43: as fast as it can, without end.
TcpServer::Handler Endless(const std::string& head, const std::string& piece) {
  return [head, piece](Connection& c) {
    c.ReadUntil("\r\n\r\n");
    c.Write("HTTP/1.1 200 OK\r\n" + head + "\r\n");
    while (c.Write(piece)) {
    }
  };
}

std::vector<HostileRow> SizesAndEnds() {
  const auto stopped = [](std::uint64_t limit) {
    return [limit](const Observation& seen) {
      EXPECT_GT(seen.http->size, limit);
      EXPECT_LE(seen.http->size, limit + 16'384);
    };
  };
  const auto of_100k = [](CheckSpec& spec) { spec.http.max_body = 100'000; };
  const auto of_64m = [](CheckSpec& spec) { spec.http.max_body = 64 * kMiB; };
  const std::string piece(65'536, 'x');
  const std::string chunk = "10000\r\n" + piece + "\r\n";
  const std::string coding = "Transfer-Encoding: chunked\r\n";
  return {
      {.number = 37,
       .title = "RefusesBeforeTheBodyIsRead",
       .make = [] { return RefusesEarly(); },
       .verdicts = {"fail expect_status"},
       .status = 413},
      {.number = 37,
       .title = "RefusesAsExpected",
       .make = [] { return RefusesEarly(Expecting("status == 413")); },
       .verdicts = {"pass"},
       .status = 413},
      {.number = 42,
       .title = "SizeChangesBetweenSlots",
       .make = ChangesItsSize,
       .verdicts = {"pass", "fail expect_body"},
       .status = 200},
      {.number = 42,
       .title = "EmptyBodyIsABody",
       .make = [] { return SayingOk("Content-Length: 0\r\n\r\n", Expecting("body.size == 0")); },
       .verdicts = {"pass"},
       .status = 200},
      {.number = 42,
       .title = "EmptyBodyIsExpectedToHaveSomething",
       .make = [] { return SayingOk("\r\n", Expecting("body contains 'x'")); },
       .verdicts = {"fail expect_body"},
       .status = 200},
      {.number = 43,
       .title = "EndlessBody",
       .make = [=] { return Plain(Endless("", piece)); },
       .verdicts = {kTooLarge},
       .status = 200,
       .look = stopped(8 * kMiB)},
      {.number = 43,
       .title = "EndlessBodyPastALimitOfItsOwn",
       .make = [=] { return Plain(Endless("", piece), of_100k); },
       .verdicts = {kTooLarge},
       .status = 200,
       .words = "100000 bytes",
       .look = stopped(100'000)},
      {.number = 43,
       .title = "EndlessBodyPastTheHighestLimit",
       .make = [=] { return Plain(Endless("", piece), of_64m); },
       .verdicts = {kTooLarge},
       .status = 200,
       .look = stopped(64 * kMiB)},
      {.number = 43,
       .title = "EndlessChunks",
       .make = [=] { return Plain(Endless(coding, chunk)); },
       .verdicts = {kTooLarge},
       .status = 200,
       .look = stopped(8 * kMiB)},
      {.number = 43,
       .title = "EndlessBodyOverTls",
       .make = [=] { return Secure(Endless("", piece)); },
       .verdicts = {kTooLarge},
       .status = 200,
       .look = stopped(8 * kMiB)},
  };
}

}  // namespace

std::vector<HostileRow> HostileBodies() {
  std::vector<HostileRow> all;
  for (auto part : {&Broken, &Bombs, &SizesAndEnds}) {
    for (HostileRow& row : part()) all.push_back(std::move(row));
  }
  return all;
}

}  // namespace gaikei
