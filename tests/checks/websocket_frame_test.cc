/// Frames of RFC 6455, by the byte.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "checks/websocket/frame.h"
#include "checks/websocket/upgrade.h"

namespace gaikei {
namespace {

using std::string_literals::operator""s;
using Next = WebSocketReader::Next;

std::string Name(WebSocketOpcode opcode) {
  switch (opcode) {
    case WebSocketOpcode::kText:
      return "text";
    case WebSocketOpcode::kBinary:
      return "binary";
    case WebSocketOpcode::kClose:
      return "close";
    case WebSocketOpcode::kPing:
      return "ping";
    case WebSocketOpcode::kPong:
      return "pong";
    default:
      return "continuation";
  }
}

/// What is read of these bytes, when they come in pieces of this size.
std::vector<std::string> ReadBy(std::size_t piece, const std::string& bytes) {
  WebSocketReader reader;
  std::vector<std::string> seen;
  std::string input;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    input += bytes.substr(at, piece);
    while (true) {
      const Next next = reader.Read(input);
      if (next == Next::kMore) break;
      if (next == Next::kFault) {
        seen.push_back(std::string(Name(reader.fault().reason)) + " " + reader.fault().message);
        return seen;
      }
      const auto& message = reader.message();
      std::string text = Name(message.opcode);
      if (message.close_code) text += " " + std::to_string(*message.close_code);
      seen.push_back(text + " \"" + message.payload + "\"");
    }
    EXPECT_LE(input.size(), 9U);
  }
  return seen;
}

std::vector<std::string> ReadFrames(const std::string& bytes) {
  auto whole = ReadBy(bytes.size(), bytes);
  EXPECT_EQ(ReadBy(1, bytes), whole) << "in single bytes";
  return whole;
}

using Texts = std::vector<std::string>;

TEST(WebSocketReader, ReadsTheExamplesOfTheStandard) {  // RFC 6455, 5.7
  EXPECT_EQ(ReadFrames("\x81\x05Hello"), (Texts{"text \"Hello\""}));
  EXPECT_EQ(ReadFrames("\x01\x03Hel\x80\x02lo"s), (Texts{"text \"Hello\""}));
  EXPECT_EQ(ReadFrames("\x89\x05Hello"), (Texts{"ping \"Hello\""}));
  EXPECT_EQ(ReadFrames("\x82\x7e\x01\x00"s + std::string(256, 'x')),
            (Texts{"binary \"" + std::string(256, 'x') + "\""}));
}

TEST(WebSocketReader, ReadsControlFramesBetweenThoseOfAMessage) {
  EXPECT_EQ(ReadFrames("\x01\x03Hel\x8a\x02hi\x00\x00\x89\x00\x80\x02lo\x88\x00"s),
            (Texts{"pong \"hi\"", "ping \"\"", "text \"Hello\"", "close \"\""}));
}

TEST(WebSocketReader, ReadsACloseWithItsCodeAndReason) {
  EXPECT_EQ(ReadFrames("\x88\x02\x03\xe8"), (Texts{"close 1000 \"\""}));
  EXPECT_EQ(ReadFrames("\x88\x05\x0f\xa1"
                       "bye"),
            (Texts{"close 4001 \"bye\""}));
}

TEST(WebSocketReader, RefusesWhatAServerMustNotSend) {
  const auto fault = [](const std::string& text) { return Texts{"protocol_error " + text}; };
  EXPECT_EQ(ReadFrames("\xc1\x00"s), fault("a frame with a reserved bit set"));
  EXPECT_EQ(ReadFrames("\x83\x00"s), fault("a frame with the unknown opcode 3"));
  EXPECT_EQ(ReadFrames("\x8b\x00"s), fault("a frame with the unknown opcode 11"));
  EXPECT_EQ(ReadFrames("\x81\x80"s), fault("a masked frame, which only a client sends"));
  EXPECT_EQ(ReadFrames("\x80\x00"s), fault("a continuation of a message that has not begun"));
  EXPECT_EQ(ReadFrames("\x01\x00\x81\x00"s),
            fault("a message that begins before the last one has ended"));
  EXPECT_EQ(ReadFrames("\x09\x00"s), fault("a control frame in pieces"));
  EXPECT_EQ(ReadFrames("\x89\x7e\x00\x80"s), fault("a control frame of more than 125 bytes"));
  EXPECT_EQ(ReadFrames("\x81\x7e\x00\x05Hello"s),
            fault("a frame whose length is written longer than it has to be"));
  EXPECT_EQ(ReadFrames("\x81\x7f\x80\x00\x00\x00\x00\x00\x00\x00"s),
            fault("a frame whose length has its highest bit set"));
  EXPECT_EQ(ReadFrames("\x88\x01\x03"), fault("a close frame with half a code"));
  EXPECT_EQ(ReadFrames("\x88\x02\x03\xed"), fault("a close frame with the code 1005"));
  EXPECT_EQ(ReadFrames("\x88\x03\x03\xe8\xff"), fault("a close frame whose reason is not UTF-8"));
  EXPECT_EQ(ReadFrames("\x81\x02\xc3("), fault("a text message that is not UTF-8"));
  EXPECT_EQ(ReadFrames("\x01\x01\xc3\x80\x01("), fault("a text message that is not UTF-8"));
}

TEST(WebSocketReader, ReadsNoMessageAboveItsLimit) {
  EXPECT_EQ(ReadFrames("\x82\x7f\x00\x00\x00\x00\x00\x10\x00\x01"s),
            (Texts{"too_large a message of more than 1048576 bytes"}));
  const std::string piece = "\x7f\x00\x00\x00\x00\x00\x08\x00\x00"s + std::string(524288, 'x');
  EXPECT_EQ(ReadBy(65536, "\x02" + piece + "\x00"s + piece + "\x80\x01x"),
            (Texts{"too_large a message of more than 1048576 bytes"}));
}

TEST(WebSocketReader, TakesACharacterThatIsCutByAFrame) {
  EXPECT_EQ(ReadFrames("\x01\x01\xc3\x80\x01\xa9"), (Texts{"text \"\xc3\xa9\""}));
}

TEST(WebSocketFrames, OfAClientAreMasked) {
  EXPECT_EQ(ClientFrame(WebSocketOpcode::kText, "Hello", {0x37, 0xfa, 0x21, 0x3d}),
            "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");  // RFC 6455, 5.7
  EXPECT_EQ(ClientFrame(WebSocketOpcode::kBinary, std::string(126, '\0'), {}).substr(0, 4),
            "\x82\xfe\x00\x7e"s);
  EXPECT_EQ(ClientFrame(WebSocketOpcode::kBinary, std::string(65536, '\0'), {}).substr(0, 10),
            "\x82\xff\x00\x00\x00\x00\x00\x01\x00\x00"s);
  EXPECT_EQ(ClosePayload(1000), "\x03\xe8");
}

TEST(Utf8, HasNoOverlongFormsAndNoSurrogates) {
  for (const char* good : {"", "a", "\xc2\x80", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xef\xbf\xbf",
                           "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(IsUtf8(good)) << good;
  }
  for (const char* bad :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\xe2\x28\xa1", "\xc3"}) {
    EXPECT_FALSE(IsUtf8(bad)) << bad;
  }
}

TEST(WebSocketUpgrade, AnswersTheKeyOfTheStandard) {  // RFC 6455, 1.3
  EXPECT_EQ(UpgradeAccept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(UpgradeKey().size(), 24U);
  EXPECT_NE(UpgradeKey(), UpgradeKey());
}

}  // namespace
}  // namespace gaikei
