#pragma once

#include "probe/config/config.h"
#include "probe/config/reader.h"

namespace gaikei {

/// `[upstream.NAME]`.
UpstreamConfig ReadUpstream(const Node& table, ErrorList& errors);

}  // namespace gaikei
