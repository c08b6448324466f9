#pragma once

#include "checks/spec.h"
#include "probe/config/reader.h"

namespace gaikei {

/// The keys of a `websocket` check: headers, subprotocols, dialogue, ping, and those of TLS where
/// the target speaks TLS. REQUIRES: spec.target is read.
void ReadWebSocketKeys(TableReader& reader, CheckSpec& spec);

}  // namespace gaikei
