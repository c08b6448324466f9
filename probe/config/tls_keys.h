#pragma once

#include "checks/spec.h"
#include "probe/config/reader.h"

namespace gaikei {

/// The TLS keys that [defaults] may hold: cacert, cert, key, insecure, min_version, max_version,
/// ciphers. Where a key is missing `tls` keeps what it has. The files are read when the check is
/// made.
void ReadSharedTlsKeys(TableReader& reader, TlsOptions& tls);

/// All that whatever speaks TLS has: those, server_name and alpn.
void ReadTlsKeys(TableReader& reader, TlsOptions& tls);

/// What an upstream has of them: cacert, cert, key, insecure and server_name.
void ReadClientTlsKeys(TableReader& reader, TlsOptions& tls);

/// `starttls` and `ignore_lints`, which a `tls` check has alone. Lints are known when the check is
/// made.
void ReadTlsCheckKeys(TableReader& reader, TlsOptions& tls);

/// Adds an error for each of those keys that stands in the table, of a check that speaks no TLS:
/// "cacert goes with tls = true".
void RefuseTlsKeys(TableReader& reader, std::string_view goes_with);

}  // namespace gaikei
