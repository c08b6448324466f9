#pragma once

#include "checks/spec.h"
#include "probe/config/reader.h"

namespace gaikei {

/// `body` (a string or a secret), `json` (any value; a table { env } or { file } in it is a secret)
/// or `form` (a table, sent application/x-www-form-urlencoded): one of them. The last two bring
/// their Content-Type unless `http.headers` has one. REQUIRES: the headers have been read.
void ReadBody(TableReader& reader, HttpOptions& http);

}  // namespace gaikei
