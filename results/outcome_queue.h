#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "results/outcome.h"

namespace gaikei {

/// Outcomes on their way from the loops' threads to one consumer. Push() from any thread.
class OutcomeQueue {
 public:
  /// `wake` is called, on the pushing thread and outside the lock, whenever the queue stops being
  /// empty; the consumer then calls TakeAll() some time later.
  explicit OutcomeQueue(std::function<void()> wake) : wake_(std::move(wake)) {}

  void Push(Outcome outcome);
  /// Everything queued so far, in the order pushed.
  std::vector<Outcome> TakeAll();

 private:
  const std::function<void()> wake_;
  std::mutex mutex_;
  std::vector<Outcome> queued_;
};

}  // namespace gaikei
