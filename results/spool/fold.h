#pragma once

#include <cstdint>
#include <vector>

#include "results/spool/sample.h"

namespace gaikei {

/// How much detail is kept.
enum class FoldLevel : std::uint8_t {
  kFull = 0,    ///< everything
  kSlim = 1,    ///< samples: without json; good ones also without phases, texts and evidence
  kMinute = 2,  ///< a roll-up a series and minute
  kHour = 3,    ///< a roll-up a series and hour
  kTotal = 4,   ///< a roll-up a series
};

/// The same items with less detail. Counts (samples, good, bad, missing, by status and reason) stay
/// exact, durations stay in the histograms, departures stay where they were in the order of their
/// series. Roll-ups among the items may be merged further. What comes out covers the same range of
/// sequences without gaps: every item's `end` is the next one's `sequence`, roll-ups of one window
/// that interleave share the range of the whole.
std::vector<SpoolItem> Fold(std::vector<SpoolItem> items, FoldLevel level);

}  // namespace gaikei
