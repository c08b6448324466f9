#include "scheduler/slot.h"

#include <utility>

namespace gaikei {

Outcome SkippedOutcome(const PlannedCheck& planned, WallTime scheduled_at, std::string message,
                       Reason reason) {
  Outcome outcome;
  outcome.Fail(reason, std::nullopt, std::move(message));
  outcome.check = planned.identity;
  outcome.region = planned.region->name;
  outcome.scheduled_at = scheduled_at;
  return outcome;
}

}  // namespace gaikei
