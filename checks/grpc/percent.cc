#include "checks/grpc/percent.h"

namespace gaikei {
namespace {

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// `is_sound` is cleared where a % is none.
std::string Decode(std::string_view text, bool& is_sound) {
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
    const int low = high >= 0 ? HexValue(text[i + 2]) : -1;
    if (low >= 0) {
      bytes += static_cast<char>(high * 16 + low);
      i += 2;
      continue;
    }
    is_sound = is_sound && text[i] != '%';
    bytes += text[i];
  }
  return bytes;
}

}  // namespace

std::optional<std::string> DecodePercent(std::string_view text) {
  bool is_sound = true;
  std::string bytes = Decode(text, is_sound);
  return is_sound ? std::optional(std::move(bytes)) : std::nullopt;
}

std::string DecodePercentLeniently(std::string_view text) {
  bool is_sound = true;
  return Decode(text, is_sound);
}

}  // namespace gaikei
