#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "results/reason.h"
#include "results/time.h"

namespace gaikei {

/// What can make this prober unfit to judge, other than its own loops.
enum class Unfit : std::uint8_t {
  kThrottled,  ///< the cgroup's CPU quota was used up
  kStarved,    ///< other processes of this machine had the CPU
  kStolen,     ///< the hypervisor gave the CPU to others
  kMemory,     ///< everybody waited for memory
};
inline constexpr std::size_t kUnfitCount = 4;
/// "throttled", "starved", "stolen", "memory".
std::string_view Name(Unfit cause);
/// What a failure becomes that this explains.
Reason ReasonOf(Unfit cause);

/// A time at which the prober was unfit.
struct UnfitTime {
  MonoTime from{};
  MonoTime to{};
  Unfit cause{};
  std::string why;  ///< one line
};

/// Remembers for ten minutes when this prober was unfit to judge, and why. Any thread.
class FitnessLog {
 public:
  static constexpr Span kKept = std::chrono::minutes(10);

  /// The times of one cause come in their order; one that goes on where the last one ended is the
  /// same.
  void Note(UnfitTime time);
  /// The longest of those that overlap [from, to]; absent: it was fit.
  std::optional<UnfitTime> During(MonoTime from, MonoTime to) const;
  /// All time of each cause since the start.
  std::array<Span, kUnfitCount> Totals() const;

 private:
  mutable std::mutex mutex_;
  std::array<std::deque<UnfitTime>, kUnfitCount> times_;
  std::array<Span, kUnfitCount> totals_{};
};

}  // namespace gaikei
