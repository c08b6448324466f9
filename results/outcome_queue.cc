#include "results/outcome_queue.h"

#include <utility>

namespace gaikei {

void OutcomeQueue::Push(Outcome outcome) {
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    was_empty = queued_.empty();
    queued_.push_back(std::move(outcome));
  }
  if (was_empty) wake_();
}

std::vector<Outcome> OutcomeQueue::TakeAll() {
  std::vector<Outcome> taken;
  const std::lock_guard lock(mutex_);
  taken.swap(queued_);
  return taken;
}

}  // namespace gaikei
