#pragma once

#include <cstdint>
#include <random>

#include "results/time.h"

namespace gaikei {

/// Pauses between tries: half a second, doubling up to a quarter of a minute, each one anywhere
/// between its half and its whole, so that many probers do not come back together.
class Backoff {
 public:
  static constexpr Span kFirst = std::chrono::milliseconds(500);
  static constexpr Span kLongest = std::chrono::seconds(15);

  explicit Backoff(std::uint64_t seed) : random_(seed) {}

  /// The pause before the next try.
  Span Next();
  /// A try went well.
  void Reset() { tries_ = 0; }
  /// True since Next() until Reset().
  bool is_waiting() const { return tries_ > 0; }

 private:
  std::mt19937_64 random_;
  unsigned tries_ = 0;
};

}  // namespace gaikei
