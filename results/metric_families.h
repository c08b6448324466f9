#pragma once

#include "results/exposition.h"
#include "results/metrics.h"

namespace gaikei {

// The metric families of docs/metrics.md, one function for each group of them.

/// The latest outcome of each series, under blackbox_exporter's names.
void WriteLatest(Exposition& out, const MetricSeriesMap& all);
/// Counters and histograms of each series.
void WriteTallies(Exposition& out, const MetricSeriesMap& all);
/// The prober itself.
void WriteProcess(Exposition& out, const ProcessMetrics& process);

}  // namespace gaikei
