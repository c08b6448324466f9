#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checks/parts/observation_source.h"

namespace gaikei {

/// What expressions may ask of an answer that is a head without a body worth keeping: the
/// observation and the header fields. Borrows all; loop thread only.
class FieldsSource : public ObservationSource {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;
  /// Fields are judged as they came: what they reveal has to be cleaned out of the results.
  FieldsSource(const Observation& seen, const Fields& fields, WallTime now)
      : ObservationSource(seen, now), fields_(fields) {}
  expect::Value Get(expect::Subject subject, std::string_view argument) const override;

 private:
  const Fields& fields_;
};

}  // namespace gaikei
