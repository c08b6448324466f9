#include "results/upstream/otlp/grpc_frame.h"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace gaikei::otlp {
namespace {

constexpr std::size_t kPrefixSize = 5;

}  // namespace

std::string GrpcFrame(std::string_view message, bool is_compressed) {
  std::string out;
  out.reserve(kPrefixSize + message.size());
  out += is_compressed ? '\1' : '\0';
  for (int shift = 24; shift >= 0; shift -= 8) {
    out += static_cast<char>((message.size() >> shift) & 0xFFU);
  }
  return out.append(message);
}

std::optional<std::string_view> UnframeGrpc(std::string_view body) {
  if (body.size() < kPrefixSize || body[0] != '\0') return std::nullopt;
  std::size_t size = 0;
  for (std::size_t i = 1; i < kPrefixSize; ++i) {
    size = size << 8U | static_cast<std::uint8_t>(body[i]);
  }
  body.remove_prefix(kPrefixSize);
  if (size != body.size()) return std::nullopt;
  return body;
}

std::string GrpcTimeout(Span timeout) {
  constexpr std::int64_t kMost = 99'999'999;
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
  if (milliseconds <= kMost) return std::to_string(std::max<std::int64_t>(milliseconds, 1)) + "m";
  return std::to_string(std::min<std::int64_t>(milliseconds / 1000, kMost)) + "S";
}

}  // namespace gaikei::otlp
