#pragma once

#include <mutex>
#include <optional>

#include "results/time.h"

namespace gaikei {

/// How many attempts a second one host is asked with, further attempts of a slot included: spread
/// evenly, whatever was left unused before. Any thread.
class RequestBudget {
 public:
  /// `rate` a second, above 0.
  explicit RequestBudget(double rate);

  /// When an attempt may start that would start `now`; absent, and nothing is spent, where that is
  /// not before `before`.
  std::optional<MonoTime> Reserve(MonoTime now, MonoTime before);

 private:
  const Span distance_;
  std::mutex mutex_;
  MonoTime next_ = MonoTime::min();  ///< no attempt starts before
};

}  // namespace gaikei
