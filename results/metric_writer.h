#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "results/exponential_histogram.h"
#include "results/histogram.h"

namespace gaikei {

/// A label as it is passed along.
struct LabelView {
  std::string_view name;   ///< one of ours, hence right
  std::string_view value;  ///< any text
};
/// What tells samples of one family apart beside the labels that a series has in all of them.
using MoreLabels = std::initializer_list<LabelView>;

/// The labels that one series has in many families. Values are harmless (LabelValue()).
class LabelSet {
 public:
  struct Label {
    std::string name;
    std::string value;

    bool operator==(const Label&) const = default;
  };

  /// `name` is one of ours, hence right; `value` is any text.
  LabelSet& Add(std::string_view name, std::string_view value);
  /// In the order in which they were added.
  const std::vector<Label>& labels() const { return labels_; }
  /// The same as the text formats write it, `name="value",name="value"`: put together once for all
  /// families.
  const std::string& text() const { return text_; }

 private:
  std::vector<Label> labels_;
  std::string text_;
};

/// A label name made of any text: what the formats do not allow becomes '_'.
std::string LabelName(std::string_view name);
/// A label value made of any text: itself where that is printable ASCII, else escaped
/// (results/text.h) and cut after 4096 characters.
std::string LabelValue(std::string_view text);
/// Appends `name="value"` as the text formats write it.
void AppendLabelText(std::string& out, std::string_view name, std::string_view value);
/// Appends text with backslash and line feed escaped, and quotes where `with_quotes`.
void AppendEscaped(std::string& out, std::string_view text, bool with_quotes);

enum class MetricType : std::uint8_t { kGauge, kCounter, kHistogram };

/// One metric family, in words. They live as long as the program.
struct MetricFamily {
  std::string_view name;  ///< a counter's without "_total"
  MetricType type = MetricType::kGauge;
  std::string_view help;
  std::string_view unit;  ///< "seconds", "ratio" ...: then the name ends in it; empty for none
};

/// Spans that were counted, in all forms they are known in: a writer takes the one it has a use
/// for.
struct CountedSpans {
  const Bounds& bounds;
  ProcessHistogram histogram;
  const ExponentialHistogram* exponential = nullptr;  ///< null: not kept

  CountedSpans(const Bounds& of, const ProcessHistogram& counts) : bounds(of), histogram(counts) {}
  CountedSpans(const Bounds& of, const Histogram& counts,
               const ExponentialHistogram* exponential_counts)
      : bounds(of), exponential(exponential_counts) {
    std::copy(counts.buckets.begin(), counts.buckets.end(), histogram.buckets.begin());
    histogram.sum = counts.sum;
  }
};

/// Takes metrics family by family: what results/metric_families.h has to say, in whatever format.
class MetricWriter {
 public:
  virtual ~MetricWriter() = default;

  /// What follows belongs to this family, until the next. A family may remain without samples.
  virtual void Begin(const MetricFamily& family) = 0;
  virtual void Sample(const LabelSet& labels, MoreLabels more, double value) = 0;
  virtual void Sample(const LabelSet& labels, MoreLabels more, std::uint64_t value) = 0;
  virtual void Sample(const LabelSet& labels, MoreLabels more, const CountedSpans& spans) = 0;
};

}  // namespace gaikei
