#include "results/upstream/remote_write/native_histogram.h"

#include <protozero/pbf_writer.hpp>

namespace gaikei::remote_write {
namespace {

// Of Histogram. The zero bucket has no width (3, zero_threshold, stays zero): it counts what took
// no time, and nothing else.
constexpr protozero::pbf_tag_type kCountInt = 1;
constexpr protozero::pbf_tag_type kSum = 3;
constexpr protozero::pbf_tag_type kSchema = 4;
constexpr protozero::pbf_tag_type kZeroCountInt = 6;
constexpr protozero::pbf_tag_type kPositiveSpans = 11;
constexpr protozero::pbf_tag_type kPositiveDeltas = 12;
constexpr protozero::pbf_tag_type kTimestamp = 15;
constexpr protozero::pbf_tag_type kStartTimestamp = 17;
// Of BucketSpan.
constexpr protozero::pbf_tag_type kOffset = 1;
constexpr protozero::pbf_tag_type kLength = 2;

}  // namespace

NativeBuckets NativeBuckets::Of(const ExponentialHistogram& spans) {
  NativeBuckets native;
  std::int32_t next = 0;  // number of the bucket after the last one
  std::int64_t before = 0;
  for (const auto& [bucket, count] : spans.buckets) {
    const std::int32_t number = bucket + 1;
    if (native.runs.empty() || number != next) native.runs.push_back({number - next, 0});
    ++native.runs.back().length;
    native.deltas.push_back(static_cast<std::int64_t>(count) - before);
    before = static_cast<std::int64_t>(count);
    next = number + 1;
  }
  return native;
}

std::string EncodeNative(const Point& point) {
  std::string out;
  protozero::pbf_writer writer(out);
  const ExponentialHistogram none;
  const ExponentialHistogram& spans = point.is_stale ? none : *point.spans;
  // Members of a oneof are there when they are zero, too.
  writer.add_uint64(kCountInt, spans.Total());
  writer.add_double(kSum, point.is_stale ? StaleValue() : Seconds(spans.sum));
  writer.add_sint32(kSchema, point.spans->scale);
  writer.add_uint64(kZeroCountInt, spans.zero_count);
  const NativeBuckets buckets = NativeBuckets::Of(spans);
  for (const NativeBuckets::Run& run : buckets.runs) {
    protozero::pbf_writer span(writer, kPositiveSpans);
    span.add_sint32(kOffset, run.offset);
    span.add_uint32(kLength, run.length);
  }
  if (!buckets.deltas.empty()) {
    protozero::packed_field_sint64 deltas(writer, kPositiveDeltas);
    for (const std::int64_t delta : buckets.deltas) deltas.add_element(delta);
  }
  writer.add_int64(kTimestamp, point.at);
  if (point.start != 0) writer.add_int64(kStartTimestamp, point.start);
  return out;
}

}  // namespace gaikei::remote_write
