#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "results/exposition.h"
#include "results/histogram.h"
#include "results/latest.h"
#include "results/outcome.h"
#include "results/recorder.h"
#include "results/tally.h"
#include "results/upstream_metrics.h"

namespace gaikei {

/// What /metrics shows of one check in one region.
struct MetricSeries {
  std::shared_ptr<const CheckIdentity> check;
  Latest latest;
  Tally tally;
};
/// By check and region.
using MetricSeriesMap = std::map<std::pair<std::string, std::string>, MetricSeries>;

/// When a job has reported last.
struct HeartbeatTime {
  std::string check;
  std::string region;
  WallTime last_at{};
};

/// How busy this prober is at the moment.
struct LoadMetrics {
  unsigned in_flight = 0;       ///< attempts
  unsigned max_in_flight = 0;   ///< how many there may be
  unsigned waiting = 0;         ///< slots that wait for a place
  unsigned overload_stage = 0;  ///< 0: none
  /// How long each cause has made it unfit to judge, by its name.
  std::map<std::string, Span> unfit = {};
};

/// What /metrics shows of this prober.
struct ProcessMetrics {
  ProcessHistogram start_lateness;              ///< kLatenessBounds
  ProcessHistogram loop_lag;                    ///< kLatenessBounds
  std::map<std::string, std::uint64_t> missed;  ///< slots that gave `unknown`, by reason
  std::vector<UpstreamMetrics> upstreams;
  SpoolMetrics spool;
  std::optional<LoadMetrics> load;                ///< absent: never said
  std::vector<HeartbeatTime> heartbeats;          ///< those that have reported
  std::optional<bool> is_last_reload_successful;  ///< absent likewise
};

/// Everything behind /metrics (docs/metrics.md). Any thread.
class MetricStore {
 public:
  /// Goes on counting where the recorder's totals stand. Before the first Observe().
  void Restore(Recorder& recorder);
  void Observe(const Outcome& outcome);
  /// Which checks (name, region) are made from now on. The metrics of all others disappear, and an
  /// attempt of theirs that was still in flight does not bring them back; should such a check come
  /// back itself, it counts on.
  void SetPresent(const std::vector<std::pair<std::string, std::string>>& checks);

  void SetLoad(const LoadMetrics& load);
  void SetReloadSuccessful(bool is_successful);
  void SetHeartbeats(std::vector<HeartbeatTime> heartbeats);
  void SetUpstreams(std::vector<UpstreamMetrics> upstreams, SpoolMetrics spool);

  std::string Render(MetricFormat format) const;

 private:
  using Key = MetricSeriesMap::key_type;

  MetricSeries* SeriesOf(const Outcome& outcome);
  void AddDormant(const Outcome& outcome);

  mutable std::mutex mutex_;  ///< guards all below
  MetricSeriesMap series_;
  /// Totals of checks that have given no outcome yet, or are not present.
  std::map<Key, SeriesTally> dormant_;
  std::optional<std::set<Key>> present_;  ///< absent: all are
  ProcessMetrics process_;
};

/// The latest-outcome metrics of these outcomes in the Prometheus text format; of several for one
/// check and region the last counts.
std::string RenderOnce(std::span<const Outcome> outcomes);

}  // namespace gaikei
