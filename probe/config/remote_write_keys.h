#pragma once

#include "probe/config/reader.h"
#include "probe/config/upstream_names.h"
#include "results/upstream/upstream_spec.h"

namespace gaikei {

/// The keys of an upstream of type remote_write beside those of every upstream.
void ReadRemoteWriteKeys(TableReader& reader, const UpstreamNames& names, UpstreamSpec& spec);

}  // namespace gaikei
