#pragma once

#include <chrono>
#include <cstdint>

#include "results/time.h"

namespace gaikei::mackerel {

/// A minute of the wall clock, counted from the Unix epoch.
using Minute = std::int64_t;

/// The one that an instant lies in.
constexpr Minute MinuteOf(WallTime at) {
  return std::chrono::floor<std::chrono::minutes>(at.time_since_epoch()).count();
}

constexpr WallTime StartOf(Minute minute) {
  return WallTime(std::chrono::duration_cast<Span>(std::chrono::minutes(minute)));
}

/// As Mackerel wants its times.
constexpr std::int64_t UnixSeconds(WallTime at) {
  return std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()).count();
}

}  // namespace gaikei::mackerel
