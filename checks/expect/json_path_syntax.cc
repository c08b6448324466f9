#include "checks/expect/json_path_syntax.h"

#include <cstddef>
#include <string>

namespace gaikei::expect {
namespace {

constexpr std::size_t kMaxDigits = 9;  // what any machine's int holds

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// Checks the brackets that begin at `at`, and moves behind them.
std::optional<CompileError> CheckBrackets(std::string_view path, std::size_t& at) {
  const std::size_t open = at++;
  if (at < path.size() && (path[at] == '"' || path[at] == '\'')) {
    const std::size_t close = path.find(path[at], at + 1);
    if (close == std::string_view::npos) return CompileError{at, "the quote is not closed"};
    at = close + 1;
  } else if (at < path.size() && path[at] == '-') {
    return CompileError{at, "a JSON index counts from 0; negative ones do not exist"};
  } else {
    const std::size_t begin = at;
    while (at < path.size() && IsDigit(path[at])) ++at;
    if (at == begin) return CompileError{begin, "brackets hold an index or a name in quotes"};
    if (at - begin > kMaxDigits) return CompileError{begin, "the JSON index is too large"};
  }
  if (at >= path.size() || path[at] != ']') return CompileError{open, "the bracket is not closed"};
  ++at;
  return std::nullopt;
}

}  // namespace

std::optional<CompileError> FindJsonPathError(std::string_view path) {
  std::size_t at = 0;
  bool needs_name = !path.empty() && path.front() != '[';
  while (at < path.size()) {
    if (needs_name) {
      const std::size_t begin = at;
      while (at < path.size() && path[at] != '.' && path[at] != '[' && path[at] != ']') ++at;
      if (at == begin) return CompileError{at, "a name is missing in the JSON path"};
      needs_name = false;
    } else if (path[at] == '[') {
      if (auto error = CheckBrackets(path, at)) return error;
    } else if (path[at] == '.') {
      ++at;
      needs_name = true;
    } else {
      return CompileError{at, "a JSON path goes on with \".\" or \"[\" here"};
    }
  }
  if (needs_name) return CompileError{at, "a name is missing in the JSON path"};
  return std::nullopt;
}

}  // namespace gaikei::expect
