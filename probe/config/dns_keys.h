#pragma once

#include "checks/spec.h"
#include "probe/config/reader.h"

namespace gaikei {

/// The keys of a `dns` check: servers, transport, recursion, checking_disabled, dnssec, dnssec_ok,
/// trust_anchor, edns_size, ecs, nsid, cookie. What contradicts something else, the target
/// included, is an error. REQUIRES: spec.target is read.
void ReadDnsKeys(TableReader& reader, CheckSpec& spec);

}  // namespace gaikei
