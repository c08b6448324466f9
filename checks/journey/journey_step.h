#pragma once

#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "checks/http/http_plan.h"
#include "checks/journey/journey_plan.h"
#include "checks/journey/variables.h"

namespace gaikei {

/// Why a step is not to be run with what was captured so far; absent: it is. Shows no values.
std::optional<std::string> WhySkipped(const JourneyStep& step, const Variables& variables);

/// The step's request with the values filled in. REQUIRES: WhySkipped() has nothing to say. The
/// error is one line that shows no value; it is the fault of the step that the value came from.
///
/// Where a captured value decides which host is asked, secrets are sent only to the origins that
/// some step of the journey names: a target must not be able to send them elsewhere.
tl::expected<std::shared_ptr<HttpPlan>, std::string> FillIn(const JourneyPlan& journey,
                                                            const JourneyStep& step,
                                                            const Variables& variables);

}  // namespace gaikei
