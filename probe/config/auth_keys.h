#pragma once

#include "checks/spec.h"
#include "probe/config/reader.h"

namespace gaikei {

/// Reads `auth` of an HTTP request (docs/authentication.md): one scheme with its values.
/// Credentials in the target or an Authorization field beside it are an error. `http.headers` are
/// read before.
void ReadAuth(TableReader& reader, HttpOptions& http);

/// As ReadAuth() for what takes basic and bearer alone.
void ReadUpstreamAuth(TableReader& reader, HttpOptions& http);

}  // namespace gaikei
