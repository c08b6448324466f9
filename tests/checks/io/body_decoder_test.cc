#include "checks/io/http/body_decoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/deflate.h"

namespace gaikei::io {
namespace {

using support::Deflate;
using support::kGzip;
using support::kRaw;
using support::kZlib;

using State = BodyDecoder::State;

struct Decoded {
  State state;
  std::string text;
  std::string message;
};

Decoded Decode(const std::vector<std::string>& codings, const std::string& bytes,
               std::size_t piece) {
  BodyDecoder decoder;
  Decoded got;
  const auto keep = [&](std::string_view text) {
    got.text += text;
    return true;
  };
  got.state = decoder.Begin(codings);
  for (std::size_t at = 0; at < bytes.size() && got.state == State::kGood; at += piece) {
    got.state = decoder.Feed(std::string_view(bytes).substr(at, piece), keep);
  }
  if (got.state == State::kGood) got.state = decoder.End();
  got.message = decoder.message();
  return got;
}

TEST(BodyDecoder, UndoesWhatItKnowsInPiecesOfAnySize) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i * 7919);
  struct Case {
    std::vector<std::string> codings;
    std::string bytes;
  };
  for (const Case& c :
       {Case{{"gzip"}, Deflate(text, kGzip)}, Case{{"X-GZip"}, Deflate(text, kGzip)},
        Case{{"deflate"}, Deflate(text, kZlib)}, Case{{"deflate"}, Deflate(text, kRaw)},
        Case{{"deflate", "gzip"}, Deflate(Deflate(text, kZlib), kGzip)}, Case{{"identity"}, text},
        Case{{}, text}}) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}, c.bytes.size()}) {
      const Decoded got = Decode(c.codings, c.bytes, piece);
      EXPECT_EQ(got.state, State::kGood) << got.message;
      EXPECT_TRUE(got.text == text) << got.text.size();
    }
  }
}

TEST(BodyDecoder, SaysWhatIsWrong) {
  const std::string whole = Deflate("some text", kGzip);
  struct Case {
    std::vector<std::string> codings;
    std::string bytes;
    std::string message;
  };
  for (const Case& c : {Case{{"gzip"}, whole.substr(0, whole.size() - 1), "it ends too early"},
                        Case{{"gzip"}, whole.substr(0, 5), "it ends too early"},
                        Case{{"gzip"}, whole + whole, "something behind its end"},
                        Case{{"gzip"}, whole + "x", "something behind its end"},
                        Case{{"gzip"}, "no gzip at all", "incorrect header check"},
                        Case{{"deflate"}, "x", "it ends too early"},
                        Case{{"br"}, whole, "br, which was not asked for"},
                        Case{{"gzip", "\x1b[2J"}, whole, "\\x1b[2J, which was not asked for"}}) {
    for (const std::size_t piece : {std::size_t{1}, std::max<std::size_t>(c.bytes.size(), 1)}) {
      const Decoded got = Decode(c.codings, c.bytes, piece);
      EXPECT_EQ(got.state, State::kBroken);
      EXPECT_EQ(got.message, c.message);
    }
  }
}

TEST(BodyDecoder, TakesABodyOfNoBytesAsWhole) {
  EXPECT_EQ(Decode({"gzip"}, "", 1).state, State::kGood);
}

TEST(BodyDecoder, StopsWhenNobodyWantsMore) {
  BodyDecoder decoder;
  EXPECT_EQ(decoder.Begin({"gzip"}), State::kGood);
  std::size_t taken = 0;
  const auto sink = [&](std::string_view text) {
    taken += text.size();
    return taken < 100'000;
  };
  EXPECT_EQ(decoder.Feed(Deflate(std::string(50'000'000, '\0'), kGzip), sink), State::kStopped);
  EXPECT_LT(taken, 200'000U);
}

TEST(BodyDecoder, KnowsListsOfGzipAndDeflateAlone) {
  for (const char* list : {"gzip", "deflate, gzip", "GZIP,deflate", "identity"}) {
    EXPECT_TRUE(BodyDecoder::Knows(list)) << list;
  }
  for (const char* list : {"", "br", "gzip, br", "zstd", "*"}) {
    EXPECT_FALSE(BodyDecoder::Knows(list)) << list;
  }
}

}  // namespace
}  // namespace gaikei::io
