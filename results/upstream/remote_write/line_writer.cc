#include "results/upstream/remote_write/line_writer.h"

#include <utility>

#include "results/exposition.h"
#include "results/upstream/mapping.h"

namespace gaikei::remote_write {
namespace {

bool IsLeftOut(const LabelMapping& mapping, const MetricFamily& family) {
  if (family.type == MetricType::kGauge) return Drops(mapping, "latest");
  if (family.type != MetricType::kHistogram) return false;
  const bool is_of_phases = family.name == "gaikei_phase_duration_seconds";
  return Drops(mapping, is_of_phases ? "phases" : "histograms");
}

}  // namespace

void LineWriter::Begin(const MetricFamily& family) {
  family_ = family;
  is_left_out_ = IsLeftOut(mapping_, family);
  sample_ = 0;
}

void LineWriter::Put(MoreLabels more, std::string_view suffix, std::string_view le, double value) {
  name_ = family_.name;
  name_ += suffix;
  Take({family_, more, sample_, labels_.Of(name_, le), value});
}

void LineWriter::Sample(const LabelSet& labels, MoreLabels more, double value) {
  if (is_left_out_) return;
  labels_.Set(labels, {more.begin(), more.end()});
  Put(more, family_.type == MetricType::kCounter ? "_total" : "", {}, value);
  ++sample_;
}

void LineWriter::Sample(const LabelSet& labels, MoreLabels more, std::uint64_t value) {
  Sample(labels, more, static_cast<double>(value));
}

void LineWriter::Sample(const LabelSet& labels, MoreLabels more, const CountedSpans& spans) {
  if (is_left_out_) return;
  labels_.Set(labels, {more.begin(), more.end()});
  if (request_.HasNativeHistograms() && spans.exponential != nullptr) {
    Take({family_, more, sample_, labels_.Of(family_.name), 0, spans.exponential});
  } else {
    Buckets(more, spans);
  }
  ++sample_;
}

void LineWriter::Buckets(MoreLabels more, const CountedSpans& spans) {
  if (bounds_ != &spans.bounds) {
    bounds_ = &spans.bounds;
    // As Prometheus has them after a scrape, where it asks for OpenMetrics.
    for (std::size_t i = 0; i < kBoundCount; ++i) {
      bound_texts_[i] = BoundText(MetricFormat::kOpenMetrics, spans.bounds[i]);
    }
  }
  const ProcessHistogram& histogram = spans.histogram;
  std::uint64_t so_far = 0;
  for (std::size_t i = 0; i < kBoundCount; ++i) {
    so_far += histogram.buckets[i];
    Put(more, "_bucket", bound_texts_[i], static_cast<double>(so_far));
  }
  const auto total = static_cast<double>(histogram.Total());
  Put(more, "_bucket", "+Inf", total);
  Put(more, "_sum", {}, Seconds(histogram.sum));
  Put(more, "_count", {}, total);
}

}  // namespace gaikei::remote_write
