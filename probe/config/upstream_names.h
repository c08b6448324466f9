#pragma once

#include <span>
#include <string_view>

#include "probe/config/defaults.h"

namespace gaikei {

/// What a configuration has that an upstream may name.
struct UpstreamNames {
  const KnownRegions& regions;
  std::span<const std::string_view> checks;  ///< of checks and journeys, sorted
  std::span<const std::string_view> labels;  ///< of their labels, sorted
  bool has_one_region = true;                ///< this process looks from one region alone
};

}  // namespace gaikei
