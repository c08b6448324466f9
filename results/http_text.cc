#include "results/http_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace gaikei {
namespace {

bool IsAlphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

void AddEncoded(char c, std::string& text) {
  text += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
}

/// -1 for what is no hexadecimal digit.
int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The byte that the % at `at` stands for; absent where it begins none.
std::optional<char> DecodedAt(std::string_view text, std::size_t at) {
  if (at + 2 >= text.size()) return std::nullopt;
  const int high = HexValue(text[at + 1]);
  const int low = HexValue(text[at + 2]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<char>(high * 16 + low);
}

std::string Decoded(std::string_view text, bool is_form) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = text[i] == '%' ? DecodedAt(text, i) : std::nullopt;
    if (byte) i += 2;
    decoded += byte ? *byte : is_form && text[i] == '+' ? ' ' : text[i];
  }
  return decoded;
}

}  // namespace

bool IsTokenByte(char c) {
  return IsAlphanumeric(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsTokenByte);
}

bool BreaksALine(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

std::string PercentEncoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (IsAlphanumeric(c) || std::string_view("-._~").find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      AddEncoded(c, encoded);
    }
  }
  return encoded;
}

std::string FormEncoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (c == ' ') {
      encoded += '+';
    } else if (IsAlphanumeric(c) || std::string_view("*-._").find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      AddEncoded(c, encoded);
    }
  }
  return encoded;
}

std::string PercentDecoded(std::string_view text) { return Decoded(text, false); }

std::string FormDecoded(std::string_view text) { return Decoded(text, true); }

bool IsPercentSound(std::string_view text) {
  for (auto at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
    if (!DecodedAt(text, at)) return false;
  }
  return true;
}

}  // namespace gaikei
