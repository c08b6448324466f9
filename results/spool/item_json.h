#pragma once

#include <string>

#include "results/spool/sample.h"

namespace gaikei {

/// An item as one line of JSON (docs/spool.md), no line feed at the end: whatever is known of it,
/// also where it comes from a damaged file. Names and units as in an outcome. Pure; any thread.
std::string ToJson(const SpoolItem& item);

}  // namespace gaikei
