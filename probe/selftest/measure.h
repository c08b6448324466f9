#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <tl/expected.hpp>

#include "probe/selftest/report.h"
#include "results/time.h"

namespace gaikei::selftest {

inline constexpr Span kShortest = std::chrono::seconds(1);
inline constexpr Span kLongest = std::chrono::minutes(5);

struct Measurement {
  Report report;
  int signal = 0;  ///< that ended it before all was seen; 0: none
};

/// Measures this machine for about `duration`: starts the server, runs the trials against it by the
/// scheduler and the checks of `gaikei run` on one event loop, and compares. `tick` (null: none) is
/// called some ten times a second with how many outcomes there are; `planned` is their number.
/// REQUIRES: this process has one thread. The error is one line.
tl::expected<Measurement, std::string> Measure(
    Span duration,
    const std::function<void(Span elapsed, std::size_t done, std::size_t planned)>& tick);

}  // namespace gaikei::selftest
