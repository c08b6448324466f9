#pragma once

#include <span>
#include <string_view>

#include "probe/config/reader.h"
#include "results/upstream/upstream_spec.h"

namespace gaikei {

/// The URL of an upstream: http or https, without credentials, secrets in its query and a fragment.
/// An error where the key is missing and `is_required`. `bare`: paths will be appended to it, so
/// that it has no query either, and no slash at its end.
void ReadUpstreamUrl(TableReader& reader, std::string_view key, bool is_required, bool bare,
                     UpstreamTransportSpec& transport);

/// How an upstream is reached over HTTP: `headers`, `auth`, `cacert`, `cert`, `key`, `server_name`,
/// `insecure`, `proxy`, `timeout`, `retry_statuses`. `own_headers` are fields that the protocol
/// fills in, beside those of HTTP itself. REQUIRES: the URL is read. Files are read to see whether
/// they can be used.
void ReadUpstreamTransport(TableReader& reader, std::span<const std::string_view> own_headers,
                           UpstreamSpec& spec);

}  // namespace gaikei
