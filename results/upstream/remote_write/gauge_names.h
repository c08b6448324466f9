#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "results/metric_writer.h"

namespace gaikei::remote_write {

/// A gauge of a check without the labels that all gauges of the check have: enough to find its
/// series again.
struct GaugeName {
  MetricFamily family;  ///< of results/metric_families.h
  std::vector<LabelView> more;
};

/// Names as one text, for what is kept: each ends in a line feed. Points to nothing.
class GaugeNames {
 public:
  GaugeNames() = default;
  explicit GaugeNames(std::string text) : text_(std::move(text)) {}

  void Add(std::string_view family, MoreLabels more);
  const std::string& text() const { return text_; }
  /// Names that `later` has not; they point into this. Families that are not known (of another
  /// version of this program), and what is no name (a damaged one), are passed over.
  std::vector<GaugeName> WithoutThoseOf(const GaugeNames& later) const;

 private:
  std::string text_;
};

}  // namespace gaikei::remote_write
