#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "results/exponential_histogram.h"
#include "results/spool/lane_state.h"
#include "results/spool/sample.h"
#include "results/tally.h"
#include "results/upstream/upstream_spec.h"

namespace gaikei {

/// What one upstream has counted of one series since it first heard of it.
struct SeriesCounters {
  WallTime start{};              ///< counting began: before the first sample was over
  WallTime last_at{};            ///< stamp of the last point; `start` while there was none
  Tally tally;                   ///< histograms are kept unless the upstream's are exponential
  ExponentialTally exponential;  ///< kept unless they are explicit

  /// Adds, and stamps the next point: `at`, or a millisecond after the one before where the clock
  /// had gone back or stood still. Times of a series only ever grow.
  void Add(const SpoolItem& item, HistogramForm form);
  /// Counts from zero again, from the last point on.
  void BeginAnew();

  std::string Encode() const;
  static std::optional<SeriesCounters> Decode(std::string_view bytes);
};

/// The counters of one upstream: kept ones, and what a delivery would make of them.
class CounterBook {
 public:
  /// `states` outlives the book.
  CounterBook(LaneStates& states, HistogramForm form) : states_(states), form_(form) {}

  /// The series' counters, to add to provisionally; new ones where there are none, which begin
  /// before the item, their first. Valid until Forget(), Keep() or Drop().
  SeriesCounters& Open(const SpoolItem& item);
  /// What is to be added with.
  HistogramForm form() const { return form_; }
  /// As they are now, provisional changes included; null where nothing was ever counted.
  const SeriesCounters* Find(std::int64_t series);
  /// The series has ended then. When its check comes again in that region, as this series or
  /// another one, counting begins anew, and later than that.
  void Forget(const SampleSeries& series, WallTime ended_at);

  /// What was added holds: gives what is to be kept.
  std::vector<LaneState> Keep();
  /// It does not.
  void Drop() { changed_.clear(); }

 private:
  LaneStates& states_;
  const HistogramForm form_;
  std::map<std::int64_t, SeriesCounters> kept_;                    // loaded at first use
  std::map<std::int64_t, std::optional<SeriesCounters>> changed_;  // absent value: forgotten
  std::map<std::pair<std::string, std::string>, WallTime> ended_;  // by check and region
  WallTime newest_end_{};
};

}  // namespace gaikei
