#include "scheduler/gate.h"

#include <algorithm>

namespace gaikei {

Gate::Gate(unsigned places) : places_(std::max(places, 1U)) {}

bool Gate::Enter(const std::shared_ptr<GateWaiter>& waiter) {
  const std::lock_guard lock(mutex_);
  if (taken_ < places_) {
    ++taken_;
    return true;
  }
  waiters_.push_back(waiter);
  return false;
}

void Gate::Leave() {
  const std::lock_guard lock(mutex_);
  if (waiters_.empty()) {
    --taken_;
    return;
  }
  const std::shared_ptr<GateWaiter> next = std::move(waiters_.front());
  waiters_.pop_front();
  next->granted();
}

bool Gate::Withdraw(const std::shared_ptr<GateWaiter>& waiter) {
  const std::lock_guard lock(mutex_);
  const auto at = std::find(waiters_.begin(), waiters_.end(), waiter);
  if (at == waiters_.end()) return false;
  waiters_.erase(at);
  return true;
}

}  // namespace gaikei
