#pragma once

#include "probe/config/config.h"
#include "probe/upstream_thread.h"
#include "results/metrics.h"
#include "results/recorder.h"

namespace gaikei {

/// Where this prober keeps its history.
RecorderOptions RecorderOptionsFor(const ProbeConfig& probe);

/// How samples leave this prober, and wait in the state directory that the recorder holds. How
/// every upstream stands is told to `metrics`, which outlives the thread; null: to nobody.
UpstreamThreadOptions UpstreamOptionsFor(const ProbeConfig& probe, const Recorder& recorder,
                                         MetricStore* metrics);

}  // namespace gaikei
