#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "probe/selftest/delay_server.h"
#include "probe/selftest/distribution.h"
#include "probe/selftest/trial.h"
#include "results/outcome.h"

namespace gaikei::selftest {

/// One trial that was looked at.
struct Sighting {
  std::size_t trial = 0;  ///< its number
  Outcome outcome;
};

/// The error of one figure: what outcomes reported, less what the server did.
struct ErrorRow {
  std::string kind;    ///< "http", "tcp", "dns"
  std::string figure;  ///< a phase, or "duration"
  Distribution error;  ///< reported minus true
  Span within{0};      ///< 99 of 100 errors are no larger, whatever their sign
};

/// What a self-test has found.
struct Report {
  Span took{0};                                   ///< from the first slot to the last outcome
  std::size_t checks = 0;                         ///< that were planned
  std::size_t measured = 0;                       ///< that gave figures to compare
  std::map<std::string, std::size_t> unmeasured;  ///< by reason: what became of the others
  unsigned in_flight = 0;                         ///< the most at a time

  Span clock_step{0};         ///< of the monotonic clock
  Distribution timer_late;    ///< timers of an idle loop
  Distribution loop_lag;      ///< prober.loop_lag of the outcomes
  Distribution start_late;    ///< started minus due
  Distribution server_late;   ///< what the server took minus what it was asked to take
  Distribution server_doubt;  ///< so much longer than it says the server may have taken

  std::vector<ErrorRow> errors;  ///< by kind, phases in their order, then the duration
  /// The largest `within` of all errors, rounded up to two digits; not below the clock's step. Zero
  /// where nothing was measured.
  Span smallest_difference{0};
  /// Enough was measured for that to be said: half of the checks.
  bool is_conclusive() const { return measured > 0 && 2 * measured >= checks; }
  std::size_t decided_by = 0;  ///< the place in `errors` that it comes from
};

/// Compares what was seen with what the server did. A phase that the server does not delay
/// (connect) is compared with nothing at all: all of it counts as error. A duration is compared
/// with all delays of its trial together. Leaves the fields that are not about trials alone. Pure.
void Compare(const std::vector<Trial>& trials, const std::vector<Sighting>& seen,
             const std::vector<Delays>& truth, Report& report);

/// One line of JSON, with its line feed (docs/truth.md).
std::string ReportJson(const Report& report);
/// For people; lines, the last with its line feed.
std::string ReportText(const Report& report);

}  // namespace gaikei::selftest
