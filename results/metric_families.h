#pragma once

#include <span>
#include <string_view>

#include "results/latest.h"
#include "results/metric_writer.h"
#include "results/outcome.h"
#include "results/tally.h"

namespace gaikei {

struct ProcessMetrics;

// The metric families of docs/metrics.md, one function for each group of them.

/// One check in one region. What is pointed to is the caller's.
struct MetricRow {
  const CheckIdentity* check;  ///< never null
  std::string_view region;
  const Latest* latest = nullptr;  ///< for WriteLatest()
  const Tally* tally = nullptr;    ///< for WriteTallies()
  /// The same durations in the other form; null: not kept.
  const ExponentialTally* exponential = nullptr;
};

/// The labels that all samples of WriteLatest() have for a row.
LabelSet LatestLabels(const MetricRow& row);
/// The latest outcome of each row, under blackbox_exporter's names.
void WriteLatest(MetricWriter& out, std::span<const MetricRow> rows);
/// Counters and histograms of each row. Within a family a row's samples stand in the order in which
/// they came to be: what is new comes last.
void WriteTallies(MetricWriter& out, std::span<const MetricRow> rows);
/// The prober itself.
void WriteProcess(MetricWriter& out, const ProcessMetrics& process);

}  // namespace gaikei
