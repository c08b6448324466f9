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
constexpr std::size_t kShortestService = 2;
constexpr std::size_t kServiceLimit = 63;
constexpr std::size_t kMetricNameLimit = 255;
/// Every path of the API begins so.
constexpr std::string_view kApiPath = "/api/v0";

bool IsWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

/// Letters, digits, - and _, and single dots between them.
bool IsDottedName(std::string_view text) {
  return text.size() <= kMetricNameLimit && text.front() != '.' && text.back() != '.' &&
         text.find("..") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](char c) { return IsWord(c) || c == '.'; });
}

/// As Mackerel has it for the names of services.
bool IsService(std::string_view text) {
  return text.size() >= kShortestService && text.size() <= kServiceLimit && text.front() != '-' &&
         text.front() != '_' && std::all_of(text.begin(), text.end(), IsWord);
}

/// What names of metrics begin with, or the name of a host.
void ReadDottedName(TableReader& reader, std::string_view key, std::string& value) {
  const auto text = reader.Line(key);
  if (!text) return;
  if (IsDottedName(*text)) {
    value = *text;
    return;
  }
  const Node* node = reader.table().Find(key);
  reader.errors().Add(
      node->position,
      fmt::format("{} is not 1 to {} letters, digits, - and _, and single dots between them",
                  Assignment(*node), kMetricNameLimit));
}

void ReadService(TableReader& reader, std::string& service) {
  const auto text = reader.Line("service");
  if (!text) return;
  if (IsService(*text)) {
    service = *text;
    return;
  }
  const Node* node = reader.table().Find("service");
  reader.errors().Add(node->position,
                      fmt::format("{} is not {} to {} letters, digits, - and _, the first a letter "
                                  "or a digit",
                                  Assignment(*node), kShortestService, kServiceLimit));
}

/// The base alone: whole paths of the API are appended to it.
void ReadEndpoint(TableReader& reader, UpstreamSpec& spec) {
  spec.transport.url = spec.mackerel.endpoint;
  ReadUpstreamUrl(reader, "endpoint", false, true, spec.transport);
  spec.mackerel.endpoint = spec.transport.url;
  const std::string& url = spec.transport.url;
  const std::size_t path = url.find(kApiPath, url.find("://") + 3);
  if (path == std::string::npos) return;
  reader.errors().Add(reader.table().Find("endpoint")->position,
                      fmt::format("endpoint: {} and what follows is appended: write {}", kApiPath,
                                  Quoted(url.substr(0, path))));
}

/// Mackerel counts it in minutes.
void ReadNotificationInterval(TableReader& reader, MackerelSpec& mackerel) {
  const auto interval =
      reader.Duration("notification_interval", kShortestRepetition, kLongestRepetition);
  if (!interval) return;
  if (*interval % std::chrono::minutes(1) == Span::zero()) {
    mackerel.notification_interval = *interval;
    return;
  }
  const Node* node = reader.table().Find("notification_interval");
  reader.errors().Add(node->position,
                      fmt::format("{} is no whole number of minutes", Assignment(*node)));
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
  ReadEndpoint(reader, spec);
  ReadApiKey(reader, mackerel);
  ReadService(reader, mackerel.service);
  ReadDottedName(reader, "metric_prefix", mackerel.metric_prefix);
  ReadDottedName(reader, "host_name", mackerel.host_name);
  mackerel.has_check_reports = reader.Boolean("check_reports").value_or(false);
  ReadNotificationInterval(reader, mackerel);
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
