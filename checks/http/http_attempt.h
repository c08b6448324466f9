#pragma once

#include <memory>

#include "checks/check.h"
#include "checks/http/http_plan.h"

namespace gaikei {

/// Begins one attempt of an HTTP check. See Check::Start.
std::unique_ptr<Attempt> StartHttpAttempt(std::shared_ptr<const HttpPlan> plan,
                                          const AttemptContext& context, AttemptDone done);

}  // namespace gaikei
