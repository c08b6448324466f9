#pragma once

#include "checks/spec.h"
#include "probe/config/reader.h"

namespace gaikei {

/// `proxy`: a URL (http, socks5, socks5h, with the port, credentials allowed), a secret that holds
/// one, or `{ url, user, password, headers }`.
void ReadProxy(TableReader& reader, ProxyOptions& proxy);

/// How a request reaches its server: `proxy`, `unix_socket`, `connection`. What goes together with
/// what is known when the check is made.
void ReadTransportKeys(TableReader& reader, HttpOptions& http);

}  // namespace gaikei
