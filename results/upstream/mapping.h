#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "results/spool/sample.h"
#include "results/upstream/upstream_spec.h"

namespace gaikei {

/// False where an upstream is to have everything.
bool Narrows(const SampleSelection& selection);
/// Whether an upstream is to have the samples of that series.
bool Selects(const SampleSelection& selection, const SampleSeries& series);

/// What a label or attribute of ours is called there: itself unless renamed; absent where it is
/// left out.
std::optional<std::string> MappedName(const LabelMapping& mapping, std::string_view ours);

/// Whether a family of series is left out ("phases" is when "histograms" are).
bool Drops(const LabelMapping& mapping, std::string_view family);

}  // namespace gaikei
