#pragma once

#include "probe/config/reader.h"
#include "probe/config/upstream_names.h"
#include "results/upstream/upstream_spec.h"

namespace gaikei {

/// The keys of an upstream of type mackerel beside those of every upstream.
void ReadMackerelKeys(TableReader& reader, const UpstreamNames& names, UpstreamSpec& spec);

}  // namespace gaikei
