#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "probe/config/config.h"
#include "scheduler/heartbeat_board.h"
#include "scheduler/planned_check.h"

namespace gaikei {

/// How many series an upstream will come to have from this process: upper bounds where it depends
/// on the answers (results/upstream/sinks.h).
struct UpstreamLoad {
  std::string name;
  UpstreamType type = UpstreamType::kJsonl;
  std::uint64_t checks = 0;  ///< whose samples it gets, each counted once
  std::uint64_t series = 0;  ///< of those checks in all regions that this process looks from
};

/// One for each upstream of the configuration, in their order. The plan is the configuration's own.
std::vector<UpstreamLoad> LoadsOf(const Config& config, const std::vector<PlannedCheck>& plan,
                                  const std::vector<PlannedHeartbeat>& heartbeats);

/// What a roll-up takes in the spool, about: all samples of one check in one region, folded.
inline constexpr std::uint64_t kRollupBytes = 1024;

/// An error for each upstream that would get more than its max_series (which checks make the most
/// of them, and what would help), or whose max_spool has no room for one roll-up of each check in
/// each region: the bound could not be held.
std::vector<ConfigError> OverBudget(const Config& config, const std::vector<PlannedCheck>& plan,
                                    const std::vector<PlannedHeartbeat>& heartbeats);

}  // namespace gaikei
