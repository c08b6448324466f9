#include <algorithm>

#include "probe/config/document.h"

namespace gaikei {
namespace {

/// Bytes that one character of a basic string's text stands for, and how many bytes of the file it
/// takes (TOML 1.0, "String").
struct Piece {
  std::size_t written = 1;
  std::size_t meant = 1;
};

std::size_t HexValue(std::string_view digits) {
  std::size_t value = 0;
  for (const char c : digits) {
    const auto digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    value = value * 16 + static_cast<std::size_t>(digit);
  }
  return value;
}

Piece NextPiece(std::string_view text) {
  if (text[0] != '\\' || text.size() < 2) return {};
  if (text[1] != 'u' && text[1] != 'U') return {2, 1};
  const std::size_t digits = text[1] == 'u' ? 4 : 8;
  const std::size_t code = HexValue(text.substr(2, digits));
  return {2 + digits, code < 0x80 ? 1U : code < 0x800 ? 2U : code < 0x10000 ? 3U : 4U};
}

bool ContinuesCharacter(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

std::size_t Characters(std::string_view text) {
  return text.size() -
         static_cast<std::size_t>(std::count_if(text.begin(), text.end(), ContinuesCharacter));
}

/// The offset of a column in a line; the text's end where the line is shorter.
std::size_t OffsetOf(std::string_view text, std::size_t line_start, unsigned column) {
  std::size_t at = line_start;
  for (unsigned left = column - 1; left > 0 && at < text.size(); --left) {
    ++at;
    while (at < text.size() && ContinuesCharacter(text[at])) ++at;
  }
  return at;
}

}  // namespace

const Node* Node::Find(std::string_view name) const {
  const auto it = std::find_if(children.begin(), children.end(),
                               [&](const Node& child) { return child.key == name; });
  return it == children.end() ? nullptr : &*it;
}

std::string_view WithArticle(NodeKind kind) {
  switch (kind) {
    case NodeKind::kTable:
      return "a table";
    case NodeKind::kArray:
      return "an array";
    case NodeKind::kString:
      return "a string";
    case NodeKind::kInteger:
      return "an integer";
    case NodeKind::kNumber:
      return "a number";
    case NodeKind::kBoolean:
      return "a boolean";
    case NodeKind::kDate:
      return "a date or time";
  }
  return "nothing";
}

Position PositionInString(const Node& string, std::size_t offset) {
  Position position = string.position;
  const SourceFile& source = *position.source;
  if (position.line == 0 || position.line > source.line_starts.size()) return position;
  const std::string_view text = source.text;
  const std::size_t start = OffsetOf(text, source.line_starts[position.line - 1], position.column);
  if (start >= text.size()) return position;
  const char quote = text[start];
  const std::string_view rest = text.substr(start + 1);
  const bool is_long = rest.size() >= 2 && rest[0] == quote && rest[1] == quote;
  if ((quote != '"' && quote != '\'') || is_long) return position;
  std::size_t written = 0;
  for (std::size_t meant = 0; meant < offset && written < rest.size();) {
    const Piece piece = quote == '"' ? NextPiece(rest.substr(written)) : Piece{};
    written += piece.written;
    meant += piece.meant;
  }
  position.column += 1 + static_cast<unsigned>(Characters(rest.substr(0, written)));
  return position;
}

}  // namespace gaikei
