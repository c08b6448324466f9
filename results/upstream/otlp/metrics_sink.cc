#include <memory>
#include <string>
#include <utility>

#include "results/upstream/otlp/attributes.h"
#include "results/upstream/otlp/exchange.h"
#include "results/upstream/otlp/metrics_builder.h"
#include "results/upstream/otlp/metrics_size.h"
#include "results/upstream/otlp/series_attributes.h"
#include "results/upstream/points/point_sink.h"
#include "results/upstream/series_counters.h"
#include "results/upstream/sinks.h"

namespace gaikei {
namespace otlp {
namespace {

class MetricsSink final : public PointSink {
 public:
  MetricsSink(const UpstreamSpec& spec, const SenderIdentity& sender, LaneStates& states,
              Transport& transport)
      : PointSink({.every = spec.every,
                   .is_delta = spec.otlp.temporality == OtlpSpec::Temporality::kDelta},
                  book_),
        spec_(spec),
        origin_(OriginOf(spec.otlp, sender)),
        book_(states, spec.otlp.histograms),
        attributes_(spec.mapping),
        exchange_(spec, sender, Signal::kMetrics, transport) {}

 private:
  std::size_t SizeOf(const SeriesPoint& point) override {
    return EstimatedSize(spec_, *attributes_.Of(*point.series), point);
  }

  void Encode(Points points) override {
    samples_ = 0;
    for (const SeriesPoint& point : points) samples_ += point.samples;
    const MetricsRequest request{origin_, MetricsOf(points, spec_, attributes_)};
    // Departures of what was never told: an empty envelope is of no use to anybody.
    body_ = request.metrics.empty() ? std::string() : exchange_.Encode(request);
  }

  void Post(Done done) override {
    if (body_.empty()) return done({});
    exchange_.Send(body_, samples_, std::move(done));
  }

  void StopPost() override { exchange_.Cancel(); }

  std::vector<LaneState> Keep(std::vector<LaneState> counters) override {
    Forget();
    return counters;
  }

  void Forget() override {
    body_.clear();
    attributes_.Clear();
  }

  const UpstreamSpec& spec_;
  const Origin origin_;
  CounterBook book_;
  SeriesAttributes attributes_;
  Exchange exchange_;
  std::string body_;  ///< of the request, as it goes out; empty: there is nothing to send
  std::uint64_t samples_ = 0;
};

}  // namespace
}  // namespace otlp

std::unique_ptr<Sink> MakeOtlpMetricsSink(const UpstreamSpec& spec, const SenderIdentity& sender,
                                          LaneStates& states, Transport& transport) {
  return std::make_unique<otlp::MetricsSink>(spec, sender, states, transport);
}

}  // namespace gaikei
