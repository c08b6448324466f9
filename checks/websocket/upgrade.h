#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checks/io/http/response_head.h"
#include "checks/io/net/url.h"
#include "checks/spec.h"

namespace gaikei {

/// Head of the request that asks for an upgrade (RFC 6455, 4.1), all but its key and the empty
/// line. `url` has the scheme http or https. A field of `http.headers` replaces one of ours.
Secret UpgradeRequest(const io::Url& url, const HttpOptions& http,
                      const std::vector<std::string>& subprotocols);

/// A key nobody has used before.
std::string UpgradeKey();
/// What a server answers to it in Sec-WebSocket-Accept.
std::string UpgradeAccept(std::string_view key);

/// Why an answer with status 101 is no upgrade that we have asked for (RFC 6455, 4.1); empty when
/// it is one. Shows nothing of what came. The subprotocol that was chosen goes into `chosen`.
std::string WhyNoUpgrade(const io::ResponseHead& head, std::string_view key,
                         const std::vector<std::string>& subprotocols, std::string& chosen);

}  // namespace gaikei
