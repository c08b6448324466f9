#include "probe/config/check_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "checks/io/net/address.h"
#include "probe/config/dns_keys.h"
#include "probe/config/grpc_keys.h"
#include "probe/config/heartbeat_keys.h"
#include "probe/config/http_keys.h"
#include "probe/config/icmp_keys.h"
#include "probe/config/target.h"
#include "probe/config/tcp_keys.h"
#include "probe/config/tls_keys.h"
#include "probe/config/websocket_keys.h"

namespace gaikei {
namespace {

/// The keys that a kind of check takes beside those of every check.
struct KindKeys {
  std::string_view kind;
  bool has_addresses;  ///< it can look at every address of a name
  void (*read)(TableReader& reader, CheckSpec& spec);
};

void ReadTlsKindKeys(TableReader& reader, CheckSpec& spec) {
  ReadTlsKeys(reader, spec.tls);
  ReadTlsCheckKeys(reader, spec.tls);
}

/// The first row is what a check counts as whose target names no kind, so that its other mistakes
/// are told in the same run.
constexpr std::array<KindKeys, 8> kKindKeys = {{
    {"http", true, &ReadHttpCheckKeys},
    {"tls", true, &ReadTlsKindKeys},
    {"dns", false, &ReadDnsKeys},
    {"tcp", true, &ReadTcpKeys},
    {"icmp", false, &ReadIcmpKeys},
    {"grpc", true, &ReadGrpcKeys},
    {"websocket", true, &ReadWebSocketKeys},
    {"heartbeat", false, &ReadHeartbeatKeys},
}};

const KindKeys& KeysOf(std::string_view kind) {
  const auto it = std::find_if(kKindKeys.begin(), kKindKeys.end(),
                               [&](const KindKeys& keys) { return keys.kind == kind; });
  return it == kKindKeys.end() ? kKindKeys[0] : *it;
}

/// Which kinds take `key`: "tls", "dns, tcp", or nothing.
std::string WhoTakes(std::string_view key) {
  std::string kinds;
  for (const KindKeys& keys : kKindKeys) {
    const Node nothing;
    ErrorList errors;
    TableReader reader(nothing, errors);
    CheckSpec spec;
    keys.read(reader, spec);
    if (std::find(reader.known().begin(), reader.known().end(), key) == reader.known().end()) {
      continue;
    }
    kinds += (kinds.empty() ? "" : ", ") + std::string(keys.kind);
  }
  return kinds;
}

/// Says of the keys that are left whether another kind takes them. Where the target does not tell
/// the kind, those that some kind takes are right.
void RefuseOtherKeys(TableReader& reader, std::string_view kind, bool is_kind_known) {
  reader.Done([&](const Node& unknown) {
    const std::string kinds = WhoTakes(unknown.key);
    if (kinds.empty()) return false;
    if (is_kind_known) {
      reader.errors().Add(
          unknown.key_position,
          fmt::format("{} is no key of a check of kind {}: {}", unknown.key, kind, kinds));
    }
    return true;
  });
}

/// `addresses` goes with kinds that can look at several, and not with one that is given. What
/// [defaults] say gives way.
void SettleAddresses(TableReader& reader, const KindKeys& keys, CheckSpec& spec) {
  if (spec.addresses == AddressPolicy::kFirst) return;
  const Node* own = reader.table().Find("addresses");
  if (own != nullptr && !keys.has_addresses) {
    reader.errors().Add(
        own->position,
        fmt::format("{} is nothing for a check of kind {}: http, tls, tcp, grpc, websocket",
                    Assignment(*own), keys.kind));
  } else if (own != nullptr && !spec.address.empty()) {
    reader.errors().Add(own->position,
                        fmt::format("{} contradicts address, which is one", Assignment(*own)));
  }
  if (!keys.has_addresses || !spec.address.empty()) spec.addresses = AddressPolicy::kFirst;
}

/// The target into spec and identity; the kind it is of, absent where it names none.
std::optional<std::string_view> ReadTarget(TableReader& reader, const std::string& check,
                                           CheckSpec& spec, CheckIdentity& identity) {
  ErrorList& errors = reader.errors();
  if (reader.table().Find("target") == nullptr) {
    reader.Take("target");
    errors.Add(reader.table().key_position, fmt::format("check {} has no target", Quoted(check)));
    return std::nullopt;
  }
  const Node* node = reader.Take("target", NodeKind::kString);
  if (node == nullptr) return std::nullopt;
  spec.where = {node->position.source->name, node->position.line, node->position.column};
  auto target = ParseTarget(node->text);
  if (!target) {
    errors.Add(node->position, std::move(target.error()));
    const Kind* kind = KindOfTarget(node->text);
    return kind == nullptr ? std::nullopt : std::optional(kind->name);
  }
  spec.target = std::move(target->url);
  identity.kind = target->kind->name;
  if (identity.name.empty()) identity.name = target->has_credentials ? target->shown : node->text;
  identity.target = std::move(target->shown);
  return target->kind->name;
}

}  // namespace

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

void ReadHttpCheckKeys(TableReader& reader, CheckSpec& spec) {
  ReadTlsKeys(reader, spec.tls);
  ReadHttpKeys(reader, spec.http);
  ReadHttpAlpn(reader, spec);
}

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
  const auto known_kind = ReadTarget(reader, name, spec, *identity);
  const KindKeys& keys = KeysOf(known_kind.value_or(kKindKeys[0].kind));
  ReadSharedKeys(reader, context.regions, spec);
  ReadLabels(reader, identity->labels);
  ReadAddress(reader, spec);
  SettleAddresses(reader, keys, spec);
  spec.expect = context.expressions.Compile(reader.Strings("expect"), keys.kind, context.errors);
  spec.warn = context.expressions.Compile(reader.Strings("warn"), keys.kind, context.errors);
  keys.read(reader, spec);
  RefuseOtherKeys(reader, keys.kind, known_kind.has_value());
  spec.identity = std::move(identity);
  return spec;
}

}  // namespace gaikei
