#include "results/upstream/remote_write/native_histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <vector>

#include "decoded.h"

namespace gaikei::testing {
namespace {

using remote_write::EncodeNative;
using remote_write::NativeBuckets;
using remote_write::Point;
using std::chrono::milliseconds;

DecodedHistogram Native(const ExponentialHistogram& spans, std::int64_t at = 1000) {
  return *DecodeHistogram(EncodeNative({.at = at, .spans = &spans})).histogram;
}

/// Counts by Prometheus' definition alone: bucket i holds values in (base^(i-1), base^i].
std::map<std::int32_t, std::int64_t> Counted(const std::vector<Span>& values, int schema) {
  std::map<std::int32_t, std::int64_t> buckets;
  const auto upper = [schema](std::int32_t number) {
    return std::pow(2.0L, static_cast<long double>(number) / std::pow(2.0L, schema));
  };
  for (const Span value : values) {
    if (value <= Span::zero()) continue;
    const long double in_seconds = Seconds(value);
    std::int32_t number = -300;  // a nanosecond has -239 at schema 3
    while (upper(number) < in_seconds) ++number;
    ++buckets[number];
  }
  return buckets;
}

TEST(NativeHistogram, IsWhatPrometheusWouldHaveCounted) {
  std::mt19937_64 engine(7);
  int lowest = ExponentialHistogram::kFirstScale;
  for (int round = 0; round < 40; ++round) {
    // Spans of any magnitude, so that the resolution goes down in some rounds.
    std::lognormal_distribution<double> spread(std::log(0.1), 0.1 + round * 0.2);
    std::vector<Span> values;
    ExponentialHistogram spans;
    for (int i = 0; i < 50; ++i) {
      const double in_seconds = std::min(spread(engine), 1e6);
      values.push_back(i % 17 == 16 ? Span::zero()
                                    : std::chrono::duration_cast<Span>(
                                          std::chrono::duration<double>(in_seconds)));
      spans.Add(values.back());
    }
    const DecodedHistogram native = Native(spans);
    EXPECT_EQ(native.schema, spans.scale);
    lowest = std::min(lowest, native.schema);
    EXPECT_EQ(native.count, values.size());
    EXPECT_EQ(native.zero_count, spans.zero_count);
    EXPECT_EQ(native.zero_threshold, 0);
    EXPECT_EQ(native.sum, Seconds(spans.sum));
    EXPECT_EQ(native.buckets, Counted(values, native.schema)) << "round " << round;
  }
  EXPECT_LT(lowest, ExponentialHistogram::kFirstScale);
}

TEST(NativeHistogram, BucketsAreNumberedOneAboveOpenTelemetrys) {
  // wire.md, trap 6 and 7: at scale 0 0.5 s is in OTLP's bucket -2, and so in Prometheus' -1.
  ExponentialHistogram spans;
  spans.scale = 0;
  spans.buckets = {{-2, 1}, {-1, 3}, {5, 2}};
  const NativeBuckets native = NativeBuckets::Of(spans);
  ASSERT_EQ(native.runs.size(), 2U);
  EXPECT_EQ(native.runs[0].offset, -1);
  EXPECT_EQ(native.runs[0].length, 2U);
  EXPECT_EQ(native.runs[1].offset, 5);  // 6 after 0: five lie between
  EXPECT_EQ(native.runs[1].length, 1U);
  EXPECT_EQ(native.deltas, (std::vector<std::int64_t>{1, 2, -1}));
}

TEST(NativeHistogram, OfNothingIsThereAllTheSame) {
  const DecodedHistogram native = Native(ExponentialHistogram());
  EXPECT_EQ(native.count, 0U);
  EXPECT_EQ(native.schema, 3);
  EXPECT_TRUE(native.buckets.empty());
}

TEST(NativeHistogram, StaleHasNoCounts) {
  ExponentialHistogram spans;
  spans.Add(milliseconds(80));
  const DecodedPoint point =
      DecodeHistogram(EncodeNative({.at = 5, .start = 1, .spans = &spans, .is_stale = true}));
  EXPECT_TRUE(point.IsStale());
  EXPECT_EQ(point.at, 5);
  EXPECT_EQ(point.start, 1);
  EXPECT_EQ(point.histogram->count, 0U);
  EXPECT_TRUE(point.histogram->buckets.empty());
}

}  // namespace
}  // namespace gaikei::testing
