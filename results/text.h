#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gaikei {

/// Default bound of what Escape() keeps.
inline constexpr std::size_t kEscapedLimit = 256;

/// The one function for foreign bytes on their way to a human, a log or a result.
///
/// C0 and C1 controls, ESC, DEL, CR, LF, U+2028, U+2029, bidirectional controls (U+202A..U+202E,
/// U+2066..U+2069) and invalid UTF-8 become \xNN (a byte each); a backslash stays. The result is
/// valid UTF-8 of at most `limit` characters, "..." at the end telling that something was cut.
std::string Escape(std::string_view foreign, std::size_t limit = kEscapedLimit);

}  // namespace gaikei
