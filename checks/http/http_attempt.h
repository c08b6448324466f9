#pragma once

#include <memory>

#include "checks/check.h"
#include "checks/http/http_plan.h"
#include "checks/http/http_run.h"

namespace gaikei {

/// Begins one attempt of an HTTP check. See Check::Start. `run` is what it shares with the other
/// steps of a journey; null: it stands alone.
std::unique_ptr<Attempt> StartHttpAttempt(std::shared_ptr<const HttpPlan> plan,
                                          const AttemptContext& context, AttemptDone done,
                                          HttpRun* run = nullptr);

}  // namespace gaikei
