#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checks/expect/expect.h"

namespace gaikei::expect {

/// What is wrong with a path into a JSON document, if anything; columns count from its beginning.
///
/// A path is made of names and indices: `items[0].id`, `[2]`, `["a key"].b`. A name without quotes
/// has none of `.` `[` `]`; one in quotes takes no escapes. `[*]` is every element of an array and
/// every member of an object. The empty path is the whole document. At most 64 parts.
std::optional<CompileError> FindJsonPathError(std::string_view path);

/// One part of a path.
struct JsonPathPart {
  enum class Kind : std::uint8_t { kName, kIndex, kEvery };
  Kind kind = Kind::kEvery;
  std::string name = {};   ///< kName
  std::size_t index = 0;   ///< kIndex
  bool is_quoted = false;  ///< kName: written in brackets and quotes
};

/// Takes a path apart. REQUIRES: FindJsonPathError() finds nothing.
std::vector<JsonPathPart> SplitJsonPath(std::string_view path);

/// Whether a path may lead to several values: it has a `[*]`. REQUIRES as above.
bool IsManyJsonPath(std::string_view path);

}  // namespace gaikei::expect
