#pragma once

#include <string>

namespace gaikei::support {

/// Window bits of zlib for each of the three forms.
inline constexpr int kGzip = 15 + 16;  ///< RFC 1952
inline constexpr int kZlib = 15;       ///< RFC 1950
inline constexpr int kRaw = -15;       ///< RFC 1951

/// `text` as zlib packs it, at its best; `flush` as zlib has it, Z_FINISH (4) for a whole stream.
/// Throws std::runtime_error where zlib refuses.
std::string Deflate(const std::string& text, int format, int flush = 4);
inline std::string Gzip(const std::string& text) { return Deflate(text, kGzip); }

}  // namespace gaikei::support
