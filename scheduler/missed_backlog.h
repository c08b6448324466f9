#pragma once

#include <cstddef>
#include <deque>
#include <functional>

#include "results/outcome.h"
#include "scheduler/timetable.h"

namespace gaikei {

/// Gives missed slots their outcomes, some at a time: an hour's sleep of a large plan is more
/// outcomes than should be in memory at once. Loop thread only.
class MissedBacklog {
 public:
  void Add(MissedSlots missed) { waiting_.push_back(std::move(missed)); }
  /// Hands at most `budget` outcomes to `sink`, oldest slots of a check first.
  void Emit(std::size_t budget, const std::function<void(Outcome)>& sink);
  bool empty() const { return waiting_.empty(); }

 private:
  std::deque<MissedSlots> waiting_;
};

}  // namespace gaikei
