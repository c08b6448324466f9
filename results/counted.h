#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gaikei {

/// "1 sample", "2 samples", "0 samples": a count and its noun, whose plural ends in s. Pure.
std::string Counted(std::uint64_t count, std::string_view noun);

}  // namespace gaikei
