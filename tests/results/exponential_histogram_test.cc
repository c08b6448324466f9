#include "results/exponential_histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <random>

namespace gaikei::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

using Histogram = ExponentialHistogram;

/// Spans between a nanosecond and hours, and some of no time.
std::vector<Span> RandomSpans(std::uint64_t seed, std::size_t count) {
  std::mt19937_64 engine(seed);
  std::vector<Span> spans;
  for (std::size_t i = 0; i < count; ++i) {
    spans.emplace_back(
        engine() % 20 == 0 ? 0 : static_cast<std::int64_t>((engine() >> 20U) >> (engine() % 44)));
  }
  return spans;
}

Histogram Of(const std::vector<Span>& spans) {
  Histogram histogram;
  for (const Span span : spans) histogram.Add(span);
  return histogram;
}

void ExpectEqual(const Histogram& a, const Histogram& b) {
  EXPECT_EQ(a.scale, b.scale);
  EXPECT_EQ(a.zero_count, b.zero_count);
  EXPECT_EQ(a.buckets, b.buckets);
  EXPECT_EQ(a.sum, b.sum);
  EXPECT_EQ(a.min, b.min);
  EXPECT_EQ(a.max, b.max);
}

TEST(ExponentialHistogram, APowerOfTheBaseIsTheLastOfItsBucket) {
  EXPECT_EQ(Histogram::BucketOf(0.5, 0), -2);
  EXPECT_EQ(Histogram::BucketOf(1.0, 0), -1);
  EXPECT_EQ(Histogram::BucketOf(2.0, 0), 0);
  EXPECT_EQ(Histogram::BucketOf(0.25, 0), -3);
  EXPECT_EQ(Histogram::BucketOf(4.0, -1), 0);
  EXPECT_EQ(Histogram::BucketOf(1.0, -1), -1);
  EXPECT_EQ(Histogram::BucketOf(0.25, -1), -2);
  EXPECT_EQ(Histogram::BucketOf(0.5, -1), -1);
  const double inf = std::numeric_limits<double>::infinity();
  for (int scale = -4; scale <= 10; ++scale) {
    for (int power = -30; power <= 33; ++power) {
      const double bound = std::ldexp(1, power);
      const std::int32_t bucket = Histogram::BucketOf(bound, scale);
      if (scale >= 0) {
        EXPECT_EQ(bucket, power * (1 << scale) - 1);
      } else if (power % (1 << -scale) != 0) {
        continue;
      }
      EXPECT_EQ(Histogram::BucketOf(std::nextafter(bound, inf), scale), bucket + 1) << bound;
      EXPECT_EQ(Histogram::BucketOf(std::nextafter(bound, 0), scale), bucket) << bound;
    }
  }
}

TEST(ExponentialHistogram, EveryValueLiesWithinItsBucket) {
  for (int scale = -4; scale <= 8; ++scale) {
    for (const Span span : RandomSpans(17, 500)) {
      const double value = Seconds(span);
      if (value == 0) continue;
      const double bucket = Histogram::BucketOf(value, scale);
      const double step = std::ldexp(1, -scale);
      EXPECT_LT(std::exp2(bucket * step), value) << scale;
      EXPECT_GE(std::exp2((bucket + 1) * step), value) << scale;
    }
  }
}

TEST(ExponentialHistogram, BoundsThatAreNoPowersOfTwoBelongToTheBucketBelow) {
  for (int number = -200; number <= 200; ++number) {
    const double bound = std::exp2(number / 8.0);
    EXPECT_EQ(Histogram::BucketOf(bound, 3), number - 1);
  }
}

TEST(ExponentialHistogram, GoldenObservationsOfTwoScales) {
  Histogram histogram;
  histogram.Add(milliseconds(250));
  histogram.Add(milliseconds(500));
  EXPECT_EQ(histogram.scale, 3);
  EXPECT_EQ(histogram.buckets, (BucketCounts{{-17, 1}, {-9, 1}}));
  EXPECT_EQ(histogram.sum, milliseconds(750));

  Histogram coarse;
  coarse.scale = 0;
  coarse.Add(milliseconds(250));
  coarse.Add(milliseconds(500));
  EXPECT_EQ(coarse.buckets, (BucketCounts{{-3, 1}, {-2, 1}}));
}

TEST(ExponentialHistogram, GoesDownOneScaleWhereBucketsWouldBeTooMany) {
  Histogram histogram;
  histogram.Add(milliseconds(1));
  histogram.Add(Span(std::chrono::minutes(10)));
  // From -80 to 73: 154 buckets.
  EXPECT_EQ(histogram.scale, 3);
  histogram.Add(Span(std::chrono::hours(1)));
  EXPECT_EQ(histogram.scale, 2);
  EXPECT_EQ(histogram.buckets, (BucketCounts{{-40, 1}, {36, 1}, {47, 1}}));
  EXPECT_EQ(histogram.Total(), 3U);
}

TEST(ExponentialHistogram, TheWidestRangeFits) {
  Histogram histogram;
  histogram.Add(Span(1));
  histogram.Add(Span::max() - Span(1));
  EXPECT_GE(histogram.scale, Histogram::kLastScale);
  EXPECT_LE(histogram.buckets.rbegin()->first - histogram.buckets.begin()->first,
            Histogram::kMaxBuckets - 1);
}

TEST(ExponentialHistogram, ScalesDownAsIfItHadBegunThere) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto spans = RandomSpans(seed, 200);
    const Histogram histogram = Of(spans);
    Histogram begun_there;
    begun_there.scale = histogram.scale;
    for (const Span span : spans) begun_there.Add(span);
    ExpectEqual(histogram, begun_there);
    EXPECT_EQ(histogram.Total(), spans.size());
  }
}

TEST(ExponentialHistogram, MergedIsAsCountedAtOnce) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    // One of few, close together, and one of many: scales differ.
    std::vector<Span> all = RandomSpans(seed, 150);
    const Histogram wide = Of(all);
    const std::vector<Span> few(seed % 5, milliseconds(20));
    const Histogram narrow = Of(few);
    all.insert(all.end(), few.begin(), few.end());
    Histogram merged = narrow;
    merged.Merge(wide);
    ExpectEqual(merged, Of(all));
    merged = wide;
    merged.Merge(narrow);
    ExpectEqual(merged, Of(all));
  }
}

TEST(ExponentialHistogram, MergesScalesThatDiffer) {
  Histogram fine;
  fine.Add(milliseconds(20));
  Histogram coarse;
  coarse.scale = 0;
  coarse.Add(milliseconds(250));
  fine.Merge(coarse);
  EXPECT_EQ(fine.scale, 0);
  EXPECT_EQ(fine.buckets, (BucketCounts{{-6, 1}, {-3, 1}}));

  Histogram zeros;
  zeros.Add(Span::zero());
  fine.Merge(zeros);
  EXPECT_EQ(fine.scale, 0);
  EXPECT_EQ(fine.zero_count, 1U);
  EXPECT_EQ(fine.min, Span::zero());
  EXPECT_EQ(fine.max, milliseconds(250));
}

TEST(ExponentialHistogram, MergingNothingChangesNothing) {
  Histogram histogram = Of({milliseconds(1), milliseconds(2)});
  Histogram empty;
  empty.scale = 0;
  const Histogram before = histogram;
  histogram.Merge(empty);
  ExpectEqual(histogram, before);
  Histogram filled;
  filled.Merge(before);
  ExpectEqual(filled, before);
}

TEST(ExponentialHistogram, QuantilesAreWithinABucketOfTheTruth) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    auto spans = RandomSpans(seed, 1 + seed * 7);
    const Histogram histogram = Of(spans);
    std::sort(spans.begin(), spans.end());
    const double base = std::exp2(std::ldexp(1, -histogram.scale));
    for (const double q : {0.0, 0.01, 0.5, 0.9, 0.95, 0.99, 1.0}) {
      const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(spans.size())));
      const double truth = Seconds(spans[rank == 0 ? 0 : rank - 1]);
      const double told = histogram.Quantile(q);
      EXPECT_GE(told, truth);
      EXPECT_LE(told, truth * base * (1 + 1e-12));
      EXPECT_LE(told, Seconds(spans.back()));
    }
  }
}

TEST(ExponentialHistogram, QuantileOfOneValueIsThatValue) {
  const Histogram histogram = Of({milliseconds(123)});
  EXPECT_EQ(histogram.Quantile(0.5), 0.123);
  EXPECT_EQ(Of({Span::zero(), Span::zero()}).Quantile(0.99), 0);
}

TEST(BucketCounts, IsSortedWhateverTheOrder) {
  BucketCounts counts;
  for (const int number : {5, -3, 9, 5, 0}) ++counts[number];
  EXPECT_EQ(counts, (BucketCounts{{-3, 1}, {0, 1}, {5, 2}, {9, 1}}));
}

// ---- Tallies of them.

ExponentialTally RandomTally(std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  ExponentialTally tally;
  for (std::size_t i = 0; i < engine() % 60; ++i) {
    std::array<std::optional<Span>, kPhaseCount> phases;
    for (auto& phase : phases) {
      if (engine() % 2 == 0) phase = Span(engine() >> (engine() % 34 + 30));
    }
    tally.Add(static_cast<Status>(engine() % 4), Reason::kNone, Span(engine() >> 30U), phases);
  }
  return tally;
}

void ExpectEqual(const ExponentialTally& a, const ExponentialTally& b) {
  ExpectEqual(a.duration, b.duration);
  ASSERT_EQ(a.phases.size(), b.phases.size());
  for (std::size_t i = 0; i < a.phases.size(); ++i) {
    EXPECT_EQ(a.phases[i].phase, b.phases[i].phase);
    ExpectEqual(a.phases[i].spans, b.phases[i].spans);
  }
}

TEST(ExponentialTally, LeavesOutWhatHasNoDuration) {
  ExponentialTally tally;
  std::array<std::optional<Span>, kPhaseCount> phases;
  phases[0] = milliseconds(1);
  tally.Add(Status::kUnknown, Reason::kProberOverload, seconds(1), phases);
  tally.Add(Status::kFail, Reason::kHeartbeatMissed, seconds(1), phases);
  EXPECT_EQ(tally.duration.Total(), 0U);
  EXPECT_TRUE(tally.phases.empty());
  tally.Add(Status::kFail, Reason::kReset, seconds(1), phases);
  EXPECT_EQ(tally.duration.Total(), 1U);
  ASSERT_EQ(tally.phases.size(), 1U);
  EXPECT_EQ(tally.phases[0].phase, Phase::kResolve);
}

TEST(ExponentialTally, GivesBackWhatWasEncoded) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const ExponentialTally tally = RandomTally(seed);
    const auto decoded = ExponentialTally::Decode(tally.Encode());
    ASSERT_TRUE(decoded);
    ExpectEqual(*decoded, tally);
  }
  const auto nothing = ExponentialTally::Decode("");
  ASSERT_TRUE(nothing);
  EXPECT_EQ(nothing->duration.Total(), 0U);
}

TEST(ExponentialTally, SurvivesDamage) {
  const std::string bytes = RandomTally(3).Encode();
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const std::vector<char> cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
    ExponentialTally::Decode({cut.data(), cut.size()});
  }
  std::size_t refused = 0;
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    auto decoded = ExponentialTally::Decode(flipped);
    refused += decoded ? 0 : 1;
    if (!decoded || decoded->duration.Total() == 0) continue;
    EXPECT_LE(decoded->duration.buckets.size(), std::size_t{Histogram::kMaxBuckets});
    EXPECT_GE(decoded->duration.Quantile(0.5), std::numeric_limits<double>::lowest());
  }
  EXPECT_GT(refused, bytes.size());
}

TEST(ExponentialTally, RefusesBucketsThatNoSpanHas) {
  for (const std::int32_t number : {std::numeric_limits<std::int32_t>::max(), 1000, -1000}) {
    ExponentialTally tally;
    tally.duration.Add(seconds(1));
    tally.duration.buckets[number] = 1;
    EXPECT_FALSE(ExponentialTally::Decode(tally.Encode())) << number;
  }
  for (const int scale : {Histogram::kFirstScale + 1, Histogram::kLastScale - 1}) {
    ExponentialTally tally;
    tally.duration.Add(seconds(1));
    tally.duration.scale = scale;
    EXPECT_FALSE(ExponentialTally::Decode(tally.Encode())) << scale;
  }
}

}  // namespace
}  // namespace gaikei::testing
