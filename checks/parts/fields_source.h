#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checks/parts/observation_source.h"
#include "checks/parts/redactor.h"

namespace gaikei {

/// What expressions may ask of an answer that is a head without a body worth keeping: the
/// observation and the header fields. Borrows all; loop thread only.
class FieldsSource : public ObservationSource {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;
  /// A field that sends a secret back reads "<secret>".
  FieldsSource(const Observation& seen, const Fields& fields, const Redactor& redactor,
               WallTime now)
      : ObservationSource(seen, now), fields_(fields), redactor_(redactor) {}
  expect::Value Get(expect::Subject subject, std::string_view argument) const override;

 private:
  const Fields& fields_;
  const Redactor& redactor_;
};

}  // namespace gaikei
