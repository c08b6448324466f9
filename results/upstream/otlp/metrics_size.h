#pragma once

#include <cstddef>

#include "results/upstream/otlp/common_model.h"
#include "results/upstream/series_counters.h"
#include "results/upstream/upstream_spec.h"

namespace gaikei::otlp {

/// Bytes that the points of one series are going to take in a request, before compression: rather
/// more than less, by no more than about half. `known`: its counters before the item that is about
/// to be added; null: it is new.
std::size_t EstimatedSize(const UpstreamSpec& spec, const CheckIdentity& check,
                          const Attributes& attributes, const SeriesCounters* known);

}  // namespace gaikei::otlp
