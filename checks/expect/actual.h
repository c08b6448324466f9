#pragma once

#include <string>
#include <string_view>

#include "checks/expect/program.h"

namespace gaikei::expect {

/// A value as a result shows it: escaped, at most 256 characters; several texts with commas
/// between; a span with its unit, to the microsecond; a header that carries credentials as
/// "<secret>". Empty for Missing.
std::string ShowActual(const Value& value, const FoundSubject& subject);

}  // namespace gaikei::expect
