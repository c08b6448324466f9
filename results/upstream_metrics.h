#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "results/metric_writer.h"
#include "results/time.h"

namespace gaikei {

/// What /metrics shows of one upstream, or of one signal of it. At every instant
/// produced = sent + rejected + sum of dropped + spooled.
struct UpstreamMetrics {
  std::string name;
  std::uint64_t produced = 0;
  std::uint64_t sent = 0;
  std::uint64_t rejected = 0;
  std::uint64_t duplicates = 0;                  ///< among `sent`
  std::map<std::string, std::uint64_t> dropped;  ///< by reason
  std::uint64_t spooled = 0;
  std::uint64_t bytes = 0;            ///< that the spooled samples take
  std::optional<WallTime> oldest_at;  ///< of them; absent: nothing is spooled
  unsigned fold_level = 0;
  std::map<std::string, std::uint64_t> deliveries;  ///< by what became of them
  bool is_held_up = false;                          ///< the last delivery was put off
};

/// What /metrics shows of the spool as a whole.
struct SpoolMetrics {
  std::uint64_t errors = 0;
  std::uint64_t put_aside = 0;  ///< files
  bool is_degraded = false;     ///< the disk takes nothing
};

/// `now`: what ages count from.
void WriteUpstreams(MetricWriter& out, const std::vector<UpstreamMetrics>& upstreams,
                    const SpoolMetrics& spool, WallTime now);

}  // namespace gaikei
