#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gaikei {

/// Parses "64KiB": digits and one of B, KB, MB, GB, TB (powers of 1,000), KiB, MiB, GiB, TiB
/// (powers of 1,024). Absent when the text is no size or does not fit.
std::optional<std::uint64_t> ParseSize(std::string_view text);

}  // namespace gaikei
