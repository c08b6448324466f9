#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "checks/spec.h"
#include "probe/config/reader.h"

namespace gaikei {

/// The regions that a check may name.
struct KnownRegions {
  std::unordered_set<std::string> names;
  /// Adds an error for each name that is none of them.
  void Verify(const std::vector<const Node*>& wanted, ErrorList& errors) const;
};

/// Labels of a table, by name.
using Labels = std::vector<std::pair<std::string, std::string>>;

/// `[defaults]`: a check before its own keys.
struct Defaults {
  CheckSpec spec;  ///< identity is null
  Labels labels;   ///< sorted by name
};

/// `[defaults]`, which may be empty.
Defaults ReadDefaults(const Node& table, const KnownRegions& regions, ErrorList& errors);

/// The keys that [defaults] and [check.NAME] share: every, timeout, regions, confirm,
/// confirm_counts, family, addresses, resolve, deny_private, allow_private. Where a key is missing
/// `spec` keeps what it has.
void ReadSharedKeys(TableReader& reader, const KnownRegions& regions, CheckSpec& spec);

/// Of those `timeout` alone; `every`, `timeout` and `regions`; `family`, `resolve`, `deny_private`
/// and `allow_private`.
void ReadTimeout(TableReader& reader, CheckSpec& spec);
void ReadPaceKeys(TableReader& reader, const KnownRegions& regions, CheckSpec& spec);
void ReadReachKeys(TableReader& reader, CheckSpec& spec);

/// Empty for the name of a label that a check may have; else why not.
std::string WhyNoLabel(std::string_view name);

/// `labels`: names [a-zA-Z_][a-zA-Z0-9_]*, none of those that metrics use themselves, and replaces
/// what `labels` holds for a name. Stays sorted.
void ReadLabels(TableReader& reader, Labels& labels);

}  // namespace gaikei
