#include "probe/config/mapping_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace gaikei {
namespace {

constexpr std::array<std::string_view, 3> kFamilies = {"phases", "histograms", "latest"};
constexpr std::size_t kValueLimit = 1024;

using Pairs = std::vector<std::pair<std::string, std::string>>;

bool Contains(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool IsKey(const Pairs& pairs, std::string_view key) {
  return std::any_of(pairs.begin(), pairs.end(),
                     [&](const auto& pair) { return pair.first == key; });
}

bool IsValue(const Pairs& pairs, std::string_view value) {
  return std::any_of(pairs.begin(), pairs.end(),
                     [&](const auto& pair) { return pair.second == value; });
}

/// Reads one table of names, with all that its keys can collide with.
class MappingReader {
 public:
  MappingReader(const UpstreamNames& names, const SeriesNames& series, LabelMapping& mapping,
                ErrorList& errors)
      : names_(names), series_(series), mapping_(mapping), errors_(errors) {}

  void Rename(const Node& table) {
    for (const Node& child : table.children) {
      if (!IsKnown(child.key)) {
        errors_.Add(child.key_position, WhyUnknown(child.key));
      } else if (Expect(child, NodeKind::kString, errors_)) {
        if (std::string why = WhyNotCalled(child); !why.empty()) {
          errors_.Add(child.position, "rename: " + why);
        }
        mapping_.rename.emplace_back(child.key, child.text);
      }
    }
    // A name is free where what had it is called otherwise, wherever that stands.
    for (const Node& child : table.children) {
      if (child.kind != NodeKind::kString || !IsTaken(child.text)) continue;
      errors_.Add(child.position,
                  fmt::format("rename: another one is called {}", Quoted(child.text)));
    }
  }

  void Add(const Node& table) {
    for (const Node& child : table.children) {
      if (!series_.is_name(child.key)) {
        errors_.Add(
            child.key_position,
            fmt::format("add_labels: {} is no name that this upstream takes", Quoted(child.key)));
      } else if (IsValue(mapping_.rename, child.key) ||
                 (Contains(series_.fixed, child.key) && !IsKey(mapping_.rename, child.key))) {
        errors_.Add(child.key_position,
                    fmt::format("add_labels: another one is called {}", Quoted(child.key)));
      } else if (Expect(child, NodeKind::kString, errors_)) {
        if (child.text.empty() || child.text.size() > kValueLimit || HasControl(child.text)) {
          errors_.Add(child.position,
                      fmt::format("add_labels: the value of {} is empty, longer than {} bytes or "
                                  "has control characters",
                                  Quoted(child.key), kValueLimit));
        }
        mapping_.add.emplace_back(child.key, child.text);
      }
    }
  }

 private:
  bool IsKnown(std::string_view ours) const {
    return Contains(series_.fixed, ours) || Contains(series_.others, ours) ||
           std::binary_search(names_.labels.begin(), names_.labels.end(), ours);
  }

  std::string WhyUnknown(std::string_view name) const {
    std::vector<std::string_view> known(series_.fixed.begin(), series_.fixed.end());
    known.insert(known.end(), series_.others.begin(), series_.others.end());
    known.insert(known.end(), names_.labels.begin(), names_.labels.end());
    std::string hint = DidYouMean(name, known);
    if (hint.empty()) {
      hint = fmt::format("; there are {} and labels of checks", fmt::join(series_.fixed, ", "));
    }
    return fmt::format("rename: there is no {}{}", Quoted(name), hint);
  }

  /// Empty where that may be its name.
  std::string WhyNotCalled(const Node& child) const {
    if (child.text.empty()) {
      const bool is_kept = Contains(series_.kept, child.key) ||
                           (child.key == series_.region && !names_.has_one_region);
      if (!is_kept) return {};
      return fmt::format("{} cannot be left out: several series would be one", child.key);
    }
    if (!series_.is_name(child.text)) {
      return fmt::format("{} is no name that this upstream takes", Quoted(child.text));
    }
    if (IsValue(mapping_.rename, child.text)) {
      return fmt::format("two would be called {}", Quoted(child.text));
    }
    return {};
  }

  /// Something else is called so, and not renamed.
  bool IsTaken(std::string_view theirs) const {
    const bool is_ours = Contains(series_.fixed, theirs) ||
                         std::binary_search(names_.labels.begin(), names_.labels.end(), theirs);
    return is_ours && !IsKey(mapping_.rename, theirs);
  }

  const UpstreamNames& names_;
  const SeriesNames& series_;
  LabelMapping& mapping_;
  ErrorList& errors_;
};

}  // namespace

void ReadMapping(TableReader& reader, const UpstreamNames& names, const SeriesNames& series,
                 LabelMapping& mapping) {
  MappingReader tables(names, series, mapping, reader.errors());
  if (const Node* rename = reader.Take("rename", NodeKind::kTable)) tables.Rename(*rename);
  if (const Node* add = reader.Take("add_labels", NodeKind::kTable)) tables.Add(*add);
  ReadDrop(reader, mapping);
}

void ReadDrop(TableReader& reader, LabelMapping& mapping) {
  for (const Node* node : reader.Strings("drop")) {
    if (!Contains(kFamilies, node->text)) {
      reader.errors().Add(node->position,
                          fmt::format("drop: {} is none of {}{}", Quoted(node->text),
                                      Listed(kFamilies), DidYouMean(node->text, kFamilies)));
    } else if (!mapping.drop.insert(node->text).second) {
      reader.errors().Add(node->position,
                          fmt::format("drop: {} is named twice", Quoted(node->text)));
    }
  }
}

bool IsPrintableName(std::string_view name) {
  return !name.empty() && name.size() <= kSeriesNameLimit && !HasControl(name);
}

}  // namespace gaikei
