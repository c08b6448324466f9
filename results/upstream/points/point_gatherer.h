#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "results/spool/sample.h"
#include "results/time.h"
#include "results/upstream/points/series_point.h"
#include "results/upstream/series_counters.h"

namespace gaikei {

/// Makes points of the items of a delivery as they come.
///
/// A point stands for what a series brought within `every`: so a backlog keeps its resolution,
/// however it is laid out, and one of roll-ups keeps theirs. Of what comes often it may stand for
/// a quarter more, since deliveries never lie exactly `every` apart. After a departure the series
/// begins anew. Where a point ends depends on the items alone: what a process had sent that was
/// killed before it could write so down, the next sends the same, and nothing that lies before it.
class PointGatherer {
 public:
  struct Options {
    Span every = std::chrono::seconds(15);
    bool is_delta = false;  ///< counting begins anew after every point
    /// Points at most. Where there are fewer series than that, what comes between two deliveries
    /// is a point for each of them, however much it is.
    std::size_t max_points = 32'768;
    /// Among them, such as are not the first of their series: each has counters of its own, which
    /// take some KiB.
    std::size_t max_later_points = 4096;
  };

  /// `book` outlives it. What it adds there is provisional.
  PointGatherer(Options options, CounterBook& book) : options_(options), book_(book) {}

  /// Takes over the first of the items, and gives how many; fewer than all: it has no room for
  /// another point. They are of no use to it afterwards.
  std::size_t Take(std::span<const SpoolItem* const> items);
  /// Nothing more is taken. Gives the points: those of a series in their order, the first of all
  /// series before the second of any. They live until the book goes on (Keep() or Drop()).
  std::vector<SeriesPoint> Close();

 private:
  /// The point of a series that is being made.
  struct Open {
    std::size_t point = 0;               ///< into points_
    SeriesCounters* counters = nullptr;  ///< in the book; null: nothing was added
    const Latest* latest = nullptr;      ///< newer than the point's; lives during Take()
    std::size_t items = 0;               ///< of the point
  };

  bool TakeOne(const SpoolItem& item);
  bool TakeDeparture(const Departure& departure);
  bool HasRoom(std::int64_t series) const;
  Open* Begin(const std::shared_ptr<const SampleSeries>& series);
  void Count(Open& open, const SpoolItem& item);
  /// The counters go on, or are forgotten: the point keeps what they are now.
  void Freeze(Open& open);
  bool IsOver(const Open& open, WallTime at) const;

  const Options options_;
  CounterBook& book_;
  std::vector<SeriesPoint> points_;
  std::size_t later_points_ = 0;
  std::unordered_map<std::int64_t, Open> open_;  ///< by series
  std::vector<std::int64_t> touched_;            ///< series with Open::latest
};

}  // namespace gaikei
