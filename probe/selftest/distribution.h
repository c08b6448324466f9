#pragma once

#include <cstddef>
#include <vector>

#include "results/time.h"

namespace gaikei::selftest {

/// Some spans in short, which may be negative. All zero where there was none.
struct Distribution {
  std::size_t count = 0;
  Span min{0};
  Span p50{0};
  Span p90{0};
  Span p99{0};
  Span max{0};
};

/// The smallest of the spans that `share` (0..1) of them are not above (nearest rank): always one
/// that was measured. Zero where there is none. `sorted` is in ascending order. Pure.
Span Quantile(const std::vector<Span>& sorted, double share);

Distribution Distribute(std::vector<Span> spans);

/// What 99 of 100 spans do not exceed, whatever their sign.
Span Within(const std::vector<Span>& spans);

/// Rounded up to two significant digits: 1,234,567 ns become 1,300,000. Not below zero. Pure.
Span RoundUp(Span span);

}  // namespace gaikei::selftest
