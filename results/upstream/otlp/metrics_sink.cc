#include <memory>
#include <string>
#include <utility>

#include "results/upstream/otlp/attributes.h"
#include "results/upstream/otlp/exchange.h"
#include "results/upstream/otlp/metrics_builder.h"
#include "results/upstream/otlp/metrics_delivery.h"
#include "results/upstream/series_counters.h"
#include "results/upstream/sinks.h"

namespace gaikei {
namespace otlp {
namespace {

class MetricsSink : public Sink {
 public:
  MetricsSink(const UpstreamSpec& spec, const SenderIdentity& sender, LaneStates& states,
              Transport& transport)
      : spec_(spec),
        origin_(OriginOf(spec.otlp, sender)),
        book_(states, spec.otlp.histograms),
        exchange_(spec, sender, Signal::kMetrics, transport) {}

  std::size_t Prepare(std::span<const SpoolItem* const> items, const Limits& limits) override {
    MetricsDelivery delivery(spec_, book_);
    const std::size_t taken = delivery.Take(items, limits);
    samples_ = delivery.samples();
    MetricsRequest request{origin_, MetricsOf(delivery.series(), spec_)};
    delivery.Conclude();
    has_message_ = !request.metrics.empty();
    if (has_message_) body_ = exchange_.Encode(request);
    return taken;
  }

  void Send(Done done) override {
    // Departures of what was never told: an empty envelope is of no use to anybody.
    if (!has_message_) return done({});
    exchange_.Send(body_, samples_, std::move(done));
  }

  void Cancel() override { exchange_.Cancel(); }

  std::vector<LaneState> Settle() override {
    body_.clear();
    return book_.Keep();
  }

  void Discard() override {
    body_.clear();
    book_.Drop();
  }

 private:
  const UpstreamSpec& spec_;
  const Origin origin_;
  CounterBook book_;
  Exchange exchange_;
  bool has_message_ = false;
  std::string body_;  ///< of the delivery, as it goes out
  std::uint64_t samples_ = 0;
};

}  // namespace
}  // namespace otlp

std::unique_ptr<Sink> MakeOtlpMetricsSink(const UpstreamSpec& spec, const SenderIdentity& sender,
                                          LaneStates& states, Transport& transport) {
  return std::make_unique<otlp::MetricsSink>(spec, sender, states, transport);
}

}  // namespace gaikei
