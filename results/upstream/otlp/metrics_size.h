#pragma once

#include <cstddef>

#include "results/upstream/otlp/common_model.h"
#include "results/upstream/points/series_point.h"
#include "results/upstream/upstream_spec.h"

namespace gaikei::otlp {

/// Bytes that a point of a series is going to take in a request, before compression, with what
/// begins and what ends there: rather more than less, by no more than about half.
std::size_t EstimatedSize(const UpstreamSpec& spec, const Attributes& attributes,
                          const SeriesPoint& series);

}  // namespace gaikei::otlp
