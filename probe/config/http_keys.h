#pragma once

#include "checks/spec.h"
#include "probe/config/reader.h"

namespace gaikei {

/// The HTTP keys that [defaults] may hold: compression, max_redirects, max_body. Where a key is
/// missing `http` keeps what it has.
void ReadSharedHttpKeys(TableReader& reader, HttpOptions& http);

/// All of a check: those and method, headers, cookies, body, json, form, multipart, http,
/// redirect_hosts, allow_downgrade, traceparent, proxy, unix_socket, connection.
void ReadHttpKeys(TableReader& reader, HttpOptions& http);

/// `alpn` of an HTTP check, which says the same as `http`: "http/1.1" alone, or "h2" before it.
/// REQUIRES: spec.tls and spec.http are read.
void ReadHttpAlpn(TableReader& reader, CheckSpec& spec);

}  // namespace gaikei
