#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "results/metric_writer.h"
#include "results/upstream/sinks.h"
#include "results/upstream/upstream_spec.h"

namespace gaikei::remote_write {

/// What labels are called at this upstream, and which ones every series has.
///
/// Names are right whatever the configuration says: [a-zA-Z_][a-zA-Z0-9_]*, and none that
/// Prometheus keeps for itself ("__...", "le"), which get "exported_" before them. Immutable.
class LabelRules {
 public:
  LabelRules(const LabelMapping& mapping, const SenderIdentity& sender);

  /// What a label of ours is called there; absent: it is left out.
  std::optional<std::string> NameOf(std::string_view ours) const;
  /// As NameOf(), but never absent: without it two series of one check would be one.
  std::string DistinguishingNameOf(std::string_view ours) const;
  /// For every series that has no label of that name of its own: what the configuration adds, and
  /// `job` ("gaikei") and `instance` (SenderIdentity::instance; not of an ephemeral prober, whose
  /// host may be another one every time), which it can rename, leave out or add otherwise.
  const std::vector<std::pair<std::string, std::string>>& added() const { return added_; }
  /// Changes when any series would be called otherwise.
  std::uint64_t fingerprint() const { return fingerprint_; }

 private:
  void AddDefault(std::string_view ours, const std::string& value);

  std::map<std::string, std::string, std::less<>> renamed_;  // "": left out
  std::vector<std::pair<std::string, std::string>> added_;
  std::uint64_t fingerprint_ = 0;
};

/// Whether samples of a check would become one series without that label (phase, reason ...).
bool Distinguishes(std::string_view ours);

/// FNV-1a of a text, after another one's.
std::uint64_t Fingerprint(std::string_view text, std::uint64_t before = 0xcbf29ce484222325);

}  // namespace gaikei::remote_write
