#pragma once

#include "checks/spec.h"
#include "probe/config/reader.h"

namespace gaikei {

/// `cookies = true | false`, or a table of names and values (strings or secrets) that are sent from
/// the first request on. REQUIRES: the headers have been read.
void ReadCookies(TableReader& reader, HttpOptions& http);

}  // namespace gaikei
