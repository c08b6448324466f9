#include "probe/config/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "probe/config/size.h"
#include "results/text.h"

namespace gaikei {
namespace {

void WrongKind(const Node& node, std::string_view wanted, ErrorList& errors) {
  errors.Add(node.position, fmt::format("expected {}, found {}", wanted, WithArticle(node.kind)));
}

std::string ShownSize(std::uint64_t bytes) {
  static constexpr std::array<std::string_view, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (bytes != 0 && bytes % 1024 == 0 && unit + 1 < kUnits.size()) {
    bytes /= 1024;
    ++unit;
  }
  return fmt::format("{}{}", bytes, kUnits[unit]);
}

}  // namespace

bool Expect(const Node& node, NodeKind kind, ErrorList& errors) {
  if (node.kind == kind) return true;
  WrongKind(node, WithArticle(kind), errors);
  return false;
}

std::string Assignment(const Node& node) {
  std::string value;
  switch (node.kind) {
    case NodeKind::kString:
      value = Quoted(node.text);
      break;
    case NodeKind::kInteger:
      value = std::to_string(node.integer);
      break;
    case NodeKind::kNumber:
      value = fmt::format("{}", node.number);
      break;
    default:
      value = WithArticle(node.kind);
  }
  return node.key.empty() ? value : fmt::format("{} = {}", Escape(node.key), value);
}

bool HasControl(std::string_view text) { return Escape(text, 12 * text.size()) != text; }

TableReader::TableReader(const Node& table, ErrorList& errors)
    : table_(table), errors_(errors), is_known_(table.children.size()) {
  known_.reserve(40);
}

const Node* TableReader::Take(std::string_view key) {
  known_.push_back(key);
  for (std::size_t i = 0; i < table_.children.size(); ++i) {
    if (table_.children[i].key != key) continue;
    is_known_[i] = true;
    return &table_.children[i];
  }
  return nullptr;
}

const Node* TableReader::Take(std::string_view key, NodeKind kind) {
  const Node* node = Take(key);
  return node != nullptr && Expect(*node, kind, errors_) ? node : nullptr;
}

std::optional<std::string> TableReader::String(std::string_view key) {
  const Node* node = Take(key, NodeKind::kString);
  return node == nullptr ? std::nullopt : std::optional(node->text);
}

std::optional<std::string> TableReader::Line(std::string_view key) {
  const Node* node = Take(key, NodeKind::kString);
  if (node == nullptr) return std::nullopt;
  if (node->text.empty()) {
    errors_.Add(node->position, fmt::format("{} is empty", key));
    return std::nullopt;
  }
  if (HasControl(node->text)) {
    errors_.Add(node->position, fmt::format("{} has control characters", key));
    return std::nullopt;
  }
  return node->text;
}

std::optional<bool> TableReader::Boolean(std::string_view key) {
  const Node* node = Take(key, NodeKind::kBoolean);
  return node == nullptr ? std::nullopt : std::optional(node->boolean);
}

std::optional<std::int64_t> TableReader::Integer(std::string_view key, std::int64_t min,
                                                 std::int64_t max) {
  const Node* node = Take(key, NodeKind::kInteger);
  if (node == nullptr) return std::nullopt;
  if (node->integer < min || node->integer > max) {
    errors_.Add(node->position,
                fmt::format("{} is out of range: from {} to {}", Assignment(*node), min, max));
    return std::nullopt;
  }
  return node->integer;
}

std::optional<double> TableReader::Number(std::string_view key, double min, double max) {
  const Node* node = Take(key);
  if (node == nullptr) return std::nullopt;
  if (node->kind != NodeKind::kNumber && node->kind != NodeKind::kInteger) {
    WrongKind(*node, "a number", errors_);
    return std::nullopt;
  }
  const double value =
      node->kind == NodeKind::kNumber ? node->number : static_cast<double>(node->integer);
  if (!(value >= min && value <= max)) {
    errors_.Add(node->position,
                fmt::format("{} is out of range: from {} to {}", Assignment(*node), min, max));
    return std::nullopt;
  }
  return value;
}

std::optional<Span> TableReader::Duration(std::string_view key, Span min, Span max) {
  const Node* node = Take(key);
  if (node == nullptr) return std::nullopt;
  if (node->kind != NodeKind::kString) {
    WrongKind(*node, "a duration such as \"30s\"", errors_);
    return std::nullopt;
  }
  const auto span = ParseDuration(node->text);
  if (!span) {
    errors_.Add(node->position,
                fmt::format("{} is no duration; write it as \"250ms\", \"30s\", \"5m\" or \"28d\"",
                            Assignment(*node)));
    return std::nullopt;
  }
  if (*span < min || *span > max) {
    errors_.Add(node->position, fmt::format("{} is out of range: from {} to {}", Assignment(*node),
                                            FormatDuration(min), FormatDuration(max)));
    return std::nullopt;
  }
  return span;
}

std::optional<std::uint64_t> TableReader::Size(std::string_view key, std::uint64_t min,
                                               std::uint64_t max) {
  const Node* node = Take(key);
  if (node == nullptr) return std::nullopt;
  std::optional<std::uint64_t> size;
  if (node->kind == NodeKind::kString) {
    size = ParseSize(node->text);
    if (!size) {
      errors_.Add(node->position,
                  fmt::format("{} is no size; write it as \"64KiB\", \"8MiB\" or in bytes",
                              Assignment(*node)));
      return std::nullopt;
    }
  } else if (node->kind == NodeKind::kInteger) {
    size = node->integer < 0 ? 0 : static_cast<std::uint64_t>(node->integer);
  } else {
    WrongKind(*node, "a size such as \"64KiB\"", errors_);
    return std::nullopt;
  }
  if (*size < min || *size > max) {
    errors_.Add(node->position, fmt::format("{} is out of range: from {} to {}", Assignment(*node),
                                            ShownSize(min), ShownSize(max)));
    return std::nullopt;
  }
  return size;
}

std::optional<std::string_view> TableReader::OneOf(std::string_view key,
                                                   std::span<const std::string_view> names) {
  const Node* node = Take(key, NodeKind::kString);
  if (node == nullptr) return std::nullopt;
  const auto it = std::find(names.begin(), names.end(), node->text);
  if (it != names.end()) return *it;
  errors_.Add(node->position, fmt::format("{} is none of {}", Assignment(*node), Listed(names)));
  return std::nullopt;
}

std::vector<const Node*> TableReader::StringsOf(const Node* array) {
  std::vector<const Node*> strings;
  if (array == nullptr) return strings;
  if (array->kind != NodeKind::kArray) {
    WrongKind(*array, "an array of strings", errors_);
    return strings;
  }
  for (const Node& child : array->children) {
    if (Expect(child, NodeKind::kString, errors_)) strings.push_back(&child);
  }
  return strings;
}

std::vector<const Node*> TableReader::Strings(std::string_view key) { return StringsOf(Take(key)); }

std::vector<const Node*> TableReader::StringOrStrings(std::string_view key) {
  const Node* node = Take(key);
  if (node != nullptr && node->kind == NodeKind::kString) return {node};
  return StringsOf(node);
}

void TableReader::Done() {
  Done([](const Node&) { return false; });
}

void TableReader::Done(const std::function<bool(const Node&)>& is_settled) {
  for (std::size_t i = 0; i < table_.children.size(); ++i) {
    if (is_known_[i] || is_settled(table_.children[i])) continue;
    const Node& child = table_.children[i];
    errors_.Add(child.key_position,
                fmt::format("unknown key {}{}", Quoted(child.key), DidYouMean(child.key, known_)));
  }
}

}  // namespace gaikei
