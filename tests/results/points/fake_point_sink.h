#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "results/spool/lane_state.h"
#include "results/upstream/points/point_sink.h"

namespace gaikei::testing {

/// A point as an upstream has seen it.
struct SeenPoint {
  std::string check;
  WallTime at{};
  std::uint64_t total = 0;    ///< counted so far
  std::uint64_t samples = 0;  ///< that it stands for
};

/// An upstream of metrics that answers as told and remembers exactly what it was sent.
class FakePointSink final : public PointSink {
 public:
  using Request = std::vector<SeenPoint>;

  explicit FakePointSink(Span every)
      : PointSink({.every = every}, book_), book_(states_, HistogramForm::kExponential) {}

  /// How a request is answered; null, or absent: it is taken.
  std::function<std::optional<Verdict>(const Request&)> answer;
  std::vector<Request> sent;     ///< every request, in order
  std::vector<SeenPoint> taken;  ///< what was answered by kTaken

 private:
  class NoStates final : public LaneStates {
   public:
    std::optional<std::string> Load(std::int64_t) override { return std::nullopt; }
  };

  std::size_t SizeOf(const SeriesPoint& point) override;
  void Encode(Points points) override;
  void Post(Done done) override;
  void StopPost() override {}

  NoStates states_;
  CounterBook book_;
  Request request_;
};

}  // namespace gaikei::testing
