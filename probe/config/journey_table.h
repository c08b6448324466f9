#pragma once

#include "checks/spec.h"
#include "probe/config/check_table.h"

namespace gaikei {

/// Most steps of one journey.
inline constexpr std::size_t kStepLimit = 64;

/// `[journey.NAME]` with its `[[journey.NAME.step]]`: a spec of kind "journey". Everything wrong is
/// in the errors; what comes back is to be used only where there were none.
///
/// Without a `timeout` of its own a journey has the sum of its steps', at most 1h. [defaults] count
/// for the journey (every, regions, labels) and for its steps (all else).
CheckSpec ReadJourney(const Node& table, const std::string& name, CheckContext& context);

}  // namespace gaikei
