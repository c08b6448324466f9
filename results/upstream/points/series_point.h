#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "results/latest.h"
#include "results/spool/sample.h"
#include "results/upstream/series_counters.h"

namespace gaikei {

/// An attempt that a trace exists of.
struct TracedAttempt {
  Status status = Status::kUnknown;
  Reason reason = Reason::kNone;
  WallTime at{};
  Span duration{0};
  std::string trace_id;  ///< 32 hexadecimal digits
};

/// One point of one series: what a stretch of its items comes to.
struct SeriesPoint {
  std::shared_ptr<const SampleSeries> series;  ///< never null
  /// Counters as they stood before these items; null: nothing had been counted.
  const SeriesCounters* before = nullptr;
  /// With these items; never null.
  const SeriesCounters* after = nullptr;
  bool has_items = false;             ///< samples or roll-ups; false: nothing but a departure
  std::uint64_t samples = 0;          ///< among them, also those that were rolled up
  WallTime from{};                    ///< SpoolItem::at() of the first
  WallTime scheduled_at{};            ///< of the first, to find it again
  std::optional<Latest> latest;       ///< of the last sample; absent: there was none
  std::vector<TracedAttempt> traced;  ///< the latest of each status and reason
  std::optional<TracedAttempt> slowest_traced;  ///< of those whose duration counts
  std::optional<WallTime> departed_at;  ///< after every other stamp of it; absent: it goes on
  unsigned round = 0;                   ///< points of the series before it in the delivery

  /// What `after` points to where the book has gone on since.
  std::unique_ptr<const SeriesCounters> own;
};

}  // namespace gaikei
