#pragma once

#include <memory>

#include "checks/check.h"
#include "checks/http/http_plan.h"
#include "checks/http/http_run.h"

namespace gaikei {

/// An HTTP attempt that bears an OAuth 2 token. The token is taken from what is kept, or fetched
/// first, outside the time that is measured. Where none can be had the target was not looked at:
/// unknown, nothing but HttpEvidence::token_duration is known. A 401 of the target drops the token,
/// so that the next attempt fetches another.
/// REQUIRES: plan->tokens.
std::unique_ptr<Attempt> StartTokenAttempt(std::shared_ptr<const HttpPlan> plan,
                                           const AttemptContext& context, AttemptDone done,
                                           HttpRun* run);

}  // namespace gaikei
