#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "results/time.h"

namespace gaikei {

/// Slots as a function of time: slot k is due at phase + k * every after the Unix epoch. Restarts
/// keep the grid; nothing is remembered.
struct SlotGrid {
  Span every{};  ///< > 0
  Span phase{};  ///< 0 <= phase < every
  bool operator==(const SlotGrid&) const = default;
};

/// Due time of slot k.
WallTime SlotTime(const SlotGrid& grid, std::int64_t k);
/// Number of the first slot due at or after `time`.
std::int64_t FirstSlotAtOrAfter(const SlotGrid& grid, WallTime time);
/// How many slots are due in [from, to): what the SLO engine expects.
std::int64_t SlotsBetween(const SlotGrid& grid, WallTime from, WallTime to);

/// Phase of a check seen from one of its regions: a stable hash of the check's name spreads the
/// checks, and region `region_index` of `region_count` follows every / region_count later than the
/// one before it, so that vantages interleave. Never depends on the machine, the run or other
/// checks.
Span PhaseOf(std::string_view check, Span every, unsigned region_index, unsigned region_count);

/// What a check in a region is hashed as, where it is to be given to one of several.
std::string CheckInRegion(std::string_view check, std::string_view region);

/// 64-bit hash whose values are stable for ever (they decide phases and shards).
std::uint64_t StableHash(std::string_view text);

}  // namespace gaikei
