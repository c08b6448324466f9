#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "probe/config/config.h"
#include "scheduler/planned_check.h"

namespace gaikei {

/// A configuration's checks, compiled, from every region that this process looks from and the check
/// asks for. Every check that cannot be made (an unreadable CA file, say) is in the error list.
/// Passive ones (probe/heartbeats.h) are left out. Pure but for the files that checks name.
tl::expected<std::vector<PlannedCheck>, std::vector<ConfigError>> BuildPlan(const Config& config);

/// A number that changes whenever anything in the spec does, secrets included (only their hash
/// goes into it).
std::uint64_t RevisionOf(const CheckSpec& spec);

}  // namespace gaikei
