#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "results/spool/sample.h"
#include "results/upstream/series_counters.h"
#include "results/upstream/sink.h"
#include "results/upstream/upstream_spec.h"

namespace gaikei::remote_write {

/// What one delivery says of one series.
struct PendingSeries {
  const SampleSeries* series = nullptr;
  /// Counters as they were before this delivery; null: nothing had been counted.
  const SeriesCounters* before = nullptr;
  /// With this delivery's items; never null.
  const SeriesCounters* after = nullptr;
  const Sample* latest = nullptr;  ///< last of them; null: there was none
  bool has_items = false;          ///< samples or roll-ups; false: nothing but a departure
  bool has_departed = false;       ///< after them
  std::int64_t window = 0;         ///< of the items
};

/// The first items of a backlog as points: one for each series.
///
/// A series has one point in each window of `spec.every`. Where one comes again in a later window
/// than that of its point here, or after its departure, the delivery ends before it: so a backlog
/// keeps its resolution, and points stand in their order.
class Delivery {
 public:
  /// Both outlive it. What it adds to the book is provisional there.
  Delivery(const UpstreamSpec& spec, CounterBook& book) : spec_(spec), book_(book) {}

  /// Takes items over, as many as `limits` allow; gives how many. Call once. The items live until
  /// the delivery is over. `bytes_per_line`: what a series of the protocol takes, about.
  std::size_t Take(std::span<const SpoolItem* const> items, const Sink::Limits& limits,
                   std::size_t bytes_per_line);
  /// In the order of their first items.
  const std::vector<PendingSeries>& series() const { return series_; }
  /// Samples among the items.
  std::uint64_t samples() const { return samples_; }
  /// Items that were taken.
  std::size_t items() const { return items_; }
  /// It is over: the book forgets series that have departed.
  void Conclude();

 private:
  bool TakeOne(const SpoolItem& item, const Sink::Limits& limits);
  bool IsFull(const Sink::Limits& limits) const;
  void Begin(const SpoolItem& item);

  const UpstreamSpec& spec_;
  CounterBook& book_;
  std::vector<PendingSeries> series_;
  std::map<std::int64_t, std::size_t> index_;  ///< into series_, by id
  std::size_t bytes_per_line_ = 0;
  std::size_t bytes_ = 0;
  std::uint64_t samples_ = 0;
  std::size_t items_ = 0;
};

/// Series of the protocol that counters make, at most (in 1.0, where a histogram is many).
std::size_t LinesOf(const SeriesCounters& counters);

}  // namespace gaikei::remote_write
