#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "checks/parts/endpoint.h"

namespace gaikei {

/// What a `grpc` check looks at.
struct GrpcTarget {
  bool is_tls = false;
  Endpoint endpoint;    ///< its port is never 0
  std::string service;  ///< decoded; empty: the server as a whole
};

/// Parses grpc://HOST:PORT[/SERVICE] (HTTP/2 in plain text, with prior knowledge) and
/// grpcs://HOST[:PORT][/SERVICE] (TLS, port 443). A service is what stands behind the first slash,
/// percent-encoded where it has to be. Errors as of ParseEndpoint().
tl::expected<GrpcTarget, std::string> ParseGrpcTarget(std::string_view target);

}  // namespace gaikei
