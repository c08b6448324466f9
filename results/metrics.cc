#include "results/metrics.h"

#include "results/metric_families.h"

namespace gaikei {
namespace {

std::vector<MetricRow> RowsOf(const MetricSeriesMap& all) {
  std::vector<MetricRow> rows;
  rows.reserve(all.size());
  for (const auto& [key, series] : all) {
    rows.push_back({series.check.get(), key.second, &series.latest, &series.tally});
  }
  return rows;
}

}  // namespace

void MetricStore::Restore(Recorder& recorder) {
  std::vector<SeriesTally> totals = recorder.Totals();
  const std::lock_guard lock(mutex_);
  for (SeriesTally& total : totals) {
    for (const Tally::Outcomes& row : total.tally.outcomes) {
      if (row.status == Status::kUnknown) {
        process_.missed[std::string(Name(row.reason))] += row.count;
      }
    }
    std::pair key(total.check, total.region);
    dormant_.insert_or_assign(std::move(key), std::move(total));
  }
}

/// Null where its check is not present. Those that have a series are.
MetricSeries* MetricStore::SeriesOf(const Outcome& outcome) {
  const std::pair key(outcome.check->name, outcome.region);
  auto found = series_.find(key);
  const bool is_new = found == series_.end();
  if (is_new && present_ && present_->count(key) == 0) return nullptr;
  if (is_new) found = series_.try_emplace(key).first;
  MetricSeries& series = found->second;
  if (is_new) {
    if (auto totals = dormant_.extract(key); !totals.empty()) {
      // The counters carry the kind: a check of another kind is another one.
      if (totals.mapped().kind == outcome.check->kind) {
        series.tally = std::move(totals.mapped().tally);
      }
    }
  } else if (series.check->kind != outcome.check->kind) {
    series.tally = {};
  }
  series.check = outcome.check;
  return &series;
}

/// It counts, and is not shown.
void MetricStore::AddDormant(const Outcome& outcome) {
  const CheckIdentity& check = *outcome.check;
  SeriesTally& totals = dormant_[{check.name, outcome.region}];
  if (totals.kind != check.kind) totals = {check.name, outcome.region, check.kind, {}};
  totals.tally.Add(outcome);
}

void MetricStore::Observe(const Outcome& outcome) {
  Latest latest = Latest::Of(outcome);
  const std::lock_guard lock(mutex_);
  if (MetricSeries* const series = SeriesOf(outcome)) {
    series->latest = std::move(latest);
    series->tally.Add(outcome);
  } else {
    AddDormant(outcome);
  }
  if (outcome.status == Status::kUnknown) ++process_.missed[std::string(Name(outcome.reason))];
  if (!outcome.lateness) return;
  process_.start_lateness.Add(kLatenessBounds, *outcome.lateness);
  process_.loop_lag.Add(kLatenessBounds, outcome.prober.loop_lag);
}

void MetricStore::SetPresent(const std::vector<std::pair<std::string, std::string>>& checks) {
  const std::lock_guard lock(mutex_);
  present_.emplace(checks.begin(), checks.end());
  for (auto series = series_.begin(); series != series_.end();) {
    const auto at = series++;
    if (present_->count(at->first) != 0) continue;
    const auto& [check, region] = at->first;
    dormant_.insert_or_assign(
        at->first, SeriesTally{check, region, at->second.check->kind, std::move(at->second.tally)});
    series_.erase(at);
  }
}

void MetricStore::SetLoad(const LoadMetrics& load) {
  const std::lock_guard lock(mutex_);
  process_.load = load;
}

void MetricStore::SetReloadSuccessful(bool is_successful) {
  const std::lock_guard lock(mutex_);
  process_.is_last_reload_successful = is_successful;
}

void MetricStore::SetHeartbeats(std::vector<HeartbeatTime> heartbeats) {
  const std::lock_guard lock(mutex_);
  process_.heartbeats = std::move(heartbeats);
}

void MetricStore::SetUpstreams(std::vector<UpstreamMetrics> upstreams, SpoolMetrics spool) {
  const std::lock_guard lock(mutex_);
  process_.upstreams = std::move(upstreams);
  process_.spool = spool;
}

std::string MetricStore::Render(MetricFormat format) const {
  Exposition out(format);
  const std::lock_guard lock(mutex_);
  const std::vector<MetricRow> rows = RowsOf(series_);
  WriteLatest(out, rows);
  WriteTallies(out, rows);
  WriteProcess(out, process_);
  return out.Finish();
}

std::string RenderOnce(std::span<const Outcome> outcomes) {
  MetricSeriesMap series;
  for (const Outcome& outcome : outcomes) {
    MetricSeries& row = series[{outcome.check->name, outcome.region}];
    row.check = outcome.check;
    row.latest = Latest::Of(outcome);
  }
  Exposition out(MetricFormat::kPrometheus);
  WriteLatest(out, RowsOf(series));
  return out.Finish();
}

}  // namespace gaikei
