#include "results/upstream/mackerel/service_metrics.h"

#include <fmt/format.h>

#include "results/http_text.h"
#include "results/json.h"

namespace gaikei::mackerel {
namespace {

constexpr double kSecondsPerDay = 86400;

/// Gives values of one minute their names.
class Appender {
 public:
  Appender(std::string_view stem, Minute minute, std::vector<MetricValue>& out)
      : stem_(stem), minute_(minute), out_(out) {}
  void Add(std::string_view name, double value) {
    out_.push_back({std::string(stem_).append(name), minute_, value});
  }

 private:
  std::string_view stem_;
  Minute minute_;
  std::vector<MetricValue>& out_;
};

bool IsJudged(const MinuteTally& tally) { return tally.good + tally.bad > 0; }

double AvailabilityOf(const MinuteTally& tally) {
  return static_cast<double>(tally.good) / static_cast<double>(tally.good + tally.bad);
}

}  // namespace

void AppendMinute(const CheckBook& book, Minute minute, std::string_view stem,
                  const MetricFamilies& families, std::vector<MetricValue>& out) {
  const auto found = book.minutes.find(minute);
  if (found == book.minutes.end()) return;
  const MinuteTally& tally = found->second;
  Appender values(stem, minute, out);
  if (IsJudged(tally)) values.Add("availability.minute", AvailabilityOf(tally));
  values.Add("slots.good", static_cast<double>(tally.good));
  values.Add("slots.bad", static_cast<double>(tally.bad));
  values.Add("slots.missing", static_cast<double>(tally.missing));
  const Durations& durations = tally.durations;
  if (families.has_durations && durations.Total() > 0) {
    values.Add("duration.p50", durations.Percentile(50));
    values.Add("duration.p95", durations.Percentile(95));
    values.Add("duration.p99", durations.Percentile(99));
    values.Add("duration.max", durations.Max());
    values.Add("duration.mean", durations.Mean());
  }
  if (families.has_certificate && tally.expires_at) {
    values.Add("certificate.days_left", (Seconds(tally.expires_at->time_since_epoch()) -
                                         Seconds(StartOf(minute).time_since_epoch())) /
                                            kSecondsPerDay);
  }
  AppendHour(book, minute, stem, families, out);
}

void AppendHour(const CheckBook& book, Minute minute, std::string_view stem,
                const MetricFamilies& families, std::vector<MetricValue>& out) {
  const auto hour = book.HourUntil(minute);
  if (!hour) return;
  Appender values(stem, minute, out);
  if (IsJudged(*hour)) values.Add("availability.hour", AvailabilityOf(*hour));
  if (families.has_durations && hour->durations.Total() > 0) {
    values.Add("duration.p95_hour", hour->durations.Percentile(95));
  }
}

ApiCall PostServiceMetrics(std::string_view service, std::span<const MetricValue> values) {
  OrderedJson body = OrderedJson::array();
  for (const MetricValue& value : values) {
    body.push_back({{"name", value.name},
                    {"time", UnixSeconds(StartOf(value.minute))},
                    {"value", value.value}});
  }
  ApiCall call;
  call.path = fmt::format("/api/v0/services/{}/tsdb", PercentEncoded(service));
  call.body = JsonText(body);
  call.what = "service metrics";
  call.if_absent = fmt::format("there is no service '{}' in that organization", service);
  return call;
}

}  // namespace gaikei::mackerel
