#pragma once

#include "checks/spec.h"
#include "probe/config/reader.h"

namespace gaikei {

/// `redirect_hosts` (names, addresses, "*.NAME") and `allow_downgrade`: where the redirects of an
/// HTTP check may lead.
void ReadRedirectKeys(TableReader& reader, HttpOptions& http);

}  // namespace gaikei
