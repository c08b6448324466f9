#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "results/upstream/otlp/common_model.h"

namespace gaikei::otlp {

/// What ExportMetricsServiceRequest carries, as far as we use it: the messages of
/// opentelemetry/proto/metrics/v1/metrics.proto under their own names, to be written as protobuf or
/// as JSON.

/// AggregationTemporality; the numbers of the protocol.
enum class Temporality : std::uint8_t { kDelta = 1, kCumulative = 2 };

struct Exemplar {
  WallTime at{};
  double value = 0;
  TraceId trace_id;  ///< empty: not told
};

/// What all points have.
struct Point {
  PointAttributes attributes;
  WallTime start{};  ///< the epoch: not told (gauges)
  WallTime at{};     ///< never the epoch
  std::vector<Exemplar> exemplars;
  /// The series has ended: flag NO_RECORDED_VALUE, and no value beside it.
  bool has_no_value = false;
};

struct NumberPoint : Point {
  std::variant<std::int64_t, double> value;
};

struct HistogramPoint : Point {
  std::uint64_t count = 0;
  double sum = 0;
  std::vector<double> bounds;          ///< upper, inclusive, ascending
  std::vector<std::uint64_t> buckets;  ///< one more than bounds; their sum is `count`
};

struct ExponentialPoint : Point {
  std::uint64_t count = 0;
  double sum = 0;
  std::int32_t scale = 0;
  std::uint64_t zero_count = 0;
  std::int32_t offset = 0;             ///< number of the first bucket
  std::vector<std::uint64_t> buckets;  ///< positive ones; the rest of `count` is `zero_count`
  std::optional<double> min;           ///< absent: nothing was counted
  std::optional<double> max;
};

struct Gauge {
  std::vector<NumberPoint> points;
};
struct Sum {
  std::vector<NumberPoint> points;
  Temporality temporality = Temporality::kCumulative;
  bool is_monotonic = true;
};
struct Histogram {
  std::vector<HistogramPoint> points;
  Temporality temporality = Temporality::kCumulative;
};
struct ExponentialHistogram {
  std::vector<ExponentialPoint> points;
  Temporality temporality = Temporality::kCumulative;
};

struct Metric {
  std::string name;
  std::string description;  ///< empty: not told
  std::string unit;         ///< UCUM
  std::variant<Gauge, Sum, Histogram, ExponentialHistogram> data;
};

/// One resource, one scope.
struct MetricsRequest {
  Origin origin;
  std::vector<Metric> metrics;  ///< none of them without points
};

}  // namespace gaikei::otlp
