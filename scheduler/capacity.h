#pragma once

#include <string>

#include "results/reason.h"
#include "scheduler/load_limits.h"
#include "scheduler/resources.h"

namespace gaikei {

/// How many attempts may be in flight over all loops, and what sets the limit.
struct Capacity {
  unsigned in_flight = 2000;  ///< at least 1
  /// What a slot is `unknown` for that finds no place: prober_skipped where the configuration sets
  /// the limit, else what the system is short of.
  Reason scarce = Reason::kProberSkipped;
  std::string why;        ///< "max_in_flight", "1024 descriptors (RLIMIT_NOFILE)"
  unsigned per_host = 0;  ///< 0: no limit

  bool operator==(const Capacity&) const = default;
};

/// What the configuration wants, within what the system grants. `descriptors_held`: descriptors
/// that are open for other things than attempts. Pure.
Capacity CapacityOf(const LoadLimits& limits, const Resources& resources);

}  // namespace gaikei
