#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace gaikei {

/// The target of a `dns` check, taken apart (RFC 4501).
struct DnsUri {
  /// Whom to ask: a name, or a numeric address without brackets. Empty: not said.
  std::string server;
  std::uint16_t port = 0;  ///< of the server; 0: none given
  /// What to ask for, in presentation format, without trailing dot; "." is the root.
  std::string name;
  std::uint16_t type = 1;   ///< A
  std::uint16_t klass = 1;  ///< IN
};

/// Parses "dns:NAME?type=MX;class=IN" and "dns://SERVER[:PORT]/NAME?type=AAAA". Parameters are
/// separated by ";" (or "&"), their names may be written in any case; bytes may be percent-encoded.
/// An empty NAME with a type is the root, an empty SERVER is none. The error is one line.
tl::expected<DnsUri, std::string> ParseDnsUri(std::string_view text);

}  // namespace gaikei
