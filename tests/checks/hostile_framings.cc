/// 8 to 11 and 18 to 21: bodies whose length is a lie or a riddle.

#include <gtest/gtest.h>

#include "tests/checks/hostile_rows.h"
#include "tests/checks/http_rig.h"

namespace gaikei {
namespace {

using support::Connection;
using namespace std::chrono_literals;

constexpr const char* kCut = "fail truncated transfer";

HostileRow Says(int number, const std::string& title, const std::string& bytes,
                const std::string& verdict, const std::string& words = {}) {
  return {.number = number,
          .title = title,
          .make = [bytes] { return SayingOk(bytes); },
          .verdicts = {verdict},
          .status = 200,
          .words = words};
}

HostileRow Noted(HostileRow row, const std::string& note) {
  row.note = note;
  return row;
}

std::vector<HostileRow> Cut() {
  const std::string chunked = "Transfer-Encoding: chunked\r\n\r\n";
  HostileRow reset = {.number = 8,
                      .title = "LengthTooLargeThenReset",
                      .make =
                          [] {
                            return Plain([](Connection& c) {
                              c.ReadUntil("\r\n\r\n");
                              c.Write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
                              c.Pause(50ms);  // the bytes are read before the reset discards them
                              c.Reset();
                            });
                          },
                      .verdicts = {"fail reset transfer"},
                      .status = 200};
  HostileRow length = Says(8, "LengthTooLarge", "Content-Length: 10\r\n\r\nabc", kCut);
  length.look = [](const Observation& seen) {
    EXPECT_EQ(seen.http->size, 3U);
    EXPECT_EQ(seen.http->content_length, 10U);
  };
  return {
      length,
      reset,
      Says(9, "NoLastChunk", chunked + "3\r\nabc\r\n", kCut),
      Says(9, "ChunkCutInTwo", chunked + "8\r\nabc", kCut),
      Says(9, "NoChunkAtAll", chunked, kCut),
      Says(9, "LastChunkWithoutItsEnd", chunked + "3\r\nabc\r\n0\r\n", kCut),
      Says(10, "BadChunkSize", chunked + "zz\r\nabc\r\n0\r\n\r\n", kBroken),
      Says(10, "ChunkSizeOf17Digits", chunked + "11111111111111111\r\nabc\r\n", kBroken),
      Says(11, "NulInAChunkTrailer",
           chunked + "3\r\nabc\r\n0\r\n" + std::string("X: a\0b\r\n\r\n", 10), kBroken),
  };
}

std::vector<HostileRow> Lengths() {
  return {
      Says(18, "TwoDifferentLengths", "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", kBroken,
           "two different Content-Length: 1 and 2"),
      Noted(Says(18, "TwoEqualLengths", "Content-Length: 2\r\nContent-Length: 2\r\n\r\nab", "pass"),
            "Content-Length given more than once"),
      Says(19, "NegativeLength", "Content-Length: -1\r\n\r\n", kBroken),
      Says(19, "LengthInLetters", "Content-Length: many\r\n\r\n", kBroken),
      Says(19, "LengthAndLetters", "Content-Length: 2x\r\n\r\nab", kBroken),
      Says(19, "EmptyLength", "Content-Length:\r\n\r\n", kBroken),
      Says(19, "PlusLength", "Content-Length: +2\r\n\r\nab", kBroken),
      Says(19, "LengthIsAList", "Content-Length: 1, 2\r\n\r\nab", kBroken),
      Says(19, "LengthBeyond63Bits", "Content-Length: 9223372036854775808\r\n\r\n", kBroken),
      Says(19, "LengthBeyond64Bits", "Content-Length: 99999999999999999999\r\n\r\n", kBroken),
      Noted(Says(19, "LengthIsAListOfEquals", "Content-Length: 2, 2\r\n\r\nab", "pass"),
            "Content-Length given more than once"),
  };
}

std::vector<HostileRow> Codings() {
  const std::string body = "2\r\nab\r\n0\r\n\r\n";
  HostileRow both =
      Noted(Says(20, "ChunkedAndALength",
                 "Content-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n" + body, "pass"),
            "Content-Length beside Transfer-Encoding");
  both.look = [](const Observation& seen) { EXPECT_EQ(seen.http->size, 2U); };
  return {
      both,
      Noted(Says(20, "ALengthAfterChunked",
                 "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n" + body, "pass"),
            "Content-Length beside Transfer-Encoding"),
      Says(21, "GzipUnasked", "Transfer-Encoding: gzip, chunked\r\n\r\n" + body, kBroken),
      Says(21, "ChunkedNotLast", "Transfer-Encoding: chunked, gzip\r\n\r\n" + body, kBroken),
      Says(21, "ChunkedTwice", "Transfer-Encoding: chunked, chunked\r\n\r\n" + body, kBroken),
      Says(21, "ChunkedTwiceInTwoLines",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + body, kBroken),
      Says(21, "UnknownCoding", "Transfer-Encoding: rot13\r\n\r\n" + body, kBroken),
  };
}

}  // namespace

std::vector<HostileRow> HostileFramings() {
  std::vector<HostileRow> all;
  for (auto part : {&Cut, &Lengths, &Codings}) {
    for (HostileRow& row : part()) all.push_back(std::move(row));
  }
  return all;
}

}  // namespace gaikei
