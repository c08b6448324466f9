#pragma once

#include <string>

#include "results/spool/sample.h"

namespace gaikei {

/// How every line of ours begins.
inline constexpr const char* kJsonlBeginning = "{\"schema\":\"gaikei.";

/// An item as one line of JSON with its line feed; empty for a departure. Pure.
///
/// - A sample: its outcome, schema gaikei.outcome/1 (docs/outcome.md). Where that was folded away
/// to
///   save room, what is left of it: gaikei.sample/1, whose fields mean the same.
/// - A roll-up: gaikei.rollup/1, exact counts and what is known of the durations, in seconds.
std::string JsonlLine(const SpoolItem& item);

}  // namespace gaikei
