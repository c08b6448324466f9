#pragma once

#include "probe/config/reader.h"
#include "regions/region.h"

namespace gaikei {

/// `[region.NAME]`.
Region ReadRegion(const Node& table, ErrorList& errors);

}  // namespace gaikei
