#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "results/spool/sample.h"
#include "results/upstream/otlp/common_model.h"
#include "results/upstream/upstream_spec.h"

namespace gaikei::otlp {

/// What all points of a series have in common, made once for each series of a delivery.
class SeriesAttributes {
 public:
  /// `mapping` outlives it.
  explicit SeriesAttributes(const LabelMapping& mapping) : mapping_(mapping) {}

  /// Nothing among them takes a name that points have for themselves.
  const std::shared_ptr<const Attributes>& Of(const SampleSeries& series);
  void Clear() { made_.clear(); }

 private:
  const LabelMapping& mapping_;
  std::unordered_map<std::int64_t, std::shared_ptr<const Attributes>> made_;
};

}  // namespace gaikei::otlp
