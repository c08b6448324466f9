#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace gaikei {

/// The known name that a mistyped word most likely meant: the one at the smallest edit distance
/// (insertions, deletions, changes, neighbours swapped), where that is at most a third of the
/// word's length, rounded up, and at most 3. Case does not count. Absent when none is near. The
/// first of equals wins.
std::optional<std::string_view> Nearest(std::string_view word,
                                        std::span<const std::string_view> known);

}  // namespace gaikei
