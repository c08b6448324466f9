#include "results/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace gaikei {
namespace {

/// One character of UTF-8: its length in bytes and code point; length 0 when it is not valid
/// (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF).
struct Character {
  std::size_t length = 0;
  std::uint32_t code = 0;
};

Character Decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {1, lead};
  std::size_t length = 0;
  std::uint32_t code = 0;
  std::uint32_t least = 0;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2, code = lead & 0x1FU, least = 0x80;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3, code = lead & 0x0FU, least = 0x800;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4, code = lead & 0x07U, least = 0x10000;
  } else {
    return {};
  }
  if (text.size() < length) return {};
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {};
    code = (code << 6U) | (byte(i) & 0x3FU);
  }
  if (code < least || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
  return {length, code};
}

/// Controls, line separators and what turns the direction of text around.
bool IsHarmful(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0x2028 || code == 0x2029 ||
         (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

}  // namespace

std::string Escape(std::string_view foreign, std::size_t limit) {
  constexpr std::string_view kCut = "...";
  std::string out;
  out.reserve(std::min(foreign.size(), limit));
  std::size_t characters = 0;
  // Where to cut, should more come than fits: room for the dots stays.
  std::size_t cut_at = 0;
  while (!foreign.empty()) {
    const Character character = Decode(foreign);
    const bool is_shown = character.length != 0 && !IsHarmful(character.code);
    const std::size_t bytes = character.length == 0 ? 1 : character.length;
    const std::size_t width = is_shown ? 1 : 4 * bytes;
    if (characters + width > limit) {
      out.resize(cut_at);
      if (limit >= kCut.size()) out += kCut;
      return out;
    }
    if (is_shown) {
      out.append(foreign.substr(0, bytes));
    } else {
      for (std::size_t i = 0; i < bytes; ++i) {
        out += fmt::format("\\x{:02x}", static_cast<unsigned char>(foreign[i]));
      }
    }
    characters += width;
    if (characters + kCut.size() <= limit) cut_at = out.size();
    foreign.remove_prefix(bytes);
  }
  return out;
}

}  // namespace gaikei
