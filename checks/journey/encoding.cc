#include "checks/journey/encoding.h"

#include <fmt/format.h>

#include <charconv>
#include <cstddef>
#include <nlohmann/json.hpp>

#include "results/http_text.h"

namespace gaikei {
std::string PercentEncode(std::string_view value, bool is_form) {
  return is_form ? FormEncoded(value) : PercentEncoded(value);
}

std::string PercentDecode(std::string_view encoded, bool is_form) {
  std::string text;
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    unsigned byte = 0;
    const char* const digits = encoded.data() + i + 1;
    if (encoded[i] == '%' && i + 2 < encoded.size() &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      text += static_cast<char>(byte);
      i += 2;
    } else {
      text += is_form && encoded[i] == '+' ? ' ' : encoded[i];
    }
  }
  return text;
}

std::string JsonEscape(std::string_view value) {
  const std::string quoted =
      nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return quoted.substr(1, quoted.size() - 2);
}

}  // namespace gaikei
