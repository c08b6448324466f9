#pragma once

#include "checks/spec.h"
#include "probe/config/check_table.h"
#include "probe/config/step_templates.h"

namespace gaikei {

/// One `[[journey.NAME.step]]`: name, target, capture, when, always and the keys of an http check
/// that make sense for one request of several. Its captures are added to `variables` when all else
/// is read: a step does not know what it captures itself. Errors as of ReadCheck().
JourneyStepSpec ReadStep(const Node& table, KnownVariables& variables, CheckContext& context);

}  // namespace gaikei
