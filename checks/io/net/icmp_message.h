#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "results/outcome.h"

/// Echo requests and replies on the wire (RFC 792, RFC 4443). Pure; any thread.
namespace gaikei::io {

/// An echo request or reply.
struct EchoMessage {
  std::uint16_t id = 0;
  std::uint16_t sequence = 0;
  std::string_view payload;  ///< points into what was parsed
};

/// An echo request, with its checksum for IPv4; the kernel adds that of ICMPv6, which covers the
/// addresses.
std::string BuildEchoRequest(Family family, const EchoMessage& message);

/// Reads a reply as a socket delivers it. `has_ip_header`: it begins with an IPv4 header, as on raw
/// sockets, and its checksum is ours to verify. Absent for whatever is no sound echo reply.
std::optional<EchoMessage> ParseEchoReply(Family family, bool has_ip_header,
                                          std::string_view bytes);

/// Reads the request of ours that an ICMP error quotes: eight bytes at least (RFC 792), of the
/// payload as much as the router sent back. Absent for whatever is no echo request.
std::optional<EchoMessage> ParseQuotedRequest(Family family, std::string_view bytes);

/// An ICMP error in words: "host unreachable", "fragmentation needed, mtu 1280". `info` is the MTU
/// where the error tells one, else without meaning.
std::string IcmpErrorText(Family family, unsigned type, unsigned code, std::uint32_t info);

/// The Internet checksum (RFC 1071) of bytes whose checksum field is zero; zero for bytes that hold
/// their right checksum.
std::uint16_t InternetChecksum(std::string_view bytes);

}  // namespace gaikei::io
