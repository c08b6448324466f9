#include "scheduler/request_budget.h"

#include <algorithm>

namespace gaikei {

RequestBudget::RequestBudget(double rate)
    : distance_(std::chrono::duration_cast<Span>(std::chrono::duration<double>(1 / rate))) {}

std::optional<MonoTime> RequestBudget::Reserve(MonoTime now, MonoTime before) {
  const std::lock_guard lock(mutex_);
  const MonoTime when = std::max(next_, now);
  if (when >= before) return std::nullopt;
  next_ = when + distance_;
  return when;
}

}  // namespace gaikei
