#pragma once

#include <utility>

#include "checks/check.h"

namespace gaikei {

/// Makes the time since `started` the duration, what no phase explains being `other`.
inline void SettleDuration(MonoTime started, Observation& seen) {
  seen.duration = MonoNow() - started;
  seen.phases.SettleOther(seen.duration);
}

/// The last act of an attempt: settles the duration and tells `done`. Both are moved out first,
/// because the callee may destroy the attempt: nothing of it may be touched afterwards.
inline void Conclude(MonoTime started, AttemptDone& done, Observation& seen) {
  SettleDuration(started, seen);
  const AttemptDone tell = std::move(done);
  Observation told = std::move(seen);
  tell(std::move(told));
}

}  // namespace gaikei
