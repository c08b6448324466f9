#pragma once

#include <memory>

#include "checks/check.h"
#include "checks/journey/journey_plan.h"

namespace gaikei {

/// Begins one run of a journey. See Check::Start.
std::unique_ptr<Attempt> StartJourneyAttempt(std::shared_ptr<const JourneyPlan> plan,
                                             const AttemptContext& context, AttemptDone done);

}  // namespace gaikei
