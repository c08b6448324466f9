#include "probe/config/upstream_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>

#include "probe/config/jsonl_keys.h"
#include "probe/config/mackerel_keys.h"
#include "probe/config/otlp_keys.h"
#include "probe/config/remote_write_keys.h"
#include "probe/config/statsd_keys.h"
#include "probe/config/upstream_keys.h"

namespace gaikei {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr std::array<UpstreamType, 5> kTypes = {UpstreamType::kOtlp, UpstreamType::kRemoteWrite,
                                                UpstreamType::kMackerel, UpstreamType::kStatsd,
                                                UpstreamType::kJsonl};

/// What a type is before its keys are read, and the keys that it takes beside those of every type.
struct TypeKeys {
  UpstreamType type;
  Span every;
  Span max_age;
  void (*read)(TableReader& reader, const UpstreamNames& names, UpstreamSpec& spec);
};

constexpr std::array<TypeKeys, kTypes.size()> kTypeKeys = {{
    {UpstreamType::kOtlp, seconds(15), hours(24), &ReadOtlpKeys},
    {UpstreamType::kRemoteWrite, seconds(15), hours(24), &ReadRemoteWriteKeys},
    {UpstreamType::kMackerel, seconds(60), hours(23), &ReadMackerelKeys},
    {UpstreamType::kStatsd, seconds(1), hours(24), &ReadStatsdKeys},
    {UpstreamType::kJsonl, seconds(1), hours(24), &ReadJsonlKeys},
}};

const TypeKeys& KeysOf(UpstreamType type) { return kTypeKeys[static_cast<std::size_t>(type)]; }

std::string KnownTypes() {
  std::string names;
  for (const UpstreamType type : kTypes) {
    names += (names.empty() ? "" : ", ") + std::string(Name(type));
  }
  return names;
}

/// The type; absent, and an error, where there is none that we know.
std::optional<UpstreamType> ReadType(TableReader& reader) {
  const Node* node = reader.Take("type");
  ErrorList& errors = reader.errors();
  if (node == nullptr) {
    errors.Add(reader.table().key_position, fmt::format("upstream {} has no type; known: {}",
                                                        Quoted(reader.table().key), KnownTypes()));
    return std::nullopt;
  }
  if (!Expect(*node, NodeKind::kString, errors)) return std::nullopt;
  const auto it = std::find_if(kTypes.begin(), kTypes.end(),
                               [&](UpstreamType type) { return Name(type) == node->text; });
  if (it != kTypes.end()) return *it;
  std::array<std::string_view, kTypes.size()> known;
  std::transform(kTypes.begin(), kTypes.end(), known.begin(),
                 [](UpstreamType type) { return Name(type); });
  errors.Add(node->position,
             fmt::format("unknown upstream type {}{}; known: {}", Quoted(node->text),
                         DidYouMean(node->text, known), KnownTypes()));
  return std::nullopt;
}

void ReadSharedUpstreamKeys(TableReader& reader, const UpstreamNames& names, UpstreamSpec& spec) {
  ReadUpstreamBounds(reader, spec);
  ReadSelection(reader, names, spec.selection);
}

/// Which types take `key`: "otlp, mackerel", or nothing.
std::string WhoTakes(std::string_view key) {
  std::string types;
  for (const UpstreamType type : kTypes) {
    const auto keys = UpstreamKeys(type);
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) continue;
    types += (types.empty() ? "" : ", ") + std::string(Name(type));
  }
  return types;
}

/// Says of the keys that are left whether another type takes them. Where the type is not known,
/// those that some type takes are right.
void RefuseOtherKeys(TableReader& reader, std::optional<UpstreamType> type) {
  reader.Done([&](const Node& unknown) {
    const std::string types = WhoTakes(unknown.key);
    if (types.empty()) return false;
    if (type) {
      reader.errors().Add(unknown.key_position,
                          fmt::format("{} is no key of an upstream of type {}: {}", unknown.key,
                                      Name(*type), types));
    }
    return true;
  });
}

/// What an upstream of several signals is called signal by signal ("otel.logs").
constexpr std::array<std::string_view, 3> kSuffixes = {".logs", ".traces", ".reports"};

/// Those names are taken from others.
void RefuseSignalNames(std::span<const Node* const> tables, ErrorList& errors) {
  std::set<std::string_view> names;
  for (const Node* table : tables) names.insert(table->key);
  for (const Node* table : tables) {
    for (const std::string_view suffix : kSuffixes) {
      const std::string_view name = table->key;
      if (!name.ends_with(suffix)) continue;
      const std::string_view stem = name.substr(0, name.size() - suffix.size());
      if (names.count(stem) == 0) continue;
      errors.Add(table->key_position, fmt::format("upstream {} has the name of a signal of {}",
                                                  Quoted(name), Quoted(stem)));
    }
  }
}

}  // namespace

UpstreamSpec ReadUpstream(const Node& table, const UpstreamNames& names, ErrorList& errors) {
  UpstreamSpec spec;
  spec.name = table.key;
  TableReader reader(table, errors);
  const auto type = ReadType(reader);
  if (type) {
    const TypeKeys& keys = KeysOf(*type);
    spec.type = *type;
    spec.every = keys.every;
    spec.max_age = keys.max_age;
    ReadSharedUpstreamKeys(reader, names, spec);
    keys.read(reader, names, spec);
  } else {
    ReadSharedUpstreamKeys(reader, names, spec);
  }
  RefuseOtherKeys(reader, type);
  return spec;
}

void ReviewUpstreams(std::span<const Node* const> tables, std::span<const UpstreamSpec> upstreams,
                     ErrorList& errors) {
  RefuseSignalNames(tables, errors);
  std::map<std::string, std::string_view> owners;  // names of upstreams by path
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const UpstreamSpec& spec = upstreams[i];
    if (spec.type != UpstreamType::kJsonl || spec.jsonl.path.empty() || spec.jsonl.path == "-") {
      continue;
    }
    // However it is written. What cannot be looked at counts as it is written.
    std::error_code error;
    const auto canonical =
        std::filesystem::weakly_canonical(std::filesystem::absolute(spec.jsonl.path), error);
    const auto [owner, is_new] =
        owners.emplace(error ? spec.jsonl.path : canonical.string(), spec.name);
    if (is_new) continue;
    const Node* path = tables[i]->Find("path");
    errors.Add(path->position, fmt::format("{} is already that of upstream {}", Assignment(*path),
                                           Quoted(owner->second)));
  }
}

std::span<const UpstreamType> AllUpstreamTypes() { return kTypes; }

std::vector<std::string_view> UpstreamKeys(UpstreamType type) {
  // An empty table is asked for everything; what is missing in it is said to nobody.
  const SourceFile source;
  Node nothing;
  nothing.key_position = {&source, 0, 0};
  nothing.position = nothing.key_position;
  ErrorList errors;
  TableReader reader(nothing, errors);
  reader.Take("type");
  const KnownRegions regions;
  UpstreamSpec spec;
  spec.type = type;
  const UpstreamNames names{regions, {}, {}};
  ReadSharedUpstreamKeys(reader, names, spec);
  KeysOf(type).read(reader, names, spec);
  return reader.known();
}

}  // namespace gaikei
