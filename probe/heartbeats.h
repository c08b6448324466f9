#pragma once

#include <vector>

#include "probe/config/config.h"
#include "scheduler/heartbeat_board.h"

namespace gaikei {

/// The heartbeats that this process listens for: those whose `regions` name one that it looks from,
/// or none at all. Each once, however many these are: the first of them is the region of its
/// outcomes.
std::vector<PlannedHeartbeat> HeartbeatsOf(const Config& config);

}  // namespace gaikei
