#include <protozero/pbf_builder.hpp>
#include <unordered_map>

#include "results/upstream/otlp/protobuf.h"
#include "results/upstream/otlp/protobuf_common.h"

namespace gaikei::otlp {
namespace {

// Field numbers of metrics.proto.

enum class MetricTag : protozero::pbf_tag_type {
  kName = 1,
  kDescription = 2,
  kUnit = 3,
  kGauge = 5,
  kSum = 7,
  kHistogram = 9,
  kExponentialHistogram = 10,
};
/// Gauge, Sum, Histogram, ExponentialHistogram.
enum class DataTag : protozero::pbf_tag_type {
  kPoints = 1,
  kTemporality = 2,
  kIsMonotonic = 3,
};
enum class NumberTag : protozero::pbf_tag_type {
  kStart = 2,
  kTime = 3,
  kAsDouble = 4,
  kExemplars = 5,
  kAsInt = 6,
  kAttributes = 7,
  kFlags = 8,
};
enum class HistogramTag : protozero::pbf_tag_type {
  kStart = 2,
  kTime = 3,
  kCount = 4,
  kSum = 5,
  kBuckets = 6,
  kBounds = 7,
  kExemplars = 8,
  kAttributes = 9,
  kFlags = 10,
};
enum class ExponentialTag : protozero::pbf_tag_type {
  kAttributes = 1,
  kStart = 2,
  kTime = 3,
  kCount = 4,
  kSum = 5,
  kScale = 6,
  kZeroCount = 7,
  kPositive = 8,
  kFlags = 10,
  kExemplars = 11,
  kMin = 12,
  kMax = 13,
};
enum class BucketsTag : protozero::pbf_tag_type { kOffset = 1, kCounts = 2 };
enum class ExemplarTag : protozero::pbf_tag_type { kTime = 2, kAsDouble = 3, kTraceId = 5 };

constexpr std::uint32_t kNoRecordedValue = 1;

/// What a request has in common for all its points.
class PointWriter {
 public:
  void Write(protozero::pbf_builder<DataTag>& out, const NumberPoint& point) {
    protozero::pbf_builder<NumberTag> to(out, DataTag::kPoints);
    AddTimes(to, point);
    if (!point.has_no_value) {
      if (const auto* integer = std::get_if<std::int64_t>(&point.value)) {
        to.add_sfixed64(NumberTag::kAsInt, *integer);
      } else {
        to.add_double(NumberTag::kAsDouble, std::get<double>(point.value));
      }
    }
    AddRest(to, point);
  }

  void Write(protozero::pbf_builder<DataTag>& out, const HistogramPoint& point) {
    protozero::pbf_builder<HistogramTag> to(out, DataTag::kPoints);
    AddTimes(to, point);
    if (!point.has_no_value) {
      to.add_fixed64(HistogramTag::kCount, point.count);
      to.add_double(HistogramTag::kSum, point.sum);
      to.add_packed_fixed64(HistogramTag::kBuckets, point.buckets.begin(), point.buckets.end());
      to.add_packed_double(HistogramTag::kBounds, point.bounds.begin(), point.bounds.end());
    }
    AddRest(to, point);
  }

  void Write(protozero::pbf_builder<DataTag>& out, const ExponentialPoint& point) {
    protozero::pbf_builder<ExponentialTag> to(out, DataTag::kPoints);
    AddTimes(to, point);
    if (!point.has_no_value) AddValue(to, point);
    AddRest(to, point);
  }

 private:
  template <class Tag>
  static void AddTimes(protozero::pbf_builder<Tag>& to, const Point& point) {
    if (point.start != WallTime{}) to.add_fixed64(Tag::kStart, UnixNanos(point.start));
    to.add_fixed64(Tag::kTime, UnixNanos(point.at));
  }

  static void AddValue(protozero::pbf_builder<ExponentialTag>& to, const ExponentialPoint& point) {
    to.add_fixed64(ExponentialTag::kCount, point.count);
    to.add_double(ExponentialTag::kSum, point.sum);
    if (point.scale != 0) to.add_sint32(ExponentialTag::kScale, point.scale);
    if (point.zero_count != 0) to.add_fixed64(ExponentialTag::kZeroCount, point.zero_count);
    if (!point.buckets.empty()) {
      protozero::pbf_builder<BucketsTag> buckets(to, ExponentialTag::kPositive);
      if (point.offset != 0) buckets.add_sint32(BucketsTag::kOffset, point.offset);
      buckets.add_packed_uint64(BucketsTag::kCounts, point.buckets.begin(), point.buckets.end());
    }
    if (point.min) to.add_double(ExponentialTag::kMin, *point.min);
    if (point.max) to.add_double(ExponentialTag::kMax, *point.max);
  }

  template <class Tag>
  void AddRest(protozero::pbf_builder<Tag>& to, const Point& point) {
    for (const Exemplar& exemplar : point.exemplars) {
      protozero::pbf_builder<ExemplarTag> out(to, Tag::kExemplars);
      out.add_fixed64(ExemplarTag::kTime, UnixNanos(exemplar.at));
      out.add_double(ExemplarTag::kAsDouble, exemplar.value);
      if (!exemplar.trace_id.empty()) out.add_bytes(ExemplarTag::kTraceId, exemplar.trace_id);
    }
    for (const std::string& encoded : Encoded(point.attributes.shared.get())) {
      to.add_message(Tag::kAttributes, encoded);
    }
    AddAttributes(to, Tag::kAttributes, point.attributes.own);
    if (point.has_no_value) to.add_uint32(Tag::kFlags, kNoRecordedValue);
  }

  /// The attributes of a series are the bulk of a request, and the same in all its points.
  const std::vector<std::string>& Encoded(const Attributes* shared) {
    const auto [known, is_new] = encoded_.try_emplace(shared);
    if (is_new && shared != nullptr) {
      for (const Attribute& attribute : *shared) {
        known->second.push_back(EncodeAttribute(attribute));
      }
    }
    return known->second;
  }

  std::unordered_map<const Attributes*, std::vector<std::string>> encoded_;
};

/// Adds the one of Metric's oneof.
struct AddData {
  protozero::pbf_builder<MetricTag>& metric;
  PointWriter& points;

  void operator()(const Gauge& gauge) {
    protozero::pbf_builder<DataTag> out(metric, MetricTag::kGauge);
    for (const NumberPoint& point : gauge.points) points.Write(out, point);
  }
  void operator()(const Sum& sum) {
    protozero::pbf_builder<DataTag> out(metric, MetricTag::kSum);
    for (const NumberPoint& point : sum.points) points.Write(out, point);
    out.add_enum(DataTag::kTemporality, static_cast<std::int32_t>(sum.temporality));
    if (sum.is_monotonic) out.add_bool(DataTag::kIsMonotonic, true);
  }
  void operator()(const Histogram& histogram) { AddHistogram(MetricTag::kHistogram, histogram); }
  void operator()(const ExponentialHistogram& histogram) {
    AddHistogram(MetricTag::kExponentialHistogram, histogram);
  }
  template <class AnyHistogram>
  void AddHistogram(MetricTag tag, const AnyHistogram& histogram) {
    protozero::pbf_builder<DataTag> out(metric, tag);
    for (const auto& point : histogram.points) points.Write(out, point);
    out.add_enum(DataTag::kTemporality, static_cast<std::int32_t>(histogram.temporality));
  }
};

}  // namespace

std::string ToProtobuf(const MetricsRequest& request) {
  PointWriter points;
  return EncodeRequest(request.origin, [&](protozero::pbf_builder<ScopeItemsTag>& scope) {
    for (const Metric& metric : request.metrics) {
      protozero::pbf_builder<MetricTag> out(scope, ScopeItemsTag::kItems);
      out.add_string(MetricTag::kName, metric.name);
      if (!metric.description.empty()) {
        out.add_string(MetricTag::kDescription, metric.description);
      }
      if (!metric.unit.empty()) out.add_string(MetricTag::kUnit, metric.unit);
      std::visit(AddData{out, points}, metric.data);
    }
  });
}

}  // namespace gaikei::otlp
