#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gaikei {

/// Where a TOML text first nests deeper than `limit` in one statement, counting the dots of keys
/// and the open brackets; absent where it does not. Looked at before the text is parsed: the parser
/// takes trees apart recursively, so a key of a million dots would exhaust the stack.
std::optional<std::size_t> FindTooDeep(std::string_view text, unsigned limit);

/// What is said of it.
std::string TooDeepMessage();

}  // namespace gaikei
