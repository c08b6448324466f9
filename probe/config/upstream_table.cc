#include "probe/config/upstream_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gaikei {
namespace {

constexpr std::array<std::string_view, 1> kTypes = {"jsonl"};

}  // namespace

UpstreamConfig ReadUpstream(const Node& table, ErrorList& errors) {
  UpstreamConfig upstream;
  upstream.name = table.key;
  if (table.Find("type") == nullptr) {
    errors.Add(table.key_position, fmt::format("upstream {} has no type; known: {}",
                                               Quoted(table.key), fmt::join(kTypes, ", ")));
  }
  TableReader reader(table, errors);
  if (const Node* type = reader.Take("type", NodeKind::kString)) {
    if (std::find(kTypes.begin(), kTypes.end(), type->text) == kTypes.end()) {
      errors.Add(type->position, fmt::format("unknown upstream type {}; known: {}",
                                             Quoted(type->text), fmt::join(kTypes, ", ")));
      return upstream;  // its other keys are those of its type
    }
  }
  if (auto path = reader.Line("path")) upstream.jsonl.path = *path;
  if (table.Find("path") == nullptr) {
    errors.Add(table.key_position, fmt::format("upstream {} has no path", Quoted(table.key)));
  }
  reader.Done();
  return upstream;
}

}  // namespace gaikei
