#pragma once

#include "probe/config/reader.h"
#include "probe/config/upstream_names.h"
#include "results/upstream/upstream_spec.h"

namespace gaikei {

/// The keys of an upstream of type statsd beside those of every upstream.
void ReadStatsdKeys(TableReader& reader, const UpstreamNames& names, UpstreamSpec& spec);

}  // namespace gaikei
