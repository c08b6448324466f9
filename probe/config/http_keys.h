#pragma once

#include "checks/spec.h"
#include "probe/config/reader.h"

namespace gaikei {

/// The HTTP keys that [defaults] may hold: compression, max_redirects, max_body. Where a key is
/// missing `http` keeps what it has.
void ReadSharedHttpKeys(TableReader& reader, HttpOptions& http);

/// All of a check: those and method, headers, body, json, form, http.
void ReadHttpKeys(TableReader& reader, HttpOptions& http);

}  // namespace gaikei
