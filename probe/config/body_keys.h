#pragma once

#include "checks/spec.h"
#include "probe/config/reader.h"

namespace gaikei {

/// `body` (a string or a secret, of a file byte for byte), `json` (any value; a table { env } or
/// { file } in it is a secret), `form` (a table, sent application/x-www-form-urlencoded) or
/// `multipart` (an array of parts, see multipart.h): one of them. All but the first bring their
/// Content-Type unless `http.headers` has one. REQUIRES: the headers have been read.
void ReadBody(TableReader& reader, HttpOptions& http);

}  // namespace gaikei
