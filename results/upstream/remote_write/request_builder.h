#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "results/metric_families.h"
#include "results/upstream/points/series_point.h"
#include "results/upstream/remote_write/label_rules.h"
#include "results/upstream/remote_write/request_writer.h"
#include "results/upstream/remote_write/sent_series.h"
#include "results/upstream/remote_write/series_labels.h"
#include "results/upstream/upstream_spec.h"

namespace gaikei::remote_write {

/// Makes a request of what deliveries have to say: what /metrics shows of the same checks, under
/// the same names, with the stamps of their samples.
///
/// - A counter or histogram that is new to the upstream has a point before its first one, with the
///   value from before (zero, unless names or version have changed): PromQL's increase() would
///   lose the first count otherwise.
/// - A gauge that had a value in the point before, and has none now, ends with a stale marker.
/// - Where a check has departed, everything of it ends with one.
class RequestBuilder {
 public:
  /// All outlive it.
  RequestBuilder(Version version, const LabelMapping& mapping, const LabelRules& rules);

  /// `sent`: what the upstream has of the series; null: nothing. Gives what it has once it has
  /// taken the request; means nothing where the series has departed.
  SentSeries Add(const SeriesPoint& point, const SentSeries* sent);
  /// Series of the protocol so far.
  std::size_t series() const { return request_->series(); }
  /// The finished body, not compressed. Call once.
  std::string Finish() { return request_->Finish(); }

 private:
  /// Ends those of the gauges `before` that are not among `now`.
  void EndGauges(const MetricRow& row, const std::string& before, const std::string& now,
                 std::int64_t at);

  const LabelMapping& mapping_;
  const std::unique_ptr<RequestWriter> request_;
  SeriesLabels labels_;
  const std::uint64_t shape_;
};

}  // namespace gaikei::remote_write
