#pragma once

#include "checks/spec.h"
#include "probe/config/reader.h"

namespace gaikei {

/// The keys of a `tcp` check: tls, dialogue, and those of TLS where it speaks TLS. Each step of the
/// dialogue is a table of one of expect, send and starttls.
void ReadTcpKeys(TableReader& reader, CheckSpec& spec);

}  // namespace gaikei
