#pragma once

#include "probe/config/config.h"
#include "probe/config/reader.h"

namespace gaikei {

/// `[probe]`, which may be empty.
ProbeConfig ReadProbe(const Node& table, ErrorList& errors);

}  // namespace gaikei
