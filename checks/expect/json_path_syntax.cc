#include "checks/expect/json_path_syntax.h"

#include <algorithm>
#include <charconv>

#include "results/ascii.h"

namespace gaikei::expect {
namespace {

constexpr std::size_t kMaxParts = 64;  // no document is nested deeper
constexpr std::size_t kMaxDigits = 9;  // what any machine's int holds

/// Checks the brackets that begin at `at`, and moves behind them.
std::optional<CompileError> CheckBrackets(std::string_view path, std::size_t& at) {
  const std::size_t open = at++;
  if (at < path.size() && (path[at] == '"' || path[at] == '\'')) {
    const std::size_t close = path.find(path[at], at + 1);
    if (close == std::string_view::npos) return CompileError{at, "the quote is not closed"};
    at = close + 1;
  } else if (at < path.size() && path[at] == '-') {
    return CompileError{at, "a JSON index counts from 0; negative ones do not exist"};
  } else if (at < path.size() && path[at] == '*') {
    ++at;
  } else {
    const std::size_t begin = at;
    while (at < path.size() && IsDigit(path[at])) ++at;
    if (at == begin) return CompileError{begin, "brackets hold an index, * or a name in quotes"};
    if (at - begin > kMaxDigits) return CompileError{begin, "the JSON index is too large"};
  }
  if (at >= path.size() || path[at] != ']') return CompileError{open, "the bracket is not closed"};
  ++at;
  return std::nullopt;
}

}  // namespace

std::optional<CompileError> FindJsonPathError(std::string_view path) {
  std::size_t at = 0;
  std::size_t parts = 0;
  bool needs_name = !path.empty() && path.front() != '[';
  while (at < path.size()) {
    if (path[at] != '.' && ++parts > kMaxParts) {
      return CompileError{at, "the JSON path has more than 64 parts"};
    }
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

std::vector<JsonPathPart> SplitJsonPath(std::string_view path) {
  std::vector<JsonPathPart> parts;
  while (!path.empty()) {
    JsonPathPart part;
    if (path.front() != '[') {
      if (path.front() == '.') path.remove_prefix(1);
      const std::size_t end = std::min(path.find_first_of(".["), path.size());
      part.kind = JsonPathPart::Kind::kName;
      part.name = path.substr(0, end);
      path.remove_prefix(end);
    } else if (path[1] == '"' || path[1] == '\'') {
      const std::size_t close = path.find(path[1], 2);
      part.kind = JsonPathPart::Kind::kName;
      part.name = path.substr(2, close - 2);
      part.is_quoted = true;
      path.remove_prefix(close + 2);
    } else {
      const std::size_t close = path.find(']');
      if (path[1] != '*') {
        part.kind = JsonPathPart::Kind::kIndex;
        std::from_chars(path.data() + 1, path.data() + close, part.index);
      }
      path.remove_prefix(close + 1);
    }
    parts.push_back(std::move(part));
  }
  return parts;
}

bool IsManyJsonPath(std::string_view path) {
  const auto parts = SplitJsonPath(path);
  return std::any_of(parts.begin(), parts.end(), [](const JsonPathPart& part) {
    return part.kind == JsonPathPart::Kind::kEvery;
  });
}

}  // namespace gaikei::expect
