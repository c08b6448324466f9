#include "results/upstream_metrics.h"

#include <algorithm>
#include <functional>
#include <string_view>

namespace gaikei {
namespace {

constexpr auto kGauge = MetricType::kGauge;
constexpr auto kCounter = MetricType::kCounter;

LabelSet LabelsOf(const UpstreamMetrics& upstream) {
  LabelSet labels;
  labels.Add("upstream", upstream.name);
  return labels;
}

void WriteFamily(MetricWriter& out, const std::vector<UpstreamMetrics>& upstreams,
                 const MetricFamily& family,
                 const std::function<std::uint64_t(const UpstreamMetrics&)>& value) {
  out.Begin(family);
  for (const UpstreamMetrics& upstream : upstreams) {
    out.Sample(LabelsOf(upstream), {}, value(upstream));
  }
}

void WriteByLabel(
    MetricWriter& out, const std::vector<UpstreamMetrics>& upstreams, const MetricFamily& family,
    std::string_view label,
    const std::function<std::map<std::string, std::uint64_t>(const UpstreamMetrics&)>& values) {
  out.Begin(family);
  for (const UpstreamMetrics& upstream : upstreams) {
    const LabelSet labels = LabelsOf(upstream);
    for (const auto& [text, value] : values(upstream)) out.Sample(labels, {{label, text}}, value);
  }
}

std::uint64_t DroppedOf(const UpstreamMetrics& upstream) {
  std::uint64_t sum = 0;
  for (const auto& [reason, count] : upstream.dropped) sum += count;
  return sum;
}

void WriteAccounts(MetricWriter& out, const std::vector<UpstreamMetrics>& upstreams) {
  WriteFamily(out, upstreams,
              {"gaikei_upstream_produced", kCounter, "Samples made for an upstream", ""},
              [](const UpstreamMetrics& upstream) { return upstream.produced; });
  WriteByLabel(out, upstreams,
               {"gaikei_upstream_samples", kCounter, "Samples by what became of them", ""},
               "result", [](const UpstreamMetrics& upstream) {
                 return std::map<std::string, std::uint64_t>{{"sent", upstream.sent},
                                                             {"rejected", upstream.rejected},
                                                             {"dropped", DroppedOf(upstream)}};
               });
  WriteByLabel(out, upstreams,
               {"gaikei_upstream_dropped", kCounter, "Samples that were dropped, by why", ""},
               "reason", [](const UpstreamMetrics& upstream) { return upstream.dropped; });
  WriteFamily(out, upstreams,
              {"gaikei_upstream_duplicates", kCounter,
               "Samples sent that the upstream had already, or had newer ones than", ""},
              [](const UpstreamMetrics& upstream) { return upstream.duplicates; });
  WriteByLabel(out, upstreams,
               {"gaikei_upstream_deliveries", kCounter, "Deliveries by how they were answered", ""},
               "result", [](const UpstreamMetrics& upstream) { return upstream.deliveries; });
  WriteFamily(
      out, upstreams,
      {"gaikei_upstream_held_up", kGauge, "1 while the upstream does not take what is sent", ""},
      [](const UpstreamMetrics& upstream) { return upstream.is_held_up ? 1U : 0U; });
}

}  // namespace

void WriteUpstreams(MetricWriter& out, const std::vector<UpstreamMetrics>& upstreams,
                    const SpoolMetrics& spool, WallTime now) {
  WriteAccounts(out, upstreams);
  WriteFamily(out, upstreams, {"gaikei_spool_samples", kGauge, "Samples that wait", ""},
              [](const UpstreamMetrics& upstream) { return upstream.spooled; });
  WriteFamily(out, upstreams,
              {"gaikei_spool_bytes", kGauge, "Bytes that waiting samples take", "bytes"},
              [](const UpstreamMetrics& upstream) { return upstream.bytes; });
  out.Begin({"gaikei_spool_oldest_age_seconds", kGauge,
             "Age of the oldest sample that waits, 0 where none does", "seconds"});
  for (const UpstreamMetrics& upstream : upstreams) {
    const Span age = upstream.oldest_at ? now - *upstream.oldest_at : Span::zero();
    out.Sample(LabelsOf(upstream), {}, Seconds(std::max(age, Span::zero())));
  }
  WriteFamily(
      out, upstreams,
      {"gaikei_spool_fold_level", kGauge,
       "How much detail was given up for room: 0 none, 1 of good samples, 2 by the minute, 3 by "
       "the hour, 4 all but counts and histograms",
       ""},
      [](const UpstreamMetrics& upstream) { return upstream.fold_level; });
  out.Begin({"gaikei_spool_errors", kCounter, "Errors of the spool's database", ""});
  out.Sample({}, {}, spool.errors);
  out.Begin({"gaikei_spool_put_aside", kCounter, "Damaged or foreign spool files put aside", ""});
  out.Sample({}, {}, spool.put_aside);
  out.Begin({"gaikei_spool_degraded", kGauge, "1 while the disk takes no samples", ""});
  out.Sample({}, {}, std::uint64_t{spool.is_degraded ? 1U : 0U});
}

}  // namespace gaikei
