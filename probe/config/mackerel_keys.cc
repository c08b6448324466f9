#include "probe/config/mackerel_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "probe/config/mapping_keys.h"
#include "probe/config/secrets.h"
#include "probe/config/upstream_transport_keys.h"

namespace gaikei {
namespace {

constexpr std::array<std::string_view, 1> kOwnHeaders = {"X-Api-Key"};
/// Mackerel's bounds of what it repeats and how patient it is.
constexpr Span kShortestRepetition = std::chrono::minutes(10);
constexpr Span kLongestRepetition = std::chrono::hours(7 * 24);
constexpr std::int64_t kMaxAttempts = 10;
constexpr std::size_t kServiceLimit = 63;
constexpr std::size_t kNameLimit = 255;

bool IsWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

/// Letters, digits, - and _, and dots where they may be.
bool IsName(std::string_view text, std::size_t limit, bool has_dots) {
  return text.size() <= limit && text.front() != '.' && text.back() != '.' &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return IsWord(c) || (has_dots && c == '.'); });
}

/// A name that stands in a path or in the names of metrics.
void ReadName(TableReader& reader, std::string_view key, std::size_t limit, bool has_dots,
              std::string& value) {
  const auto text = reader.Line(key);
  if (!text) return;
  if (IsName(*text, limit, has_dots)) {
    value = *text;
    return;
  }
  const Node* node = reader.table().Find(key);
  reader.errors().Add(node->position,
                      fmt::format("{} is not 1 to {} letters, digits, - and _{}", Assignment(*node),
                                  limit, has_dots ? ", and dots between them" : ""));
}

void ReadApiKey(TableReader& reader, MackerelSpec& mackerel) {
  const Node* node = reader.Take("api_key");
  if (node == nullptr) {
    reader.errors().Add(reader.table().key_position,
                        fmt::format("upstream {} has no api_key", Quoted(reader.table().key)));
    return;
  }
  const auto key = TextOrSecret(*node, reader.errors());
  if (!key) return;
  const std::string_view text = key->Reveal();
  if (text.empty() ||
      std::any_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c > '~'; })) {
    reader.errors().Add(node->position,
                        "api_key is empty, or has spaces, controls or characters beyond ASCII");
    return;
  }
  mackerel.api_key = Secret(std::string(text));
}

/// What is said of something that is not sent.
void RefuseWithout(TableReader& reader, bool is_there, std::string_view key,
                   std::string_view goes_with) {
  const Node* node = reader.table().Find(key);
  if (is_there || node == nullptr) return;
  reader.errors().Add(node->key_position, fmt::format("{} goes with {}", key, goes_with));
}

}  // namespace

void ReadMackerelKeys(TableReader& reader, const UpstreamNames& /*names*/, UpstreamSpec& spec) {
  MackerelSpec& mackerel = spec.mackerel;
  spec.transport.url = mackerel.endpoint;
  ReadUpstreamUrl(reader, "endpoint", false, true, spec.transport);
  mackerel.endpoint = spec.transport.url;
  ReadApiKey(reader, mackerel);
  ReadName(reader, "service", kServiceLimit, false, mackerel.service);
  ReadName(reader, "metric_prefix", kNameLimit, true, mackerel.metric_prefix);
  ReadName(reader, "host_name", kNameLimit, true, mackerel.host_name);
  mackerel.has_check_reports = reader.Boolean("check_reports").value_or(false);
  if (auto interval =
          reader.Duration("notification_interval", kShortestRepetition, kLongestRepetition)) {
    mackerel.notification_interval = *interval;
  }
  if (auto attempts = reader.Integer("max_check_attempts", 1, kMaxAttempts)) {
    mackerel.max_check_attempts = static_cast<unsigned>(*attempts);
  }
  mackerel.has_annotations = reader.Boolean("annotations").value_or(false);
  const bool has_service = reader.table().Find("service") != nullptr;
  RefuseWithout(reader, has_service, "metric_prefix", "service");
  RefuseWithout(reader, has_service || !mackerel.has_annotations, "annotations", "service");
  for (const std::string_view key : {"host_name", "notification_interval", "max_check_attempts"}) {
    RefuseWithout(reader, mackerel.has_check_reports, key, "check_reports = true");
  }
  if (!has_service && !mackerel.has_check_reports) {
    reader.errors().Add(reader.table().key_position,
                        fmt::format("upstream {} sends nothing: give it service (metrics), "
                                    "check_reports = true, or both",
                                    Quoted(reader.table().key)));
  }
  ReadDrop(reader, spec.mapping);
  ReadUpstreamTransport(reader, kOwnHeaders, spec);
}

}  // namespace gaikei
