#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "results/outcome.h"
#include "scheduler/planned_check.h"

namespace gaikei {

/// The slots of one RunOnce() call.
struct OnceGroup {
  std::size_t left = 0;  ///< slots without an outcome
  std::function<void()> done;
};

/// One slot on its way from its due time to its outcome. A value; loop thread only.
struct Slot {
  /// The configuration it was due with, whatever a reload brings. Never null.
  std::shared_ptr<const PlannedCheck> planned;
  WallTime scheduled_at{};
  MonoTime due{};  ///< scheduled_at on the monotonic clock
  /// When it gives up waiting for a place.
  MonoTime expires = MonoTime::max();
  std::shared_ptr<OnceGroup> group;  ///< null: a slot of the plan
  bool is_in_host = false;           ///< has a place of its host's gate
  bool is_in_kind = false;           ///< has a place of its kind's gate
};

/// Outcome of a slot that made no attempt: unknown, for one of the prober's reasons.
Outcome SkippedOutcome(const PlannedCheck& planned, WallTime scheduled_at, std::string message,
                       Reason reason = Reason::kProberSkipped);

}  // namespace gaikei
