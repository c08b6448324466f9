#pragma once

#include "checks/spec.h"
#include "probe/config/reader.h"

namespace gaikei {

/// How a request reaches its server: `proxy`, `unix_socket`, `connection`. What goes together with
/// what is known when the check is made.
///
/// `proxy` is a URL (http, socks5, socks5h, with the port, credentials allowed), a secret that
/// holds one, or `{ url, user, password, headers }`.
void ReadTransportKeys(TableReader& reader, HttpOptions& http);

}  // namespace gaikei
