#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checks/http/digest_auth.h"
#include "checks/io/http/body_decoder.h"
#include "results/http_date.h"

namespace {

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

/// A challenge is answered in one line that holds neither a line end nor the password.
void Challenge(const std::string& text) {
  std::string why;
  const std::vector<std::pair<std::string, std::string>> fields = {{"WWW-Authenticate", text}};
  const auto challenge = gaikei::FindDigestChallenge(fields, why);
  if (!challenge) return Require(!why.empty());
  const gaikei::Secret user("probe");
  const gaikei::Secret password("correct horse battery");
  const gaikei::Secret answer =
      gaikei::AnswerDigest(*challenge, {user, password, "GET", "/a?b", "0a1b2c", 1});
  Require(answer.Reveal().starts_with("Digest "));
  Require(text.find("correct horse") != std::string::npos ||
          answer.Reveal().find("correct horse") == std::string_view::npos);
  if (text.find_first_of("\r\n") == std::string::npos) {
    Require(answer.Reveal().find_first_of("\r\n") == std::string_view::npos);
  }
}

void Decode(std::string_view coding, std::string_view body) {
  gaikei::io::BodyDecoder decoder;
  if (decoder.Begin({std::string(coding)}) != gaikei::io::BodyDecoder::State::kGood) return;
  std::size_t decoded = 0;
  const auto sink = [&decoded](std::string_view bytes) {
    decoded += bytes.size();
    return decoded < 1'000'000;
  };
  // In two pieces: what an answer brings is cut anywhere.
  auto state = decoder.Feed(body.substr(0, body.size() / 2), sink);
  if (state == gaikei::io::BodyDecoder::State::kGood) {
    state = decoder.Feed(body.substr(body.size() / 2), sink);
  }
  if (state == gaikei::io::BodyDecoder::State::kGood) state = decoder.End();
  Require((state == gaikei::io::BodyDecoder::State::kBroken) == !decoder.message().empty());
}

}  // namespace

/// The first byte says what the rest is: a date, a challenge, or an encoded body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      (void)gaikei::ParseHttpDate(rest, gaikei::WallTime(std::chrono::seconds(1795392000)));
      break;
    case 1:
      Challenge(std::string(rest));
      break;
    case 2:
      Decode("gzip", rest);
      break;
    default:
      Decode("deflate", rest);
      break;
  }
  return 0;
}
