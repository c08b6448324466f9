#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "probe/config/config.h"
#include "scheduler/heartbeat_board.h"
#include "scheduler/planned_check.h"

namespace gaikei {

/// A configuration with everything in it made.
struct LoadedPlan {
  Config config;
  std::vector<PlannedCheck> plan;
  std::vector<PlannedHeartbeat> heartbeats;  ///< expected while a daemon runs
};

/// Loads, validates, makes every check, and refuses what would give an upstream more series than
/// its max_series. The error is a line for each thing that is wrong
/// ("FILE:LINE:COLUMN: message"), each ended by a line feed.
tl::expected<LoadedPlan, std::string> LoadAndPlan(const ConfigSources& sources);

}  // namespace gaikei
