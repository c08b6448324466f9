#include "probe/config/upstream_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace gaikei {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Span kShortestEvery = seconds(1);
constexpr Span kLongestEvery = hours(1);
/// Mackerel keeps one value a minute and counts requests.
constexpr Span kMackerelEvery = minutes(1);
constexpr Span kShortestAge = minutes(1);
constexpr Span kLongestAge = hours(31 * 24);
/// Mackerel answers 200 to what is older than 24 hours, and throws it away.
constexpr Span kLongestMackerelAge = hours(23);
constexpr std::int64_t kMaxBatch = 100'000;
constexpr std::uint64_t kSmallestSpool = std::uint64_t{64} << 10U;
constexpr std::uint64_t kLargestSpool = std::uint64_t{1} << 40U;
constexpr std::int64_t kMaxSeries = 100'000'000;
constexpr std::int64_t kMaxDrainRate = 10'000'000;
constexpr std::size_t kLabelLimit = 1024;  // bytes of a value

void ReadEvery(TableReader& reader, UpstreamSpec& spec) {
  const auto every = reader.Duration("every", kShortestEvery, kLongestEvery);
  if (!every) return;
  if (spec.type == UpstreamType::kMackerel && *every != kMackerelEvery) {
    const Node* node = reader.table().Find("every");
    reader.errors().Add(
        node->position,
        fmt::format("{}: Mackerel is sent to once a minute; leave it out", Assignment(*node)));
    return;
  }
  spec.every = *every;
}

/// Strings that are not empty, each once.
std::vector<const Node*> Patterns(TableReader& reader, std::string_view key) {
  std::vector<const Node*> patterns;
  const auto strings = reader.Strings(key);
  const Node* array = reader.table().Find(key);
  if (array == nullptr) return patterns;
  if (array->kind == NodeKind::kArray && array->children.empty()) {
    reader.errors().Add(array->position,
                        fmt::format("{} is empty: leave it away to mean all of them", key));
  }
  for (const Node* node : strings) {
    const bool is_twice = std::any_of(patterns.begin(), patterns.end(),
                                      [&](const Node* other) { return other->text == node->text; });
    if (node->text.empty()) {
      reader.errors().Add(node->position, fmt::format("{}: a name is empty", key));
    } else if (is_twice) {
      reader.errors().Add(node->position,
                          fmt::format("{}: {} is named twice", key, Quoted(node->text)));
    } else {
      patterns.push_back(node);
    }
  }
  return patterns;
}

bool IsPattern(std::string_view text) { return text.find('*') != std::string_view::npos; }

void ReadChecks(TableReader& reader, const UpstreamNames& names, SampleSelection& selection) {
  for (const Node* node : Patterns(reader, "checks")) {
    const bool is_known =
        IsPattern(node->text) ||
        std::binary_search(names.checks.begin(), names.checks.end(), std::string_view(node->text));
    if (!is_known) {
      reader.errors().Add(node->position, fmt::format("unknown check {}{}", Quoted(node->text),
                                                      DidYouMean(node->text, names.checks)));
    }
    selection.checks.push_back(node->text);
  }
}

void ReadRegions(TableReader& reader, const UpstreamNames& names, SampleSelection& selection) {
  std::vector<const Node*> exact;
  for (const Node* node : Patterns(reader, "regions")) {
    if (!IsPattern(node->text)) exact.push_back(node);
    selection.regions.push_back(node->text);
  }
  names.regions.Verify(exact, reader.errors());
}

void ReadLabelFilter(TableReader& reader, SampleSelection& selection) {
  const Node* table = reader.Take("labels", NodeKind::kTable);
  if (table == nullptr) return;
  for (const Node& label : table->children) {
    if (std::string why = WhyNoLabel(label.key); !why.empty()) {
      reader.errors().Add(label.key_position, std::move(why));
    } else if (Expect(label, NodeKind::kString, reader.errors())) {
      if (label.text.size() > kLabelLimit) {
        reader.errors().Add(label.position,
                            fmt::format("label value longer than {} bytes", kLabelLimit));
      }
      selection.labels.emplace_back(label.key, label.text);
    }
  }
}

}  // namespace

void ReadUpstreamBounds(TableReader& reader, UpstreamSpec& spec) {
  ReadEvery(reader, spec);
  if (auto batch = reader.Integer("max_batch", 1, kMaxBatch)) {
    spec.max_batch = static_cast<std::size_t>(*batch);
  }
  if (auto size = reader.Size("max_spool", kSmallestSpool, kLargestSpool)) spec.max_spool = *size;
  const bool is_mackerel = spec.type == UpstreamType::kMackerel;
  if (auto age = reader.Duration("max_age", kShortestAge,
                                 is_mackerel ? kLongestMackerelAge : kLongestAge)) {
    spec.max_age = *age;
  }
  if (auto series = reader.Integer("max_series", 1, kMaxSeries)) {
    spec.max_series = static_cast<std::uint64_t>(*series);
  }
  if (auto rate = reader.Integer("drain_rate", 1, kMaxDrainRate)) {
    spec.drain_rate = static_cast<double>(*rate);
  }
}

void ReadSelection(TableReader& reader, const UpstreamNames& names, SampleSelection& selection) {
  ReadChecks(reader, names, selection);
  ReadRegions(reader, names, selection);
  ReadLabelFilter(reader, selection);
}

}  // namespace gaikei
