#include "probe/config/check_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "checks/io/address.h"
#include "probe/config/http_keys.h"
#include "probe/config/target.h"
#include "probe/config/tls_keys.h"

namespace gaikei {
namespace {

/// The keys that a kind of check takes beside those of every check.
struct KindKeys {
  std::string_view kind;
  void (*read)(TableReader& reader, CheckSpec& spec);
};

void ReadHttpCheckKeys(TableReader& reader, CheckSpec& spec) {
  ReadTlsKeys(reader, spec.tls);
  ReadHttpKeys(reader, spec.http);
}

/// The first row is what a check counts as whose target names no kind, so that its other mistakes
/// are told in the same run.
constexpr std::array<KindKeys, 1> kKindKeys = {{{"http", &ReadHttpCheckKeys}}};

const KindKeys& KeysOf(std::string_view kind) {
  const auto it = std::find_if(kKindKeys.begin(), kKindKeys.end(),
                               [&](const KindKeys& keys) { return keys.kind == kind; });
  return it == kKindKeys.end() ? kKindKeys[0] : *it;
}

void ReadAddress(TableReader& reader, CheckSpec& spec) {
  const Node* node = reader.Take("address", NodeKind::kString);
  if (node == nullptr) return;
  const auto address = io::Address::Parse(node->text, 0);
  if (!address) {
    reader.errors().Add(node->position, fmt::format("{} is no numeric address", Assignment(*node)));
    return;
  }
  if (spec.family != Family::kAuto && spec.family != address->family()) {
    reader.errors().Add(node->position, fmt::format("{} contradicts family = \"{}\"",
                                                    Assignment(*node), Name(spec.family)));
  }
  spec.address = address->Text();
}

/// The target into spec and identity; the kind it is of, the first one where it is wrong.
std::string_view ReadTarget(TableReader& reader, const std::string& check, CheckSpec& spec,
                            CheckIdentity& identity) {
  const std::string_view fallback = kKindKeys[0].kind;
  ErrorList& errors = reader.errors();
  if (reader.table().Find("target") == nullptr) {
    reader.Take("target");
    errors.Add(reader.table().key_position, fmt::format("check {} has no target", Quoted(check)));
    return fallback;
  }
  const Node* node = reader.Take("target", NodeKind::kString);
  if (node == nullptr) return fallback;
  spec.where = {node->position.source->name, node->position.line, node->position.column};
  auto target = ParseTarget(node->text);
  if (!target) {
    errors.Add(node->position, std::move(target.error()));
    return fallback;
  }
  spec.target = std::move(target->url);
  identity.kind = target->kind->name;
  if (identity.name.empty()) identity.name = target->has_credentials ? target->shown : node->text;
  identity.target = std::move(target->shown);
  return target->kind->name;
}

}  // namespace

std::string WhyNoName(const std::string& name) {
  if (name.empty()) return "a name is empty";
  if (HasControl(name)) return fmt::format("name {} has control characters", Quoted(name));
  return {};
}

CheckSpec ReadCheck(const Node& table, const std::string& name, CheckContext& context) {
  CheckSpec spec = context.defaults.spec;
  auto identity = std::make_shared<CheckIdentity>();
  identity->name = name;
  identity->labels = context.defaults.labels;
  TableReader reader(table, context.errors);
  const std::string_view kind = ReadTarget(reader, name, spec, *identity);
  ReadSharedKeys(reader, context.regions, spec);
  ReadLabels(reader, identity->labels);
  ReadAddress(reader, spec);
  spec.expect = context.expressions.Compile(reader.Strings("expect"), kind, context.errors);
  spec.warn = context.expressions.Compile(reader.Strings("warn"), kind, context.errors);
  KeysOf(kind).read(reader, spec);
  reader.Done();
  spec.identity = std::move(identity);
  return spec;
}

}  // namespace gaikei
