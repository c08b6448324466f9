#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "results/histogram.h"

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

/// A label set being put together: `name="value",name="value"`.
class LabelSet {
 public:
  LabelSet() = default;
  /// `name` is one of ours, hence right; `value` is any text.
  LabelSet& Add(std::string_view name, std::string_view value);
  /// Copy with one more.
  LabelSet With(std::string_view name, std::string_view value) const;
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// A label name made of any text: what the format does not allow becomes '_'.
std::string LabelName(std::string_view name);

enum class MetricType : std::uint8_t { kGauge, kCounter, kHistogram };

/// One metric family, in words.
struct MetricFamily {
  std::string_view name;  ///< a counter's without "_total"
  MetricType type = MetricType::kGauge;
  std::string_view help;
  std::string_view unit;  ///< "seconds", "ratio" ...: then the name ends in it; empty for none
};

/// Writes metrics in one of the formats, family by family.
class Exposition {
 public:
  explicit Exposition(MetricFormat format) : format_(format) {}

  /// What follows belongs to this family, until the next. A family without samples is left out.
  void Begin(const MetricFamily& family);
  void Sample(const LabelSet& labels, double value);
  void Sample(const LabelSet& labels, std::uint64_t value);
  template <class Count>
  void Sample(const LabelSet& labels, const Bounds& bounds, const BasicHistogram<Count>& histogram);
  /// The finished text. Call once.
  std::string Finish();

 private:
  void Head();
  void Line(std::string_view suffix, const LabelSet& labels, std::string_view value);
  /// A bound as the value of `le`.
  std::string BoundText(double bound) const;

  const MetricFormat format_;
  MetricFamily family_;
  bool has_head_ = true;
  std::string out_;
};

}  // namespace gaikei
