#pragma once

#include "checks/spec.h"
#include "probe/config/reader.h"

namespace gaikei {

/// The keys of an `icmp` check: count, interval, size, ttl, dont_fragment. Requests that cannot all
/// be sent within the timeout are an error. REQUIRES: spec.timeout is read.
void ReadIcmpKeys(TableReader& reader, CheckSpec& spec);

}  // namespace gaikei
