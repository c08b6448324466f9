#include "probe/config/spool_config.h"

#include <utility>

#include "probe/config/merge.h"
#include "probe/config/sources.h"
#include "probe/config/upstream_keys.h"

namespace gaikei {
namespace {

/// Whatever could be read of the texts, and what could not.
SpoolConfig Read(SourceTexts texts, ErrorList& errors) {
  for (ConfigError& error : texts.errors) errors.Add(std::move(error), 0);
  std::vector<Document> documents;
  unsigned order = 0;
  for (SourceText& text : texts.files) {
    auto document = ParseDocument(std::move(text.name), ++order, std::move(text.text));
    if (document) {
      documents.push_back(std::move(*document));
    } else {
      errors.Add(std::move(document.error()), order);
    }
  }
  const Merged merged = Merge(documents, errors);
  SpoolConfig config;
  TableReader probe(merged.probe, errors);
  config.state_dir = probe.Line("state_dir").value_or("");
  // Names in it that are nobody's select nothing: `gaikei validate` says so.
  ErrorList unheard;
  const KnownRegions regions;
  const UpstreamNames names{regions, {}, {}, true};
  for (const Node* table : merged.upstreams) {
    TableReader reader(*table, unheard);
    ReadSelection(reader, names, config.selections[table->key]);
  }
  return config;
}

}  // namespace

tl::expected<SpoolConfig, std::vector<ConfigError>> LoadSpoolConfig(const ConfigSources& sources) {
  ErrorList errors;
  SpoolConfig config = Read(ReadSources(sources.paths), errors);
  if (!errors.empty()) return tl::unexpected(errors.Take());
  return config;
}

}  // namespace gaikei
