#include "probe/config/statsd_keys.h"

#include <fmt/format.h>

#include <array>

#include "checks/parts/endpoint.h"
#include "probe/config/mapping_keys.h"

namespace gaikei {
namespace {

constexpr std::array<std::string_view, 2> kTags = {"dogstatsd", "none"};
constexpr std::size_t kPrefixLimit = 200;

/// What ends a tag, its name or a line stands in no name.
bool IsTag(std::string_view name) {
  return IsPrintableName(name) && name.find_first_of(":,|#@ ") == std::string_view::npos;
}

constexpr std::array<std::string_view, 6> kTagNames = {"check",  "region", "kind",
                                                       "status", "reason", "phase"};
constexpr std::array<std::string_view, 1> kKeptTags = {"check"};
const SeriesNames kSeriesTags = {kTagNames, {}, kKeptTags, "region", &IsTag};

void ReadAddress(TableReader& reader, StatsdSpec& statsd) {
  const Node* node = reader.Take("address");
  if (node == nullptr) {
    reader.errors().Add(reader.table().key_position,
                        fmt::format("upstream {} has no address", Quoted(reader.table().key)));
    return;
  }
  if (!Expect(*node, NodeKind::kString, reader.errors())) return;
  if (node->text.find("://") != std::string::npos) {
    reader.errors().Add(node->position,
                        "address has a scheme: write HOST:PORT alone, it is always UDP");
    return;
  }
  const auto endpoint = ParseAuthority(node->text);
  if (!endpoint) {
    reader.errors().Add(
        node->position,
        fmt::format("address is no HOST, HOST:PORT or [ADDRESS]:PORT: {}", endpoint.error()));
    return;
  }
  statsd.host = endpoint->host;
  if (endpoint->port != 0) statsd.port = endpoint->port;
}

/// It begins every line: what ends a name cannot stand in it. It may be empty.
void ReadPrefix(TableReader& reader, StatsdSpec& statsd) {
  const auto prefix = reader.String("prefix");
  if (!prefix) return;
  const bool is_prefix = prefix->size() <= kPrefixLimit && !HasControl(*prefix) &&
                         prefix->find_first_of(":|@#, ") == std::string::npos;
  if (is_prefix) {
    statsd.prefix = *prefix;
    return;
  }
  const Node* node = reader.table().Find("prefix");
  reader.errors().Add(
      node->position,
      fmt::format("{} is longer than {} bytes, or has one of : | @ # , or a blank in it",
                  Assignment(*node), kPrefixLimit));
}

}  // namespace

void ReadStatsdKeys(TableReader& reader, const UpstreamNames& names, UpstreamSpec& spec) {
  ReadAddress(reader, spec.statsd);
  ReadPrefix(reader, spec.statsd);
  if (auto tags = reader.OneOf("tags", kTags)) spec.statsd.has_tags = *tags == "dogstatsd";
  ReadMapping(reader, names, kSeriesTags, spec.mapping);
}

}  // namespace gaikei
