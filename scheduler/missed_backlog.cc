#include "scheduler/missed_backlog.h"

#include <fmt/format.h>

#include <string>
#include <utility>

namespace gaikei {

void MissedBacklog::Emit(std::size_t budget, const std::function<void(Outcome)>& sink) {
  for (; budget > 0 && !waiting_.empty(); --budget) {
    MissedSlots& missed = waiting_.front();
    std::string message = "this prober was not running when the check was due";
    if (missed.earlier > 0) {
      message += fmt::format(" ({} earlier slots were missed as well)", missed.earlier);
      missed.earlier = 0;
    }
    Outcome outcome = SkippedOutcome(*missed.planned, SlotTime(missed.planned->grid, missed.first),
                                     std::move(message));
    if (missed.first == missed.last) {
      waiting_.pop_front();
    } else {
      ++missed.first;
    }
    sink(std::move(outcome));
  }
}

}  // namespace gaikei
