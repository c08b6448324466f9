#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "results/time.h"

namespace gaikei {

/// Longest wait that an upstream can ask for: what asks for more gets this.
inline constexpr Span kRetryAfterLimit = std::chrono::minutes(5);

/// How long a Retry-After asks to wait from `now` on (RFC 9110, 10.2.3): a number of seconds, or a
/// date of HTTP in any of its three forms.
///
/// 0 for a date that has passed; at most kRetryAfterLimit, however large the number or far the date
/// (its clock need not be ours). Absent for what is neither: empty, negative, a fraction, a date
/// that does not exist. Pure.
std::optional<Span> ParseRetryAfter(std::string_view text, WallTime now);

}  // namespace gaikei
