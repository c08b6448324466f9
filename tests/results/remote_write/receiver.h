#pragma once

#include <map>
#include <string>
#include <vector>

#include "rig.h"

namespace gaikei::testing {

/// A receiver that takes a request as a whole or not at all, as Prometheus does, and knows what
/// PromQL would make of what it has.
class Receiver {
 public:
  bool knows_two = true;

  /// What it answers, after it has stored what it takes. 400 in Prometheus' own words where stamps
  /// do not grow.
  PostResponse operator()(const PostRequest& request);

  /// Last value; of a histogram its count. The test fails where the series is not there or ended.
  double Last(const std::string& key) const;
  /// What increase() would give over all time, were it not for extrapolation: drops are resets, and
  /// the first value counts for nothing.
  double Increase(const std::string& key) const;
  const std::map<std::string, std::vector<DecodedPoint>>& series() const { return series_; }

 private:
  std::map<std::string, std::vector<DecodedPoint>> series_;
};

}  // namespace gaikei::testing
