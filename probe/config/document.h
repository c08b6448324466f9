#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "probe/config/config.h"

namespace gaikei {

/// One file of a configuration. Lives as long as the nodes that were read from it.
struct SourceFile {
  std::string name;                      ///< as it is shown; for a flag the flag itself
  unsigned order = 0;                    ///< errors are sorted by it first
  std::string text;                      ///< empty for a flag
  std::vector<std::size_t> line_starts;  ///< offsets into `text`
};

/// Where something stands. Cheap to copy; points into a SourceFile that outlives it.
struct Position {
  const SourceFile* source = nullptr;
  unsigned line = 0;    ///< from 1; 0: the source as a whole
  unsigned column = 0;  ///< from 1, in characters
};

enum class NodeKind : std::uint8_t {
  kTable,
  kArray,
  kString,
  kInteger,
  kNumber,
  kBoolean,
  kDate,
};

/// A value of a TOML document, with its place: all that validation looks at.
struct Node {
  NodeKind kind = NodeKind::kTable;
  bool boolean = false;
  std::string key;        ///< in a table; empty in an array
  Position key_position;  ///< of the key; in an array that of the value
  Position position;      ///< of the value
  std::string text;       ///< of a string; a date as it is written in RFC 3339
  std::int64_t integer = 0;
  double number = 0;           ///< of a kNumber
  std::vector<Node> children;  ///< in the order of the file

  /// Null where there is none.
  const Node* Find(std::string_view name) const;
};

/// "a string", "an integer", ...
std::string_view WithArticle(NodeKind kind);

/// Largest file that is read.
inline constexpr std::size_t kFileLimit = std::size_t{64} * 1024 * 1024;
/// Deepest nesting of tables and arrays.
inline constexpr unsigned kDepthLimit = 64;
/// Longest key, in bytes.
inline constexpr std::size_t kKeyLimit = 256;

/// One parsed file. Its nodes point to its source.
struct Document {
  std::unique_ptr<SourceFile> source;
  Node root;
};

/// Parses TOML 1.0. The error is the first of the file: what stands behind it cannot be judged.
tl::expected<Document, ConfigError> ParseDocument(std::string name, unsigned order,
                                                  std::string text);

/// Where the byte `offset` of a string's value stands in its file: escapes are taken into account,
/// a multi-line string is pointed at as a whole.
Position PositionInString(const Node& string, std::size_t offset);

}  // namespace gaikei
