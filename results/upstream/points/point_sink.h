#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "results/upstream/points/point_gatherer.h"
#include "results/upstream/points/series_point.h"
#include "results/upstream/series_counters.h"
#include "results/upstream/sink.h"

namespace gaikei {

/// What sinks of metrics have in common: one point for each series and stretch of time, so that a
/// delivery stands for many more items than it has points. It gathers items as they come, and goes
/// out in as many requests as it takes. What is refused is found by its points.
class PointSink : public Sink {
 public:
  bool Gathers() const final { return true; }
  std::size_t Prepare(std::span<const SpoolItem* const> items, const Limits& limits) final;
  void Send(Done done) final;
  void Cancel() final;
  bool HasMore() const final { return next_ < points_.size(); }
  bool Halve() final;
  GivenUp GiveUp() final;
  std::vector<LaneState> Settle() final;
  void Discard() final;

 protected:
  /// The request that is being sent.
  using Points = std::span<const SeriesPoint>;

  PointSink(PointGatherer::Options options, CounterBook& book) : options_(options), book_(book) {}

  /// Bytes of the point in a request, before compression, about.
  virtual std::size_t SizeOf(const SeriesPoint& point) = 0;
  /// Makes the request of these points, of which no two are of one series, and forgets the one
  /// before.
  virtual void Encode(Points points) = 0;
  /// Sends what Encode() made, as often as it takes. `done` is called once, perhaps inside.
  virtual void Post(Done done) = 0;
  /// Stops a Post().
  virtual void StopPost() = 0;
  /// The request was taken: what it told of these points holds, once the delivery is settled.
  virtual void OnTaken(Points /*points*/) {}
  /// The upstream does not get this point.
  virtual void OnGivenUp(const SeriesPoint& /*point*/) {}
  /// The delivery is over; `counters` is what changed.
  virtual std::vector<LaneState> Keep(std::vector<LaneState> counters) { return counters; }
  /// It is not: whatever is remembered of it goes.
  virtual void Forget() {}

  WallTime prepared_at() const { return limits_.now; }

 private:
  void Close();
  void Clear();
  std::size_t Fit();

  const PointGatherer::Options options_;
  CounterBook& book_;
  Limits limits_;

  // The delivery.
  std::optional<PointGatherer> gatherer_;  ///< absent: nothing more is taken, or nothing was yet
  std::vector<SeriesPoint> points_;        ///< once it is closed
  std::size_t next_ = 0;                   ///< the first that was not sent, or given up
  std::size_t in_request_ = 0;             ///< from there on; 0: there is no request
  std::size_t limit_ = 0;                  ///< points in a request; 0: as many as may be
};

}  // namespace gaikei
