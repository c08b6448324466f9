#pragma once

#include <optional>
#include <string>

#include "checks/spec.h"
#include "results/reason.h"

namespace gaikei::io {

/// What is known of a proxy that did not let a request through.
struct ProxyFacts {
  ProxyOptions::Type type = ProxyOptions::Type::kHttp;
  std::string address;         ///< numeric, with its port
  int connect_status = 0;      ///< answer to CONNECT; 0: none was read
  int proxy_code = 0;          ///< CURLINFO_PROXY_ERROR; 0: none
  bool is_too_large = false;   ///< it sent more than we read before a tunnel
  std::string_view text = {};  ///< libcurl's own words, not escaped
};

/// Whose fault it was. A proxy that cannot be used is this prober's way out: unknown. What a proxy
/// says of the target is taken as if we had seen it.
struct ProxyFailure {
  Reason reason = Reason::kProberNetworkDown;
  std::optional<Blame> blame;  ///< absent: that of the reason
  std::string message;         ///< escaped, without credentials
};

ProxyFailure JudgeProxy(const ProxyFacts& facts);

/// An HTTP proxy asks for credentials (status 407) instead of passing a request on.
ProxyFailure ProxyWantsCredentials(const std::string& address);

}  // namespace gaikei::io
