#pragma once

#include <string>
#include <string_view>

namespace gaikei {

/// For the inside of a JSON string; what is no UTF-8 becomes U+FFFD. `is_ascii`: all else than
/// ASCII as \uXXXX.
std::string JsonEscape(std::string_view value, bool is_ascii = false);

}  // namespace gaikei
