#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "results/metric_writer.h"

namespace gaikei {

enum class MetricFormat : std::uint8_t {
  kPrometheus,   ///< text format 0.0.4
  kOpenMetrics,  ///< OpenMetrics 1.0
};

/// The format a scraper asks for by its Accept header: OpenMetrics where it ranks at least as high
/// as text, else text.
MetricFormat NegotiateFormat(std::string_view accept);
/// The Content-Type of an answer in that format.
std::string_view ContentType(MetricFormat format);
/// The upper bound of a bucket as the value of `le`.
std::string BoundText(MetricFormat format, double bound);

/// Writes metrics in one of the formats. A family without samples is left out.
class Exposition final : public MetricWriter {
 public:
  explicit Exposition(MetricFormat format) : format_(format) {}

  void Begin(const MetricFamily& family) override;
  void Sample(const LabelSet& labels, MoreLabels more, double value) override;
  void Sample(const LabelSet& labels, MoreLabels more, std::uint64_t value) override;
  void Sample(const LabelSet& labels, MoreLabels more, const CountedSpans& spans) override;
  /// The finished text. Call once.
  std::string Finish();

 private:
  void Head();
  /// Puts the labels of the lines that follow into labels_.
  void Take(const LabelSet& labels, MoreLabels more);
  /// `le`: of a bucket, else empty.
  void Line(std::string_view suffix, std::string_view le, std::string_view value);

  const MetricFormat format_;
  MetricFamily family_;
  bool has_head_ = true;
  std::string labels_;
  std::string out_;
};

}  // namespace gaikei
