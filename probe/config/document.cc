#include "probe/config/document.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <optional>
#include <sstream>

#include "probe/config/nesting.h"
#include "results/text.h"

namespace gaikei {
namespace {

/// Thrown by Converter alone, caught by ParseDocument alone.
struct Refused {
  ConfigError error;
};

ConfigError ErrorAt(const Position& position, std::string message) {
  return {position.source->name, position.line, position.column, std::move(message)};
}

class Converter {
 public:
  explicit Converter(const SourceFile& source) : source_(source) {}

  Node Convert(toml::node& from, unsigned depth) const {
    Node node;
    node.position = At(from.source());
    node.key_position = node.position;
    if (depth > kDepthLimit) throw Refused{ErrorAt(node.position, TooDeepMessage())};
    from.visit([&](auto& value) { Fill(value, depth, node); });
    return node;
  }

 private:
  Position At(const toml::source_region& region) const {
    return {&source_, region.begin.line, region.begin.column};
  }

  void Fill(toml::table& table, unsigned depth, Node& node) const {
    node.kind = NodeKind::kTable;
    node.children.reserve(table.size());
    for (auto&& [key, value] : table) {
      Node child = Convert(value, depth + 1);
      child.key = std::string(key.str());
      child.key_position = At(key.source());
      if (child.key.size() > kKeyLimit) {
        throw Refused{
            ErrorAt(child.key_position, fmt::format("key longer than {} bytes", kKeyLimit))};
      }
      node.children.push_back(std::move(child));
    }
    // toml++ sorts a table by name.
    std::sort(node.children.begin(), node.children.end(), [](const Node& a, const Node& b) {
      return std::pair(a.key_position.line, a.key_position.column) <
             std::pair(b.key_position.line, b.key_position.column);
    });
  }

  void Fill(toml::array& array, unsigned depth, Node& node) const {
    node.kind = NodeKind::kArray;
    node.children.reserve(array.size());
    for (toml::node& value : array) node.children.push_back(Convert(value, depth + 1));
  }

  void Fill(toml::value<std::string>& value, unsigned, Node& node) const {
    node.kind = NodeKind::kString;
    node.text = std::move(*value);
  }
  void Fill(toml::value<std::int64_t>& value, unsigned, Node& node) const {
    node.kind = NodeKind::kInteger;
    node.integer = *value;
  }
  void Fill(toml::value<double>& value, unsigned, Node& node) const {
    node.kind = NodeKind::kNumber;
    node.number = *value;
  }
  void Fill(toml::value<bool>& value, unsigned, Node& node) const {
    node.kind = NodeKind::kBoolean;
    node.boolean = *value;
  }
  template <class Date>
  void Fill(toml::value<Date>& value, unsigned, Node& node) const {
    node.kind = NodeKind::kDate;
    std::ostringstream text;
    text << *value;
    node.text = text.str();
  }

  const SourceFile& source_;
};

}  // namespace

tl::expected<Document, ConfigError> ParseDocument(std::string name, unsigned order,
                                                  std::string text) {
  Document document;
  document.source = std::make_unique<SourceFile>();
  SourceFile& source = *document.source;
  source.name = std::move(name);
  source.order = order;
  source.text = std::move(text);
  if (source.text.size() > kFileLimit) {
    return tl::unexpected(ConfigError{source.name, 0, 0, "larger than 64 MiB"});
  }
  source.line_starts.push_back(0);
  for (std::size_t at = 0; (at = source.text.find('\n', at)) != std::string::npos;) {
    source.line_starts.push_back(++at);
  }
  if (const auto offset = FindTooDeep(source.text, kDepthLimit)) {
    const auto line =
        std::upper_bound(source.line_starts.begin(), source.line_starts.end(), *offset);
    return tl::unexpected(
        ConfigError{source.name, static_cast<unsigned>(line - source.line_starts.begin()),
                    static_cast<unsigned>(*offset - *std::prev(line)) + 1, TooDeepMessage()});
  }
  try {
    toml::table table = toml::parse(std::string_view(source.text), std::string_view());
    document.root = Converter(source).Convert(table, 0);
  } catch (const toml::parse_error& error) {
    const toml::source_position at = error.source().begin;
    return tl::unexpected(
        ConfigError{source.name, at.line, at.column, Escape(error.description(), 512)});
  } catch (const Refused& refused) {
    return tl::unexpected(refused.error);
  }
  return document;
}

}  // namespace gaikei
