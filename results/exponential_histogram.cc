#include "results/exponential_histogram.h"

#include <algorithm>
#include <cmath>

#include "results/tally.h"

namespace gaikei {
namespace {

/// Floor of i / 2^by, also for i < 0.
std::int32_t ScaledDown(std::int32_t i, int by) { return i >> by; }

}  // namespace

std::uint64_t& BucketCounts::operator[](std::int32_t number) {
  auto row = std::lower_bound(rows_.begin(), rows_.end(), number,
                              [](const Row& r, std::int32_t n) { return r.first < n; });
  if (row == rows_.end() || row->first != number) row = rows_.insert(row, {number, 0});
  return row->second;
}

std::int32_t ExponentialHistogram::BucketOf(double seconds, int scale) {
  // value = fraction * 2^exponent, fraction in [0.5, 1).
  int exponent = 0;
  const double fraction = std::frexp(seconds, &exponent);
  if (fraction == 0.5) {
    // A power of two is the upper bound of its bucket: exact, where a logarithm might not be.
    const std::int32_t power = exponent - 1;
    return scale >= 0 ? power * (std::int32_t{1} << scale) - 1 : ScaledDown(power - 1, -scale);
  }
  if (scale <= 0) return ScaledDown(exponent - 1, -scale);
  const double factor = std::ldexp(1.0, scale);
  auto bucket = static_cast<std::int32_t>(std::ceil((std::log2(fraction) + exponent) * factor)) - 1;
  // The logarithm may be off by one bucket close to a bound.
  while (seconds <= std::exp2(bucket / factor)) --bucket;
  while (seconds > std::exp2((bucket + 1) / factor)) ++bucket;
  return bucket;
}

void ExponentialHistogram::ScaleDown(int by) {
  if (by <= 0) return;
  BucketCounts wider;
  for (const auto& [bucket, count] : buckets) wider[ScaledDown(bucket, by)] += count;
  buckets = std::move(wider);
  scale -= by;
}

void ExponentialHistogram::Fit() {
  while (!buckets.empty() && scale > kLastScale &&
         buckets.rbegin()->first - buckets.begin()->first >= kMaxBuckets) {
    ScaleDown(1);
  }
}

void ExponentialHistogram::Add(Span value) {
  const bool is_first = zero_count == 0 && buckets.empty();
  min = is_first ? value : std::min(min, value);
  max = is_first ? value : std::max(max, value);
  sum += value;
  if (value <= Span::zero()) {
    ++zero_count;
    return;
  }
  ++buckets[BucketOf(Seconds(value), scale)];
  Fit();
}

void ExponentialHistogram::Merge(const ExponentialHistogram& more) {
  if (more.Total() == 0) return;
  const bool is_first = Total() == 0;
  min = is_first ? more.min : std::min(min, more.min);
  max = is_first ? more.max : std::max(max, more.max);
  sum += more.sum;
  zero_count += more.zero_count;
  ScaleDown(scale - more.scale);
  for (const auto& [bucket, count] : more.buckets) {
    buckets[ScaledDown(bucket, more.scale - scale)] += count;
  }
  Fit();
}

std::uint64_t ExponentialHistogram::Total() const {
  std::uint64_t total = zero_count;
  for (const auto& [bucket, count] : buckets) total += count;
  return total;
}

double ExponentialHistogram::Quantile(double q) const {
  const std::uint64_t total = Total();
  const auto rank = std::max<std::uint64_t>(
      1, static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(total))));
  std::uint64_t seen = zero_count;
  if (seen >= rank) return 0;
  for (const auto& [bucket, count] : buckets) {
    seen += count;
    if (seen >= rank) return std::min(Seconds(max), std::exp2((bucket + 1) / std::ldexp(1, scale)));
  }
  return Seconds(max);
}

ExponentialHistogram& ExponentialTally::SpansOf(Phase phase) {
  for (PhaseSpans& row : phases) {
    if (row.phase == phase) return row.spans;
  }
  return phases.emplace_back(PhaseSpans{phase, {}}).spans;
}

void ExponentialTally::Add(Status status, Reason reason, Span duration_of,
                           const std::array<std::optional<Span>, kPhaseCount>& phases_of) {
  if (!Tally::HasDuration(status, reason)) return;
  duration.Add(duration_of);
  for (std::size_t i = 0; i < kPhaseCount; ++i) {
    if (phases_of[i]) SpansOf(static_cast<Phase>(i)).Add(*phases_of[i]);
  }
}

void ExponentialTally::Merge(const ExponentialTally& more) {
  duration.Merge(more.duration);
  for (const PhaseSpans& row : more.phases) SpansOf(row.phase).Merge(row.spans);
}

}  // namespace gaikei
