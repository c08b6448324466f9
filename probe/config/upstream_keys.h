#pragma once

#include "probe/config/reader.h"
#include "probe/config/upstream_names.h"
#include "results/upstream/upstream_spec.h"

namespace gaikei {

/// Pace and bounds of every upstream: `every`, `max_batch`, `max_spool`, `max_age`, `max_series`,
/// `drain_rate`. Where a key is missing `spec` keeps what it has. REQUIRES: spec.type is set.
void ReadUpstreamBounds(TableReader& reader, UpstreamSpec& spec);

/// Which samples an upstream gets: `checks`, `regions`, `labels`. A name without `*` has to be
/// there.
void ReadSelection(TableReader& reader, const UpstreamNames& names, SampleSelection& selection);

}  // namespace gaikei
