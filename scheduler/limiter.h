#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "scheduler/host_limits.h"
#include "scheduler/load_limits.h"
#include "scheduler/planned_check.h"

namespace gaikei {

/// Gives the checks of a plan the limits that they share. One thread, the owner's; what it has
/// given lives for as long as a check or a slot has it.
class Limiter {
 public:
  explicit Limiter(const LoadLimits& limits);

  /// Limits of hosts go on over a change of plan. A host has a gate only where its checks could
  /// have more in flight than may be. `in_flight_per_host` 0: no limit.
  void Assign(std::vector<PlannedCheck>& plan, unsigned in_flight_per_host);

 private:
  std::shared_ptr<HostLimits> LimitsOf(std::uint64_t host, unsigned places, bool has_gate);

  const LoadLimits limits_;
  std::map<std::string, std::shared_ptr<Gate>, std::less<>> kinds_;
  std::unordered_map<std::uint64_t, std::weak_ptr<HostLimits>> hosts_;
};

}  // namespace gaikei
