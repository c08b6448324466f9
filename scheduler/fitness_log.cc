#include "scheduler/fitness_log.h"

#include <algorithm>

namespace gaikei {

std::string_view Name(Unfit cause) {
  switch (cause) {
    case Unfit::kThrottled:
      return "throttled";
    case Unfit::kStarved:
      return "starved";
    case Unfit::kStolen:
      return "stolen";
    case Unfit::kMemory:
      return "memory";
  }
  return {};
}

Reason ReasonOf(Unfit cause) {
  return cause == Unfit::kMemory ? Reason::kProberNoMemory : Reason::kProberOverload;
}

void FitnessLog::Note(UnfitTime time) {
  const std::lock_guard lock(mutex_);
  const auto cause = static_cast<std::size_t>(time.cause);
  totals_[cause] += time.to - time.from;
  std::deque<UnfitTime>& times = times_[cause];
  while (!times.empty() && time.to - times.front().to > kKept) times.pop_front();
  if (!times.empty() && times.back().to >= time.from) {
    times.back().to = time.to;
    times.back().why = std::move(time.why);
  } else {
    times.push_back(std::move(time));
  }
}

std::optional<UnfitTime> FitnessLog::During(MonoTime from, MonoTime to) const {
  const std::lock_guard lock(mutex_);
  std::optional<UnfitTime> longest;
  Span most{0};
  for (const std::deque<UnfitTime>& times : times_) {
    for (auto time = times.rbegin(); time != times.rend() && time->to > from; ++time) {
      const Span overlap = std::min(time->to, to) - std::max(time->from, from);
      if (overlap <= most) continue;
      most = overlap;
      longest = *time;
    }
  }
  return longest;
}

std::array<Span, kUnfitCount> FitnessLog::Totals() const {
  const std::lock_guard lock(mutex_);
  return totals_;
}

}  // namespace gaikei
