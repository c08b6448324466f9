#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace gaikei {

/// One command of a shell, its words without their quotes.
struct ShellCommand {
  unsigned line = 0;  ///< from 1, where it begins; 0: not from a text
  std::vector<std::string> words;
};

struct ShellError {
  unsigned line = 0;    ///< from 1
  unsigned column = 0;  ///< from 1, in bytes
  std::string message;
};

/// Takes a text apart as a POSIX shell would: quotes, backslashes, continued lines, comments, and
/// bash's $'...' (ANSI-C escapes). Commands end at a line's end, `;`, `&` and `&&`. What only a
/// running shell could know is an error: variables, substitutions, pipes, redirections. Pure.
tl::expected<std::vector<ShellCommand>, ShellError> SplitShell(std::string_view text);

}  // namespace gaikei
