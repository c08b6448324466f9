#pragma once

#include <string>
#include <string_view>

#include "probe/config/config.h"
#include "probe/config/reader.h"

namespace gaikei {

/// Why that text names no shard.
std::string WhyNoShard(std::string_view what);

/// `[probe]`, which may be empty.
ProbeConfig ReadProbe(const Node& table, ErrorList& errors);

}  // namespace gaikei
