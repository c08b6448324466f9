#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace gaikei {

/// A host with its port, as the targets of `tls`, `tcp` and `icmp` checks name one.
struct Endpoint {
  /// Lower case; a name with or without trailing dot, or a numeric address without brackets
  /// ("2001:db8::1", "fe80::1%eth0"). Never empty.
  std::string host;
  std::uint16_t port = 0;  ///< 0: none given
};

/// Parses "tls://host:port", "tcp://[2001:db8::1]:25", "icmp://host": a scheme, whichever it is, a
/// host, maybe a port from 1 to 65535, maybe one slash. Credentials, a path, a query and a fragment
/// are refused. The error is one line and shows nothing of what it refuses that may be a secret.
tl::expected<Endpoint, std::string> ParseEndpoint(std::string_view target);

/// The part between "//" and the next slash of a target alone: "host", "host:port",
/// "[address]:port". Errors as of ParseEndpoint().
tl::expected<Endpoint, std::string> ParseAuthority(std::string_view authority);

}  // namespace gaikei
