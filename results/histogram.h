#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <span>

#include "results/time.h"

namespace gaikei {

inline constexpr std::size_t kBoundCount = 16;
using Bounds = std::array<double, kBoundCount>;

/// Upper bounds in seconds for what a target does: OpenTelemetry's advice for HTTP durations, and
/// the range of timeouts above it.
inline constexpr Bounds kDurationBounds = {0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5,
                                           0.75,  1,    2.5,   5,    7.5,   10,  30,   60};
/// Upper bounds in seconds for how late this prober runs.
inline constexpr Bounds kLatenessBounds = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                           0.01,   0.025,   0.05,   0.1,   0.25,   0.5,
                                           1,      2.5,     5,      10};

/// Counts of values by bucket, and their sum. The bounds belong to the user, not to the value:
/// there is one histogram for each phase of each check.
template <class Count>
struct BasicHistogram {
  /// Bucket i counts values <= bounds[i] that are above the bound before; the last one the rest.
  std::array<Count, kBoundCount + 1> buckets{};
  Span sum{0};

  void Add(const Bounds& bounds, Span value) {
    const auto bound = std::lower_bound(bounds.begin(), bounds.end(), Seconds(value));
    ++buckets[static_cast<std::size_t>(bound - bounds.begin())];
    sum += value;
  }
  void Merge(const BasicHistogram& more) {
    for (std::size_t i = 0; i < buckets.size(); ++i) buckets[i] += more.buckets[i];
    sum += more.sum;
  }
  std::uint64_t Total() const {
    return std::accumulate(buckets.begin(), buckets.end(), std::uint64_t{0});
  }
};

/// Of one check: at ten values a second it counts for thirteen years.
using Histogram = BasicHistogram<std::uint32_t>;
/// Of the whole process.
using ProcessHistogram = BasicHistogram<std::uint64_t>;

}  // namespace gaikei
