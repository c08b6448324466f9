#include "results/http_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace gaikei {
namespace {

bool IsAlphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

void AddEncoded(char c, std::string& text) {
  text += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
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

}  // namespace gaikei
