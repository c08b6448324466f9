#include "scheduler/plan.h"

#include <limits>

namespace gaikei {
namespace {

constexpr std::uint64_t kFnvOffset = 0xCBF29CE484222325ULL;
constexpr std::uint64_t kFnvPrime = 0x00000100000001B3ULL;

// Rounds towards minus infinity, so that instants before 1970 keep the grid; divisor > 0.
std::int64_t FloorDiv(std::int64_t value, std::int64_t divisor) {
  const std::int64_t quotient = value / divisor;
  return value % divisor < 0 ? quotient - 1 : quotient;
}

}  // namespace

WallTime SlotTime(const SlotGrid& grid, std::int64_t k) {
  std::int64_t time = 0;
  if (__builtin_mul_overflow(k, grid.every.count(), &time) ||
      __builtin_add_overflow(time, grid.phase.count(), &time)) {
    // Beyond what the clock can tell (year 2262): never.
    time =
        k < 0 ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
  }
  return WallTime(Span(time));
}

std::int64_t FirstSlotAtOrAfter(const SlotGrid& grid, WallTime time) {
  const std::int64_t since_phase = time.time_since_epoch().count() - grid.phase.count();
  const std::int64_t at_or_before = FloorDiv(since_phase, grid.every.count());
  return at_or_before * grid.every.count() == since_phase ? at_or_before : at_or_before + 1;
}

std::int64_t SlotsBetween(const SlotGrid& grid, WallTime from, WallTime to) {
  if (to <= from) return 0;
  return FirstSlotAtOrAfter(grid, to) - FirstSlotAtOrAfter(grid, from);
}

Span PhaseOf(std::string_view check, Span every, unsigned region_index, unsigned region_count) {
  const auto interval = static_cast<std::uint64_t>(every.count());
  const std::uint64_t count = region_count == 0 ? 1 : region_count;
  const std::uint64_t index = region_index % count;
  // region_index * every / region_count in a form that cannot overflow.
  const std::uint64_t shift = index * (interval / count) + index * (interval % count) / count;
  return Span(static_cast<std::int64_t>((StableHash(check) % interval + shift) % interval));
}

std::string CheckInRegion(std::string_view check, std::string_view region) {
  std::string key(check);
  key += '\0';
  key += region;
  return key;
}

std::uint64_t StableHash(std::string_view text) {
  std::uint64_t hash = kFnvOffset;
  for (const char byte : text) hash = (hash ^ static_cast<unsigned char>(byte)) * kFnvPrime;
  // FNV's last bytes hardly reach the upper bits: mix, so that any modulus sees all of them.
  hash = (hash ^ (hash >> 33)) * 0xFF51AFD7ED558CCDULL;
  hash = (hash ^ (hash >> 33)) * 0xC4CEB9FE1A85EC53ULL;
  return hash ^ (hash >> 33);
}

}  // namespace gaikei
