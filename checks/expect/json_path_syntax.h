#pragma once

#include <optional>
#include <string_view>

#include "checks/expect/expect.h"

namespace gaikei::expect {

/// What is wrong with a path into a JSON document, if anything; columns count from its beginning.
///
/// A path is made of names and indices: `items[0].id`, `[2]`, `["a key"].b`. A name without quotes
/// has none of `.` `[` `]`; one in quotes takes no escapes. The empty path is the whole document.
std::optional<CompileError> FindJsonPathError(std::string_view path);

}  // namespace gaikei::expect
