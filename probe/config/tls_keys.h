#pragma once

#include "checks/spec.h"
#include "probe/config/reader.h"

namespace gaikei {

/// The TLS keys that [defaults] may hold: cacert, cert, key, insecure, min_version, max_version,
/// ciphers. Where a key is missing `tls` keeps what it has. The files are read when the check is
/// made.
void ReadSharedTlsKeys(TableReader& reader, TlsOptions& tls);

/// All of a check: those and server_name.
void ReadTlsKeys(TableReader& reader, TlsOptions& tls);

}  // namespace gaikei
