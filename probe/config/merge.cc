#include "probe/config/merge.h"

#include <fmt/format.h>

#include <array>
#include <unordered_map>

#include "probe/config/check_table.h"
#include "probe/config/reader.h"

namespace gaikei {
namespace {

constexpr std::array<std::string_view, 6> kTables = {"probe",  "defaults", "check",
                                                     "region", "upstream", "journey"};
/// From here on they hold tables by name.
constexpr std::size_t kFirstOfNames = 2;

using Seen = std::unordered_map<std::string_view, const Node*>;

/// True where `node` is the first of its name; else an error that names the first.
bool IsFirst(const Node& node, std::string_view what, Seen& seen, ErrorList& errors) {
  const auto [it, is_first] = seen.emplace(node.key, &node);
  if (!is_first) {
    errors.Add(node.key_position, fmt::format("{} {} stands at {} already", what, Quoted(node.key),
                                              Text(it->second->key_position)));
  }
  return is_first;
}

void AddKeys(const Node& table, Seen& seen, Node& merged, ErrorList& errors) {
  for (const Node& child : table.children) {
    if (IsFirst(child, "key", seen, errors)) merged.children.push_back(child);
  }
}

/// True where it is a table; else an error that shows how one is written.
bool ExpectTable(const Node& node, std::string_view header, ErrorList& errors) {
  if (node.kind == NodeKind::kTable) return true;
  errors.Add(node.position, fmt::format("expected a table, written as [{}], found {}", header,
                                        WithArticle(node.kind)));
  return false;
}

void AddTables(const Node& tables, Seen& seen, std::vector<const Node*>& merged,
               ErrorList& errors) {
  for (const Node& child : tables.children) {
    if (std::string why = WhyNoName(child.key); !why.empty()) {
      errors.Add(child.key_position, std::move(why));
    } else if (ExpectTable(child, fmt::format("{}.NAME", tables.key), errors) &&
               IsFirst(child, tables.key, seen, errors)) {
      merged.push_back(&child);
    }
  }
}

/// Outcomes and metrics of a journey stand under its name, as those of a check do.
void RefuseCommonNames(const Merged& merged, const Seen& checks, ErrorList& errors) {
  for (const Node* journey : merged.journeys) {
    const auto check = checks.find(journey->key);
    if (check == checks.end()) continue;
    errors.Add(journey->key_position,
               fmt::format("journey {} has the name of the check at {}", Quoted(journey->key),
                           Text(check->second->key_position)));
  }
}

}  // namespace

Merged Merge(const std::vector<Document>& documents, ErrorList& errors) {
  Merged merged;
  std::array<Seen, kTables.size()> seen;
  for (const Document& document : documents) {
    for (const Node& table : document.root.children) {
      std::size_t index = 0;
      while (index < kTables.size() && kTables[index] != table.key) ++index;
      if (index == kTables.size()) {
        const bool is_table = table.kind == NodeKind::kTable;
        errors.Add(table.key_position,
                   fmt::format("unknown {} {}{}", is_table ? "table" : "key", Quoted(table.key),
                               DidYouMean(table.key, kTables)));
        continue;
      }
      const std::string header =
          index < kFirstOfNames ? table.key : fmt::format("{}.NAME", table.key);
      if (!ExpectTable(table, header, errors)) continue;
      if (index == 0) AddKeys(table, seen[index], merged.probe, errors);
      if (index == 1) AddKeys(table, seen[index], merged.defaults, errors);
      if (index == 2) AddTables(table, seen[index], merged.checks, errors);
      if (index == 3) AddTables(table, seen[index], merged.regions, errors);
      if (index == 4) AddTables(table, seen[index], merged.upstreams, errors);
      if (index == 5) AddTables(table, seen[index], merged.journeys, errors);
    }
  }
  RefuseCommonNames(merged, seen[2], errors);
  return merged;
}

}  // namespace gaikei
