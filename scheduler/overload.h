#pragma once

#include <cstdint>
#include <string>

#include "results/time.h"

namespace gaikei {

/// What one look at the loops has shown.
struct LoadSigns {
  Span loop_lag{0};  ///< largest of all loops, of the last second or two
  /// Slots of quick checks that wait for a place: who waits because others do not answer is no
  /// sign.
  std::uint64_t waiting = 0;
  double memory_left = 1;  ///< share of what this process may use that is free; 1: unknown
};

/// Defends this prober against itself, in steps: what is asked from outside is let go first, then
/// the less important checks are made less often. What is not made is told as missing, never as a
/// failure. One thread.
class OverloadManager {
 public:
  /// 0: all is well. 1: no ad-hoc checks. Beyond that intervals are stretched, see StretchOf().
  static constexpr unsigned kMostStage = 4;
  /// Signs that last this long make it one stage worse.
  static constexpr Span kWorseAfter = std::chrono::seconds(5);
  /// So long without any makes it one stage better.
  static constexpr Span kBetterAfter = std::chrono::seconds(30);
  static constexpr Span kMostLag = std::chrono::milliseconds(200);
  static constexpr double kLeastMemory = 0.05;

  /// Takes a look, about once a second; gives the stage.
  unsigned Look(const LoadSigns& signs, MonoTime now);
  unsigned stage() const { return stage_; }
  /// What was wrong at the last look, for people; empty: nothing.
  const std::string& trouble() const { return trouble_; }

 private:
  unsigned stage_ = 0;
  std::string trouble_;
  MonoTime since_{};  ///< when the present state of trouble began, or the stage was changed in it
  bool was_troubled_ = false;
  bool has_looked_ = false;
};

/// Every how many slots a check of that priority is made in that stage; 0 to 33 are low, to 66
/// normal, to 99 high; 100 is never stretched. Pure.
unsigned StretchOf(unsigned stage, unsigned priority);

}  // namespace gaikei
