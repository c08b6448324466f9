#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "probe/output/style.h"
#include "results/phases.h"

namespace gaikei {

/// The phases of one attempt as bars in sequence, one line each, then a line with the total:
///
///   resolve     ██▍                        4.1ms
///   connect       █████                    8.2ms
///
/// Only phases that were reached have a line; the one that failed is marked. Redirect hops are
/// added up phase by phase, so the bars then tell sums. Lines have no line feed and are at most
/// `width` columns wide, not counting colours (40 at least). Pure.
std::vector<std::string> Waterfall(const Phases& phases, std::optional<Phase> failed, Span duration,
                                   std::size_t width, const Style& style);

/// Bytes of blanks before, and of the first column of, whatever stands below a verdict.
inline constexpr std::size_t kIndent = 2;
inline constexpr std::size_t kLabelColumns = 12;

}  // namespace gaikei
