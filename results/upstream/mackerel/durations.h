#pragma once

#include <cstdint>
#include <vector>

#include "results/exponential_histogram.h"
#include "results/time.h"

namespace gaikei::mackerel {

/// How long looks took: exactly where they are known one by one, in buckets where they are not.
struct Durations {
  std::vector<Span> exact;
  ExponentialHistogram folded;  ///< of roll-ups, and what was folded here

  void Merge(const Durations& more);
  /// Gives the single values up.
  void Fold();
  std::uint64_t Total() const { return exact.size() + folded.Total(); }

  // REQUIRES of all: Total() > 0. In seconds.
  double Mean() const;
  double Max() const;
  /// The smallest value that at least so many percent do not exceed (nearest rank). Where something
  /// is folded, the upper bound of that value's bucket, which is up to 9 % above it.
  double Percentile(unsigned percent) const;
};

}  // namespace gaikei::mackerel
