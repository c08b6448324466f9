#pragma once

#include "probe/config/reader.h"
#include "results/upstream/upstream_spec.h"

namespace gaikei {

/// The keys of an upstream of type mackerel beside those of every upstream.
void ReadMackerelKeys(TableReader& reader, UpstreamSpec& spec);

}  // namespace gaikei
