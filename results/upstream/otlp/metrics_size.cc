#include "results/upstream/otlp/metrics_size.h"

#include <algorithm>

#include "results/upstream/mapping.h"
#include "results/upstream/otlp/gauges.h"

namespace gaikei::otlp {
namespace {

/// What things take beside the texts and numbers that are in them.
struct Costs {
  std::size_t attribute;  ///< tags and lengths; in JSON the names around key and value
  std::size_t point;      ///< times, value, exemplar
  std::size_t own;        ///< gaikei.status and error.type, or gaikei.phase
  std::size_t histogram;  ///< sum, count, min, max ...
  std::size_t bucket;
  std::size_t bounds;  ///< of an explicit histogram
};
constexpr Costs kProtobuf = {9, 56, 90, 64, 2, 280};
constexpr Costs kJson = {48, 230, 170, 170, 7, 260};

std::size_t SizeOf(const Attributes& attributes, const Costs& costs) {
  constexpr std::size_t kNumber = 8;
  std::size_t size = 0;
  for (const Attribute& attribute : attributes) {
    const auto* text = std::get_if<std::string>(&attribute.value);
    size += costs.attribute + attribute.key.size() + (text != nullptr ? text->size() : kNumber);
  }
  return size;
}

/// Buckets from the first to the last.
std::size_t Width(const gaikei::ExponentialHistogram& histogram) {
  if (histogram.buckets.empty()) return 0;
  return static_cast<std::size_t>(histogram.buckets.rbegin()->first -
                                  histogram.buckets.begin()->first) +
         1;
}

}  // namespace

std::size_t EstimatedSize(const UpstreamSpec& spec, const Attributes& attributes,
                          const SeriesPoint& series) {
  const SeriesCounters& after = *series.after;
  const std::size_t times = 1 + (series.before == nullptr ? 1 : 0) + (series.departed_at ? 1 : 0);
  const Costs& costs = spec.otlp.protocol == OtlpSpec::Protocol::kHttpJson ? kJson : kProtobuf;
  const std::size_t point = costs.point + SizeOf(attributes, costs);
  // A row that is new begins with a zero.
  const std::size_t rows = after.tally.outcomes.size();
  const std::size_t old_rows = series.before != nullptr ? series.before->tally.outcomes.size() : 0;
  std::size_t size = (point + costs.own) *
                     (rows + (rows - std::min(rows, old_rows)) + (series.departed_at ? rows : 0));
  if (!Drops(spec.mapping, "latest")) {
    const auto families = GaugeFamilies();
    size += point * static_cast<std::size_t>(std::count_if(
                        families.begin(), families.end(),
                        [&](const auto& family) { return family.applies(*series.series->check); }));
  }
  if (Drops(spec.mapping, "histograms")) return size;
  const bool has_phases = !Drops(spec.mapping, "phases");
  const std::size_t histogram = point + costs.own + costs.histogram;
  const std::size_t phases = std::max(after.tally.phases.size(), after.exponential.phases.size());
  const std::size_t points = (has_phases ? 1 + phases : 1) * times;
  if (spec.otlp.histograms == HistogramForm::kExplicit) {
    return size + (histogram + costs.bounds) * points;
  }
  std::size_t buckets = Width(after.exponential.duration);
  for (const auto& phase : after.exponential.phases) buckets += Width(phase.spans);
  return size + histogram * points + costs.bucket * buckets;
}

}  // namespace gaikei::otlp
