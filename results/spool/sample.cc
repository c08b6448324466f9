#include "results/spool/sample.h"

#include <utility>

#include "results/outcome_json.h"

namespace gaikei {
namespace {

/// The trace id of "00-TRACEID-SPANID-FLAGS" (W3C Trace Context, 3.2).
std::string TraceIdOf(const std::string& traceparent) {
  constexpr std::size_t kStart = 3;
  constexpr std::size_t kLength = 32;
  if (traceparent.size() < kStart + kLength) return "";
  return traceparent.substr(kStart, kLength);
}

}  // namespace

Sample Sample::Of(const Outcome& outcome, std::shared_ptr<const SampleSeries> series,
                  bool with_json) {
  Sample sample;
  sample.series = std::move(series);
  sample.scheduled_at = outcome.scheduled_at;
  sample.started_at = outcome.started_at;
  sample.latest = Latest::Of(outcome);
  sample.at =
      sample.latest.has_started ? outcome.started_at + outcome.duration : outcome.scheduled_at;
  sample.reason = outcome.reason;
  sample.counts = outcome.counts();
  if (!outcome.failed_step.empty()) {
    sample.phase = "step:" + outcome.failed_step;
  } else if (outcome.phase) {
    sample.phase = Name(*outcome.phase);
  }
  sample.blame = outcome.blame;
  sample.message = outcome.message;
  sample.address = outcome.address;
  sample.port = outcome.port;
  if (outcome.http) sample.trace_id = TraceIdOf(outcome.http->traceparent);
  if (with_json) sample.json = ToJson(outcome);
  return sample;
}

const SampleSeries& SpoolItem::series() const {
  return std::visit([](const auto& item) -> const SampleSeries& { return *item.series; }, content);
}

WallTime SpoolItem::at() const {
  return std::visit([](const auto& item) { return item.at; }, content);
}

std::uint64_t SpoolItem::samples() const {
  if (const auto* rollup = std::get_if<Rollup>(&content)) return rollup->samples;
  return std::holds_alternative<Sample>(content) ? 1 : 0;
}

}  // namespace gaikei
