#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "results/outcome.h"
#include "scheduler/load_limits.h"
#include "scheduler/planned_check.h"

namespace gaikei {

struct OneShotOptions {
  unsigned threads = 1;  ///< event loops; 0: one a core
  LoadLimits load;
  bool watches_itself = false;   ///< see LoopPoolOptions
  std::optional<Span> deadline;  ///< for all of it; absent: each check's own timeout decides
  /// Every outcome as it comes, on the caller's thread.
  std::function<void(Outcome)> each;
  /// Some ten times a second while it waits, on the caller's thread; null: not called.
  std::function<void(Span elapsed, std::size_t done)> tick;
};

/// Runs every planned check once and returns when each has its outcome. SIGINT, SIGTERM and the
/// deadline end it early: what is unfinished then becomes unknown prober_skipped.
/// Returns the signal that ended it, 0 for none.
int RunOneShot(std::vector<PlannedCheck> plan, const OneShotOptions& options);

}  // namespace gaikei
