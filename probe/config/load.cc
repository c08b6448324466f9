#include "probe/config/load.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <set>
#include <string_view>

#include "probe/config/check_table.h"
#include "probe/config/heartbeat_keys.h"
#include "probe/config/journey_table.h"
#include "probe/config/merge.h"
#include "probe/config/probe_table.h"
#include "probe/config/region_table.h"
#include "probe/config/upstream_table.h"

namespace gaikei {
namespace {

using RegionPointer = std::shared_ptr<const Region>;

std::vector<Document> ParseAll(std::vector<SourceText> texts, ErrorList& errors) {
  std::vector<Document> documents;
  unsigned order = 0;
  for (SourceText& text : texts) {
    auto document = ParseDocument(std::move(text.name), ++order, std::move(text.text));
    if (document) {
      documents.push_back(std::move(*document));
    } else {
      errors.Add(std::move(document.error()), order);
    }
  }
  return documents;
}

/// Fills regions and known_regions (see Config).
void SettleRegions(const Merged& merged, ErrorList& errors, Config& config) {
  std::vector<RegionPointer>& known = config.known_regions;
  for (const Node* table : merged.regions) {
    known.push_back(std::make_shared<const Region>(ReadRegion(*table, errors)));
  }
  const std::string& own = config.probe.region;
  if (own.empty() && !known.empty()) {
    config.regions = known;
  } else {
    const std::string name = own.empty() ? Region().name : own;
    auto it = std::find_if(known.begin(), known.end(),
                           [&](const RegionPointer& region) { return region->name == name; });
    if (it == known.end()) {
      Region region;
      region.name = name;
      it = known.insert(known.end(), std::make_shared<const Region>(std::move(region)));
    }
    config.regions = {*it};
  }
  std::sort(known.begin(), known.end(),
            [](const RegionPointer& a, const RegionPointer& b) { return a->name < b->name; });
}

void ReadChecks(const Merged& merged, const KnownRegions& regions, ErrorList& errors,
                Config& config) {
  Defaults defaults = ReadDefaults(merged.defaults, regions, errors);
  defaults.spec.http.user_agent = config.probe.user_agent;
  ExpressionCompiler expressions;
  CheckContext context{defaults, regions, expressions, errors};
  config.checks.reserve(merged.checks.size() + merged.journeys.size());
  for (const Node* table : merged.checks) {
    config.checks.push_back(ReadCheck(*table, table->key, context));
  }
  ReviewHeartbeats(merged.checks, config.checks, !config.probe.listen.empty(), errors);
  for (const Node* table : merged.journeys) {
    config.checks.push_back(ReadJourney(*table, table->key, context));
  }
}

/// Where the value of a key stands, or the table where it has none.
SourcePlace PlaceOf(const Node& table, std::string_view key) {
  const Node* value = table.Find(key);
  const Position& position = value != nullptr ? value->position : table.key_position;
  return {position.source->name, position.line, position.column};
}

void ReadUpstreams(const Merged& merged, const KnownRegions& regions, ErrorList& errors,
                   Config& config) {
  if (merged.upstreams.empty()) return;
  std::vector<std::string_view> checks;
  for (const auto* tables : {&merged.checks, &merged.journeys}) {
    for (const Node* table : *tables) checks.push_back(table->key);
  }
  std::sort(checks.begin(), checks.end());
  std::set<std::string_view> labels;
  for (const CheckSpec& check : config.checks) {
    for (const auto& [name, value] : check.identity->labels) labels.insert(name);
  }
  const std::vector<std::string_view> sorted_labels(labels.begin(), labels.end());
  const UpstreamNames names{regions, checks, sorted_labels, config.regions.size() == 1};
  for (const Node* table : merged.upstreams) {
    config.upstreams.push_back(ReadUpstream(*table, names, errors));
    config.upstream_places.push_back(PlaceOf(*table, "max_series"));
    config.spool_places.push_back(PlaceOf(*table, "max_spool"));
  }
  ReviewUpstreams(merged.upstreams, config.upstreams, errors);
}

/// Validates into `errors`; the result is to be used only where there are none.
Config Validate(std::vector<SourceText> texts, const std::string& region, ErrorList& errors) {
  const std::vector<Document> documents = ParseAll(std::move(texts), errors);
  const Merged merged = Merge(documents, errors);
  Config config;
  config.probe = ReadProbe(merged.probe, errors);
  if (!region.empty()) config.probe.region = region;
  SettleRegions(merged, errors, config);
  KnownRegions regions;
  for (const RegionPointer& known : config.known_regions) regions.names.insert(known->name);
  ReadChecks(merged, regions, errors, config);
  ReadUpstreams(merged, regions, errors, config);
  return config;
}

/// What stands over the files: a flag, or else a variable of the environment.
struct Override {
  std::string source;  ///< its name
  std::string value;   ///< empty: there is none
};

Override OverrideOf(const std::string& flag, const std::string& given, const char* variable) {
  if (!given.empty()) return {flag, given};
  const char* value = std::getenv(variable);
  return {variable, value == nullptr ? "" : value};
}

/// Absent, and an error, where the text is no shard.
std::optional<Shard> ShardOverride(const ConfigSources& sources, ErrorList& errors) {
  const Override shard = OverrideOf("--shard", sources.shard, "GAIKEI_SHARD");
  if (shard.value.empty()) return std::nullopt;
  auto parsed = Shard::Parse(shard.value);
  if (!parsed) errors.Add({shard.source, 0, 0, WhyNoShard(Quoted(shard.value))}, 0);
  return parsed;
}

}  // namespace

tl::expected<Config, std::vector<ConfigError>> LoadTexts(std::vector<SourceText> texts,
                                                         const std::string& region) {
  ErrorList errors;
  Config config = Validate(std::move(texts), region, errors);
  if (!errors.empty()) return tl::unexpected(errors.Take());
  return config;
}

tl::expected<Config, std::vector<ConfigError>> LoadConfig(const ConfigSources& sources) {
  ErrorList errors;
  const Override region = OverrideOf("--region", sources.region, "GAIKEI_REGION");
  if (!region.value.empty()) {
    if (std::string why = WhyNoName(region.value); !why.empty()) {
      errors.Add({region.source, 0, 0, std::move(why)}, 0);
    }
  }
  const std::optional<Shard> shard = ShardOverride(sources, errors);
  SourceTexts texts = ReadSources(sources.paths);
  for (ConfigError& error : texts.errors) errors.Add(std::move(error), 0);
  Config config = Validate(std::move(texts.files), region.value, errors);
  if (shard) config.probe.shard = *shard;
  if (!errors.empty()) return tl::unexpected(errors.Take());
  return config;
}

}  // namespace gaikei
