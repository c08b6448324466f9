#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "results/upstream/remote_write/request_writer.h"

namespace gaikei::remote_write {

/// The buckets of an exponential histogram as Prometheus writes them down: runs of buckets that
/// follow one another, and each count as its difference to the one before.
struct NativeBuckets {
  struct Run {
    std::int32_t offset =
        0;  ///< of the first run its bucket's number, then the gap to the run before
    std::uint32_t length = 0;  ///< buckets
  };
  std::vector<Run> runs;
  std::vector<std::int64_t> deltas;  ///< as many as the lengths add up to

  /// Prometheus' number of a bucket is greater by one than OpenTelemetry's, which is ours.
  static NativeBuckets Of(const ExponentialHistogram& spans);
};

/// The message Histogram of 2.0 (and of prompb/types.proto, the same but for the start) for a point
/// with spans. Scales of ours are among the schemas that Prometheus knows (-4 to 8).
std::string EncodeNative(const Point& point);

}  // namespace gaikei::remote_write
