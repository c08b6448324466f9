#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gaikei::testing {

/// A native histogram with its buckets counted out.
struct DecodedHistogram {
  std::uint64_t count = 0;
  double sum = 0;
  std::int32_t schema = 0;
  double zero_threshold = 0;
  std::uint64_t zero_count = 0;
  std::map<std::int32_t, std::int64_t> buckets;  ///< by Prometheus' number
};

struct DecodedPoint {
  std::int64_t at = 0;     ///< milliseconds
  std::int64_t start = 0;  ///< 0: not told
  double value = 0;        ///< of a histogram its sum
  std::optional<DecodedHistogram> histogram = {};

  bool IsStale() const;
};

/// One series of a request.
struct DecodedSeries {
  std::vector<std::pair<std::string, std::string>> labels;  ///< as they came
  std::vector<DecodedPoint> points;                         ///< likewise
  int type = 0;
  std::string help;
  std::string unit;

  /// Of the label of that name; empty where there is none.
  std::string Label(std::string_view name) const;
  /// `name{label="value",...}`
  std::string Key() const;
};

/// Reads a request as the specifications say, with nothing of ours. Throws std::runtime_error or
/// protozero's exceptions where it breaks a rule: labels that are not sorted, not unique or empty,
/// names that are wrong, stamps that do not grow, points of two kinds.
std::vector<DecodedSeries> DecodeRequestOne(const std::string& bytes);
std::vector<DecodedSeries> DecodeRequestTwo(const std::string& bytes);
/// The message alone: of prompb/types.proto and of 2.0.
DecodedPoint DecodeHistogram(const std::string& bytes);

/// What was compressed; throws when it cannot be read.
std::string Uncompressed(const std::string& compressed);

/// "0a35" as bytes, and back.
std::string FromHex(std::string_view hex);
std::string ToHex(std::string_view bytes);

}  // namespace gaikei::testing
