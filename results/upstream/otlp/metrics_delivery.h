#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "results/upstream/otlp/metrics_model.h"
#include "results/upstream/series_counters.h"
#include "results/upstream/sink.h"
#include "results/upstream/upstream_spec.h"

namespace gaikei::otlp {

/// What the upstream was told of a series before.
struct Told {
  WallTime at{};  ///< stamp of the last points
  std::vector<Tally::Outcomes> outcomes;
  bool has_duration = false;
  std::array<bool, kPhaseCount> phases{};
};

/// What one delivery says of one series.
struct PendingSeries {
  const SampleSeries* series = nullptr;
  std::shared_ptr<const Attributes> attributes;
  /// With this delivery's items; never null. Points into the book.
  const SeriesCounters* counters = nullptr;
  bool has_items = false;  ///< false: nothing but a departure
  std::int64_t window = 0;
  std::optional<Told> told;           ///< absent: nothing
  const Sample* latest = nullptr;     ///< null: none among the items
  std::vector<const Sample*> traced;  ///< latest with a trace id, one for each status and reason
  const Sample* slowest_traced = nullptr;
  std::optional<WallTime> departed_at;  ///< after every other point of it
};

/// The first items of a backlog as points of metrics: one point for each series.
///
/// A series has one point in each window of `spec.every`. Where one comes again in a later window
/// than that of its point here, or after its departure, the delivery ends before it: so a backlog
/// keeps its resolution, and points stand in their order. A backlog of roll-ups keeps theirs.
class MetricsDelivery {
 public:
  /// Both outlive it. What it adds to the book is provisional there.
  MetricsDelivery(const UpstreamSpec& spec, CounterBook& book) : spec_(spec), book_(book) {}

  /// Takes items over, as many as `limits` allow; gives how many. To be called once; the items live
  /// until Conclude().
  std::size_t Take(std::span<const SpoolItem* const> items, const Sink::Limits& limits);
  /// In the order of their first item.
  const std::vector<PendingSeries>& series() const { return series_; }
  /// Samples among the items that were taken.
  std::uint64_t samples() const { return samples_; }
  /// Puts into the book what holds once the delivery is over: series that departed are forgotten;
  /// with delta temporality counting begins anew. Nothing else may be called after it.
  void Conclude();

 private:
  bool TakeOne(const SpoolItem& item, const Sink::Limits& limits);
  bool TakeDeparture(const SpoolItem& item, const Sink::Limits& limits);
  PendingSeries* Find(std::int64_t series);
  PendingSeries* Begin(const SpoolItem& item, const Sink::Limits& limits);
  std::int64_t WindowOf(WallTime at) const;

  const UpstreamSpec& spec_;
  CounterBook& book_;
  std::vector<PendingSeries> series_;
  std::map<std::int64_t, std::size_t> index_;  ///< into series_, by id
  std::map<std::int64_t, SeriesCounters*> added_;
  std::size_t bytes_ = 0;
  std::uint64_t samples_ = 0;
};

}  // namespace gaikei::otlp
