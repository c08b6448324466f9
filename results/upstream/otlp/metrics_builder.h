#pragma once

#include <span>
#include <vector>

#include "results/upstream/otlp/metrics_model.h"
#include "results/upstream/otlp/series_attributes.h"
#include "results/upstream/points/series_point.h"
#include "results/upstream/upstream_spec.h"

namespace gaikei::otlp {

/// The points of a request, by metric (docs name them): gaikei.outcomes, gaikei.duration,
/// gaikei.phase.duration, and the gauges of the latest outcome. Metrics without points are left
/// out.
///
/// A cumulative stream that begins has a point of zero before its first one, at the stamp of the
/// series' point before: those who do not read start times (PromQL's rate()) would lose the first
/// count otherwise. A series that departed ends with a point without a value.
std::vector<Metric> MetricsOf(std::span<const SeriesPoint> points, const UpstreamSpec& spec,
                              SeriesAttributes& attributes);

}  // namespace gaikei::otlp
