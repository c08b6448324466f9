#include "probe/config/mapping_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gaikei {
namespace {

constexpr std::array<std::string_view, 3> kFamilies = {"phases", "histograms", "latest"};
constexpr std::size_t kNameLimit = 256;
constexpr std::size_t kValueLimit = 1024;

bool IsWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

bool HasValue(const Pairs& pairs, std::string_view value) {
  return std::any_of(pairs.begin(), pairs.end(),
                     [&](const auto& pair) { return pair.second == value; });
}

void ReadRename(TableReader& reader, IsSeriesName is_name, LabelMapping& mapping) {
  const Node* table = reader.Take("rename", NodeKind::kTable);
  if (table == nullptr) return;
  ErrorList& errors = reader.errors();
  for (const Node& child : table->children) {
    if (!IsAttribute(child.key)) {
      errors.Add(child.key_position, fmt::format("rename: {} is no name", Quoted(child.key)));
    } else if (Expect(child, NodeKind::kString, errors)) {
      if (!child.text.empty() && !is_name(child.text)) {
        errors.Add(child.position, fmt::format("rename: {} is no name that this upstream takes",
                                               Quoted(child.text)));
      } else if (!child.text.empty() && HasValue(mapping.rename, child.text)) {
        errors.Add(child.position,
                   fmt::format("rename: two would be called {}", Quoted(child.text)));
      }
      mapping.rename.emplace_back(child.key, child.text);
    }
  }
}

void ReadAddLabels(TableReader& reader, IsSeriesName is_name, LabelMapping& mapping) {
  const Node* table = reader.Take("add_labels", NodeKind::kTable);
  if (table == nullptr) return;
  ErrorList& errors = reader.errors();
  for (const Node& child : table->children) {
    if (!is_name(child.key)) {
      errors.Add(
          child.key_position,
          fmt::format("add_labels: {} is no name that this upstream takes", Quoted(child.key)));
    } else if (HasValue(mapping.rename, child.key)) {
      errors.Add(child.key_position,
                 fmt::format("add_labels: rename calls another one {} already", Quoted(child.key)));
    } else if (Expect(child, NodeKind::kString, errors)) {
      const bool is_value =
          !child.text.empty() && child.text.size() <= kValueLimit && !HasControl(child.text);
      if (!is_value) {
        errors.Add(child.position,
                   fmt::format("add_labels: the value of {} is empty, longer than {} bytes or has "
                               "control characters",
                               Quoted(child.key), kValueLimit));
      }
      mapping.add.emplace_back(child.key, child.text);
    }
  }
}

void ReadDrop(TableReader& reader, LabelMapping& mapping) {
  for (const Node* node : reader.Strings("drop")) {
    if (std::find(kFamilies.begin(), kFamilies.end(), node->text) == kFamilies.end()) {
      reader.errors().Add(node->position,
                          fmt::format("drop: {} is none of {}{}", Quoted(node->text),
                                      Listed(kFamilies), DidYouMean(node->text, kFamilies)));
    } else if (!mapping.drop.insert(node->text).second) {
      reader.errors().Add(node->position,
                          fmt::format("drop: {} is named twice", Quoted(node->text)));
    }
  }
}

}  // namespace

void ReadMapping(TableReader& reader, IsSeriesName is_name, LabelMapping& mapping) {
  ReadRename(reader, is_name, mapping);
  ReadAddLabels(reader, is_name, mapping);
  ReadDrop(reader, mapping);
}

bool IsPrometheusLabel(std::string_view name) {
  return !name.empty() && name.size() <= kNameLimit && !(name[0] >= '0' && name[0] <= '9') &&
         !name.starts_with("__") && std::all_of(name.begin(), name.end(), &IsWord);
}

bool IsAttribute(std::string_view name) {
  return !name.empty() && name.size() <= kNameLimit && !HasControl(name);
}

bool IsStatsdTag(std::string_view name) {
  return IsAttribute(name) && name.find_first_of(":,|#@ ") == std::string_view::npos;
}

}  // namespace gaikei
