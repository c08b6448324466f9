#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "results/text.h"

namespace {

std::size_t CharactersOf(const std::string& text) {
  std::size_t count = 0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) ++count;
  }
  return count;
}

/// By a decoder that is not ours: dumping anything else throws.
bool IsUtf8(const std::string& text) {
  try {
    (void)nlohmann::json(text).dump();
    return true;
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

bool IsHarmful(const std::string& text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) return true;
  }
  for (unsigned last = 0x80; last <= 0x9F; ++last) {
    if (text.find({'\xC2', static_cast<char>(last)}) != std::string::npos) return true;
  }
  return text.find("\xE2\x80\xA8") != std::string::npos ||
         text.find("\xE2\x80\xAE") != std::string::npos ||
         text.find("\xE2\x81\xA6") != std::string::npos;
}

}  // namespace

/// Any bytes, with a limit that the first one gives: valid UTF-8 within the limit, nothing that
/// moves a cursor, ends a line or turns the writing direction.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t limit = data[0];
  const std::string_view foreign(reinterpret_cast<const char*>(data) + 1, size - 1);
  for (const std::string& shown : {gaikei::Escape(foreign, limit), gaikei::Escape(foreign)}) {
    if (!IsUtf8(shown) || IsHarmful(shown)) __builtin_trap();
  }
  if (CharactersOf(gaikei::Escape(foreign, limit)) > limit) __builtin_trap();
  if (CharactersOf(gaikei::Escape(foreign)) > gaikei::kEscapedLimit) __builtin_trap();
  // What has been escaped once stays as it is.
  const std::string whole = gaikei::Escape(foreign, 4 * size);
  if (gaikei::Escape(whole, 4 * size) != whole) __builtin_trap();
  return 0;
}
