#include "results/upstream/remote_write/label_rules.h"

#include <algorithm>
#include <array>

namespace gaikei::remote_write {
namespace {

/// A name that the protocol takes, made of any.
std::string RightName(std::string_view name) {
  std::string right = LabelName(name);
  if (right.starts_with("__") || right == "le" || right == "quantile") right = "exported_" + right;
  return right;
}

}  // namespace

bool Distinguishes(std::string_view ours) {
  constexpr std::array<std::string_view, 5> kNames = {"phase", "status", "reason", "step",
                                                      "serving_status"};
  return std::find(kNames.begin(), kNames.end(), ours) != kNames.end();
}

std::uint64_t Fingerprint(std::string_view text, std::uint64_t before) {
  std::uint64_t hash = before;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  // Ends the text, so that "a", "bc" is not "ab", "c".
  return (hash ^ 0xFF) * 0x100000001b3;
}

LabelRules::LabelRules(const LabelMapping& mapping, const SenderIdentity& sender) {
  for (const auto& [ours, theirs] : mapping.rename) {
    // Labels are known here by the names that they have in /metrics.
    renamed_.emplace(LabelName(ours), theirs.empty() ? "" : RightName(theirs));
  }
  for (const auto& [name, value] : mapping.add) {
    if (!value.empty()) added_.emplace_back(RightName(name), LabelValue(value));
  }
  AddDefault("job", "gaikei");
  if (!sender.is_ephemeral) AddDefault("instance", LabelValue(sender.instance));
  fingerprint_ = Fingerprint("");
  const auto mix = [&](std::string_view text) { fingerprint_ = Fingerprint(text, fingerprint_); };
  for (const auto& [ours, theirs] : renamed_) mix(ours), mix(theirs);
  mix("");
  for (const auto& [name, value] : added_) mix(name), mix(value);
  mix("");
  for (const std::string& family : mapping.drop) mix(family);
}

void LabelRules::AddDefault(std::string_view ours, const std::string& value) {
  const std::optional<std::string> name = NameOf(ours);
  if (!name || value.empty()) return;
  const bool is_taken = std::any_of(added_.begin(), added_.end(),
                                    [&](const auto& added) { return added.first == *name; });
  if (!is_taken) added_.emplace_back(*name, value);
}

std::optional<std::string> LabelRules::NameOf(std::string_view ours) const {
  const auto found = renamed_.find(ours);
  if (found == renamed_.end()) return std::string(ours);
  if (found->second.empty()) return std::nullopt;
  return found->second;
}

std::string LabelRules::DistinguishingNameOf(std::string_view ours) const {
  return NameOf(ours).value_or(std::string(ours));
}

}  // namespace gaikei::remote_write
