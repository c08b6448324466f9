#include "results/upstream/jsonl_lines.h"

#include <utility>
#include <variant>

#include "results/json.h"

namespace gaikei {
namespace {

OrderedJson Begin(const char* schema, const SampleSeries& series) {
  const CheckIdentity& check = *series.check;
  OrderedJson json = {{"schema", schema},       {"check", check.name},
                      {"kind", check.kind},     {"region", series.region},
                      {"target", check.target}, {"labels", OrderedJson::object()}};
  for (const auto& [name, value] : check.labels) json["labels"][name] = value;
  return json;
}

std::string End(const OrderedJson& json) { return JsonText(json) + "\n"; }

std::string LineOf(const Sample& sample) {
  if (!sample.json.empty()) return sample.json + "\n";
  const Latest& latest = sample.latest;
  OrderedJson json = Begin("gaikei.sample/1", *sample.series);
  json["scheduled_at"] = FormatRfc3339(sample.scheduled_at);
  json["started_at"] = FormatRfc3339(latest.has_started ? sample.started_at : sample.scheduled_at);
  json["status"] = Name(latest.status);
  if (sample.reason != Reason::kNone) {
    json["reason"] = Name(sample.reason);
    if (!sample.phase.empty()) json["phase"] = sample.phase;
    json["blame"] = Name(sample.blame);
    if (!sample.message.empty()) json["message"] = sample.message;
  }
  json["duration"] = Seconds(latest.duration);
  json["counts"] = Name(sample.counts);
  return End(json);
}

/// Of a histogram: quantiles are the upper bounds of their buckets, which are 9 % wide or more.
OrderedJson SpansOf(const ExponentialHistogram& spans) {
  OrderedJson json = {{"count", spans.Total()}, {"sum", Seconds(spans.sum)}};
  if (spans.Total() == 0) return json;
  json["min"] = Seconds(spans.min);
  json["max"] = Seconds(spans.max);
  json["p50"] = spans.Quantile(0.5);
  json["p95"] = spans.Quantile(0.95);
  json["p99"] = spans.Quantile(0.99);
  return json;
}

std::string LineOf(const Rollup& rollup) {
  OrderedJson json = Begin("gaikei.rollup/1", *rollup.series);
  json["from"] = FormatRfc3339(rollup.from);
  json["to"] = FormatRfc3339(rollup.at);
  json["samples"] = rollup.samples;
  json["good"] = rollup.good;
  json["bad"] = rollup.bad;
  json["missing"] = rollup.missing;
  json["outcomes"] = OrderedJson::array();
  for (const Tally::Outcomes& row : rollup.tally.outcomes) {
    OrderedJson count = {{"status", Name(row.status)}};
    if (row.reason != Reason::kNone) count["reason"] = Name(row.reason);
    count["count"] = row.count;
    json["outcomes"].push_back(std::move(count));
  }
  json["duration"] = SpansOf(rollup.exponential.duration);
  json["phases"] = OrderedJson::object();
  for (const auto& row : rollup.exponential.phases) {
    json["phases"][std::string(Name(row.phase))] = SpansOf(row.spans);
  }
  return End(json);
}

}  // namespace

std::string JsonlLine(const SpoolItem& item) {
  if (const auto* sample = std::get_if<Sample>(&item.content)) return LineOf(*sample);
  if (const auto* rollup = std::get_if<Rollup>(&item.content)) return LineOf(*rollup);
  return {};
}

}  // namespace gaikei
