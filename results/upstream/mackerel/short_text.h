#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gaikei::mackerel {

/// The text, cut between two characters where it has more than `limit` of them, "..." telling so.
/// A character is a unit of UTF-16, the strictest reading of Mackerel's "characters": one beyond
/// U+FFFF counts twice. `text` is valid UTF-8 (results/text.h), `limit` is at least 3.
std::string Shortened(std::string_view text, std::size_t limit);

}  // namespace gaikei::mackerel
