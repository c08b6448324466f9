#include "probe/config/nesting.h"

#include <vector>

#include "probe/config/document.h"

namespace gaikei {
namespace {

/// The offset behind the string that begins at `at`; the text's end where it is not closed.
std::size_t SkipString(std::string_view text, std::size_t at) {
  const char quote = text[at];
  const std::string_view triple = quote == '"' ? "\"\"\"" : "'''";
  const bool is_long = text.substr(at, 3) == triple;
  at += is_long ? 3 : 1;
  while (at < text.size()) {
    if (text[at] == '\\' && quote == '"') {
      at += 2;
    } else if (is_long && text.substr(at, 3) == triple) {
      return at + 3;
    } else if (!is_long && (text[at] == quote || text[at] == '\n')) {
      return at + 1;
    } else {
      ++at;
    }
  }
  return text.size();
}

}  // namespace

std::optional<std::size_t> FindTooDeep(std::string_view text, unsigned limit) {
  std::vector<std::size_t> brackets;  // of each open one: levels that end with it
  std::size_t open = 0;               // sum of `brackets`
  std::size_t dots = 0;               // of the key that is being read, or was
  for (std::size_t at = 0; at < text.size();) {
    switch (text[at]) {
      case '"':
      case '\'':
        at = SkipString(text, at);
        continue;
      case '#':
        at = std::min(text.find('\n', at), text.size());
        continue;
      case '.':
        ++dots;
        break;
      case '[':
      case '{':
        brackets.push_back(dots + 1);
        open += dots + 1;
        dots = 0;
        break;
      case ']':
      case '}':
        if (!brackets.empty()) {
          open -= brackets.back();
          brackets.pop_back();
        }
        dots = 0;
        break;
      case ',':
        dots = 0;
        break;
      case '\n':
        // A key ends with its line; a value ends with its brackets.
        dots = 0;
        break;
      default:
        break;
    }
    if (open + dots > limit) return at;
    ++at;
  }
  return std::nullopt;
}

std::string TooDeepMessage() {
  return "nested deeper than " + std::to_string(kDepthLimit) + " levels";
}

}  // namespace gaikei
