#include "checks/parts/fields_source.h"

#include "checks/io/http/response_head.h"

namespace gaikei {

expect::Value FieldsSource::Get(expect::Subject subject, std::string_view argument) const {
  if (subject != expect::Subject::kHeader) return ObservationSource::Get(subject, argument);
  std::vector<std::string_view> values;
  for (const auto& [name, value] : fields_) {
    if (io::EqualsIgnoringCase(name, argument)) values.emplace_back(value);
  }
  if (values.empty()) return expect::Missing{"no such header"};
  return values;
}

}  // namespace gaikei
