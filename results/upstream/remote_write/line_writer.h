#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "results/metric_writer.h"
#include "results/upstream/remote_write/request_writer.h"
#include "results/upstream/remote_write/series_labels.h"
#include "results/upstream/upstream_spec.h"

namespace gaikei::remote_write {

/// One series of the protocol with its value.
struct Line {
  const MetricFamily& family;
  MoreLabels more;
  /// Which of the family's samples it belongs to, from 0 (several lines where a histogram is one
  /// for each bucket).
  std::uint64_t sample = 0;
  std::string_view labels;  ///< RequestWriter's form
  double value = 0;
  const ExponentialHistogram* spans = nullptr;  ///< of a native histogram; null: `value`
};

/// Makes the protocol's series of the metrics of one check in one region, under the names that
/// Prometheus would give them if it scraped /metrics.
class LineWriter : public MetricWriter {
 public:
  /// `mapping` says which families are left out. All outlive it.
  LineWriter(const LabelMapping& mapping, const RequestWriter& request, SeriesLabels& labels)
      : mapping_(mapping), request_(request), labels_(labels) {}

  void Begin(const MetricFamily& family) override;
  void Sample(const LabelSet& labels, MoreLabels more, double value) override;
  void Sample(const LabelSet& labels, MoreLabels more, std::uint64_t value) override;
  void Sample(const LabelSet& labels, MoreLabels more, const CountedSpans& spans) override;

 protected:
  virtual void Take(const Line& line) = 0;

 private:
  void Buckets(MoreLabels more, const CountedSpans& spans);
  void Put(MoreLabels more, std::string_view suffix, std::string_view le, double value);

  const LabelMapping& mapping_;
  const RequestWriter& request_;
  SeriesLabels& labels_;
  MetricFamily family_;
  bool is_left_out_ = false;
  std::uint64_t sample_ = 0;
  std::string name_;
  const Bounds* bounds_ = nullptr;  // what bound_texts_ says
  std::array<std::string, kBoundCount> bound_texts_;
};

}  // namespace gaikei::remote_write
