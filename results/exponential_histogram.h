#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "results/outcome.h"

namespace gaikei {

/// Counts by the number of a bucket, sorted by it. As std::map, in a third of its room: there is
/// one for each phase of each series of each upstream.
class BucketCounts {
 public:
  using Row = std::pair<std::int32_t, std::uint64_t>;  ///< number and count

  BucketCounts() = default;
  BucketCounts(std::initializer_list<Row> rows) : rows_(rows) {}  ///< sorted already

  /// 0 where it was not there.
  std::uint64_t& operator[](std::int32_t number);
  auto begin() const { return rows_.begin(); }
  auto end() const { return rows_.end(); }
  auto rbegin() const { return rows_.rbegin(); }
  bool empty() const { return rows_.empty(); }
  std::size_t size() const { return rows_.size(); }
  bool operator==(const BucketCounts&) const = default;

 private:
  std::vector<Row> rows_;
};

/// Counts of spans in buckets that grow by a constant factor: OpenTelemetry's exponential histogram
/// (metrics data model, "ExponentialHistogram"), and Prometheus' native one, whose bucket numbers
/// are greater by one.
///
/// Bucket i at scale s counts values in (base^i, base^(i+1)] seconds, base = 2^(2^-s). At the scale
/// it begins with a bucket is 9 % wide; it goes down by one whenever the buckets in use would span
/// more than kMaxBuckets.
struct ExponentialHistogram {
  static constexpr int kFirstScale = 3;
  static constexpr int kLastScale = 0;  ///< so far it need not go down: all spans there are fit
  static constexpr int kMaxBuckets = 160;

  int scale = kFirstScale;
  std::uint64_t zero_count = 0;  ///< spans of no time
  BucketCounts buckets;
  Span sum{0};
  Span min{0};  ///< smallest and largest ever; mean something where Total() > 0
  Span max{0};

  void Add(Span value);
  void Merge(const ExponentialHistogram& more);
  std::uint64_t Total() const;
  /// The value below which the share `q` (0..1) of all lies: the upper bound of its bucket, never
  /// above `max`. REQUIRES: Total() > 0.
  double Quantile(double q) const;

  /// Number of the bucket of a value > 0 at a scale; exact at powers of the base.
  static std::int32_t BucketOf(double seconds, int scale);

 private:
  void ScaleDown(int by);
  void Fit();
};

/// As Tally, for exponential histograms: durations of what could be judged. Counts stand in Tally.
struct ExponentialTally {
  struct PhaseSpans {
    Phase phase{};
    ExponentialHistogram spans;
  };
  ExponentialHistogram duration;
  std::vector<PhaseSpans> phases;  ///< that occurred

  /// What Tally::Add() counts in histograms is counted.
  void Add(Status status, Reason reason, Span duration_of,
           const std::array<std::optional<Span>, kPhaseCount>& phases_of);
  void Merge(const ExponentialTally& more);

  /// Bytes for the database.
  std::string Encode() const;
  /// Absent when the bytes are none of Encode()'s.
  static std::optional<ExponentialTally> Decode(std::string_view bytes);

 private:
  ExponentialHistogram& SpansOf(Phase phase);
};

}  // namespace gaikei
