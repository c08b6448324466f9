#pragma once

#include <optional>
#include <string_view>

#include "results/time.h"

namespace gaikei {

/// Reads a date of HTTP (RFC 9110, 5.6.7) in any of its three forms:
///
///     Sun, 06 Nov 1994 08:49:37 GMT      IMF-fixdate
///     Sunday, 06-Nov-94 08:49:37 GMT     RFC 850
///     Sun Nov  6 08:49:37 1994           asctime
///
/// Strict: another spelling, a day that the month has not, or a day of the week that is another one
/// is no date. `now` settles the century of the second form: a year more than 50 years ahead is a
/// past one. A leap second is the second before it. Pure.
std::optional<WallTime> ParseHttpDate(std::string_view text, WallTime now);

}  // namespace gaikei
