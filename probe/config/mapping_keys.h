#pragma once

#include <string_view>

#include "probe/config/reader.h"
#include "results/upstream/upstream_spec.h"

namespace gaikei {

/// Whether an upstream may be sent a label, an attribute or a tag of that name.
using IsSeriesName = bool (*)(std::string_view name);

/// How series are named there: `rename`, `add_labels`, `drop`.
void ReadMapping(TableReader& reader, IsSeriesName is_name, LabelMapping& mapping);

/// Prometheus: letters, digits and _, not beginning with a digit or two _.
bool IsPrometheusLabel(std::string_view name);
/// OTLP: anything that can be printed.
bool IsAttribute(std::string_view name);
/// DogStatsD: what does not end a tag or a line; a colon ends the tag's name.
bool IsStatsdTag(std::string_view name);

}  // namespace gaikei
