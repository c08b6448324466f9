#include "probe/config/defaults.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "probe/config/http_keys.h"
#include "probe/config/tls_keys.h"

namespace gaikei {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

constexpr Span kShortestEvery = milliseconds(100);
constexpr Span kLongestEvery = hours(366 * 24);
constexpr Span kShortestTimeout = milliseconds(1);
constexpr Span kLongestTimeout = hours(1);
constexpr std::size_t kLabelLimit = 1024;  // bytes of a value
constexpr std::array<std::string_view, 3> kFamilies = {"auto", "ipv4", "ipv6"};
constexpr std::array<std::string_view, 3> kPriorities = {"low", "normal", "high"};
constexpr std::array<std::string_view, 2> kConfirmCounts = {"first", "last"};
/// In the order of AddressPolicy.
constexpr std::array<std::string_view, 4> kPolicies = {"first", "any", "all", "quorum"};
constexpr std::array<std::string_view, 2> kResolve = {"fresh", "cached"};
/// Labels of our metrics (docs/metrics.md), and those that Prometheus adds.
constexpr std::array<std::string_view, 11> kReserved = {"check",  "region",   "kind",  "target",
                                                        "job",    "instance", "phase", "status",
                                                        "reason", "step",     "le"};

bool IsLabelName(std::string_view name) {
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && is_word(name[0]) && std::all_of(name.begin(), name.end(), [&](char c) {
    return is_word(c) || (c >= '0' && c <= '9');
  });
}

/// What may be looked at.
void ReadScopes(TableReader& reader, CheckSpec& spec) {
  const auto deny = reader.Boolean("deny_private");
  const auto allow = reader.Boolean("allow_private");
  spec.deny_private = deny.value_or(spec.deny_private);
  spec.allow_private = allow.value_or(spec.allow_private);
  if ((deny || allow) && spec.deny_private && spec.allow_private) {
    const Node* node = reader.table().Find(allow ? "allow_private" : "deny_private");
    reader.errors().Add(node->position,
                        deny && allow
                            ? "allow_private = true contradicts deny_private = true"
                            : fmt::format("{} = true contradicts [defaults], where {} = true",
                                          allow ? "allow_private" : "deny_private",
                                          allow ? "deny_private" : "allow_private"));
  }
}

/// A number, or one of a few words for it.
void ReadPriority(TableReader& reader, CheckSpec& spec) {
  const Node* node = reader.table().Find("priority");
  if (node == nullptr || node->kind != NodeKind::kString) {
    if (auto priority = reader.Integer("priority", 0, 100)) {
      spec.priority = static_cast<unsigned>(*priority);
    }
    return;
  }
  if (auto word = reader.OneOf("priority", kPriorities)) {
    spec.priority = *word == "low" ? 25 : *word == "high" ? 75 : 50;
  }
}

}  // namespace

std::string WhyNoLabel(std::string_view name) {
  if (!IsLabelName(name)) {
    return fmt::format("{} is no label name: letters, digits and _, not beginning with a digit",
                       Quoted(name));
  }
  if (std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end() ||
      name.starts_with("__")) {
    return fmt::format("label name {} is reserved", Quoted(name));
  }
  return {};
}

void KnownRegions::Verify(const std::vector<const Node*>& wanted, ErrorList& errors) const {
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const std::string& name = wanted[i]->text;
    if (!names.contains(name)) {
      std::vector<std::string_view> known(names.begin(), names.end());
      std::sort(known.begin(), known.end());
      errors.Add(wanted[i]->position,
                 fmt::format("unknown region {}{}", Quoted(name), DidYouMean(name, known)));
    } else if (std::any_of(wanted.begin(), wanted.begin() + static_cast<std::ptrdiff_t>(i),
                           [&](const Node* other) { return other->text == name; })) {
      errors.Add(wanted[i]->position, fmt::format("region {} is named twice", Quoted(name)));
    }
  }
}

void ReadTimeout(TableReader& reader, CheckSpec& spec) {
  if (auto timeout = reader.Duration("timeout", kShortestTimeout, kLongestTimeout)) {
    spec.timeout = *timeout;
  }
}

void ReadPaceKeys(TableReader& reader, const KnownRegions& regions, CheckSpec& spec) {
  if (auto every = reader.Duration("every", kShortestEvery, kLongestEvery)) spec.every = *every;
  ReadTimeout(reader, spec);
  ReadPriority(reader, spec);
  const Node* node = reader.Take("regions");
  if (node == nullptr) return;
  const auto wanted = reader.Strings("regions");
  if (node->kind == NodeKind::kArray && node->children.empty()) {
    reader.errors().Add(node->position, "regions is empty: leave it away to mean every region");
  }
  regions.Verify(wanted, reader.errors());
  spec.regions.clear();
  for (const Node* name : wanted) spec.regions.push_back(name->text);
}

void ReadReachKeys(TableReader& reader, CheckSpec& spec) {
  if (auto family = reader.OneOf("family", kFamilies)) {
    spec.family = *family == "ipv4"   ? Family::kIpv4
                  : *family == "ipv6" ? Family::kIpv6
                                      : Family::kAuto;
  }
  if (auto resolve = reader.OneOf("resolve", kResolve)) {
    spec.is_resolve_cached = *resolve == "cached";
  }
  ReadScopes(reader, spec);
}

void ReadSharedKeys(TableReader& reader, const KnownRegions& regions, CheckSpec& spec) {
  ReadPaceKeys(reader, regions, spec);
  if (auto confirm = reader.Integer("confirm", 1, 10)) {
    spec.confirm = static_cast<unsigned>(*confirm);
  }
  if (auto counts = reader.OneOf("confirm_counts", kConfirmCounts)) {
    spec.confirm_counts = *counts == "last" ? ConfirmCounts::kLast : ConfirmCounts::kFirst;
  }
  if (auto policy = reader.OneOf("addresses", kPolicies)) {
    const auto index = std::find(kPolicies.begin(), kPolicies.end(), *policy) - kPolicies.begin();
    spec.addresses = static_cast<AddressPolicy>(index);
  }
  ReadReachKeys(reader, spec);
}

void ReadLabels(TableReader& reader, Labels& labels) {
  const Node* table = reader.Take("labels", NodeKind::kTable);
  if (table == nullptr) return;
  for (const Node& label : table->children) {
    if (std::string why = WhyNoLabel(label.key); !why.empty()) {
      reader.errors().Add(label.key_position, std::move(why));
      continue;
    }
    if (!Expect(label, NodeKind::kString, reader.errors())) continue;
    if (label.text.size() > kLabelLimit) {
      reader.errors().Add(label.position,
                          fmt::format("label value longer than {} bytes", kLabelLimit));
      continue;
    }
    const auto at = std::lower_bound(
        labels.begin(), labels.end(), label.key,
        [](const auto& entry, const std::string& name) { return entry.first < name; });
    if (at != labels.end() && at->first == label.key) {
      at->second = label.text;
    } else {
      labels.emplace(at, label.key, label.text);
    }
  }
}

Defaults ReadDefaults(const Node& table, const KnownRegions& regions, ErrorList& errors) {
  Defaults defaults;
  TableReader reader(table, errors);
  ReadSharedKeys(reader, regions, defaults.spec);
  ReadLabels(reader, defaults.labels);
  ReadSharedTlsKeys(reader, defaults.spec.tls);
  ReadSharedHttpKeys(reader, defaults.spec.http);
  reader.Done();
  return defaults;
}

}  // namespace gaikei
