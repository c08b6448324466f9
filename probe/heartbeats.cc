#include "probe/heartbeats.h"

#include <algorithm>
#include <utility>

#include "probe/config/heartbeat_keys.h"

namespace gaikei {
namespace {

/// Null where the check belongs to other probers.
const Region* RegionOf(const CheckSpec& spec, const Config& config) {
  for (const auto& region : config.regions) {
    if (spec.regions.empty() ||
        std::find(spec.regions.begin(), spec.regions.end(), region->name) != spec.regions.end()) {
      return region.get();
    }
  }
  return nullptr;
}

}  // namespace

std::vector<PlannedHeartbeat> HeartbeatsOf(const Config& config) {
  std::vector<PlannedHeartbeat> plan;
  for (const CheckSpec& spec : config.checks) {
    if (spec.identity->kind != "heartbeat") continue;
    const Region* region = RegionOf(spec, config);
    auto name = HeartbeatNameOf(spec.target.Reveal());
    if (region == nullptr || !name) continue;
    if (!config.probe.shard.Owns(spec.identity->name, region->name)) continue;
    plan.push_back({std::move(*name), spec.identity, region->name, spec.every, spec.heartbeat.grace,
                    spec.heartbeat.token, spec.expect, spec.warn});
  }
  return plan;
}

}  // namespace gaikei
