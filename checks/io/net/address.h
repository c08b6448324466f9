#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "results/outcome.h"

namespace gaikei::io {

/// An IPv4 or IPv6 socket address. A value type.
struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;

  /// Numeric text only ("192.0.2.1", "2001:db8::1", "fe80::1%eth0", with or without brackets).
  static std::optional<Address> Parse(std::string_view text, std::uint16_t port);

  Family family() const;
  std::uint16_t port() const;
  Address WithPort(std::uint16_t port) const;
  /// Without port and brackets: "2001:db8::1".
  std::string Text() const;
  /// "192.0.2.1:53", "[2001:db8::1]:53".
  std::string TextWithPort() const;
  bool operator==(const Address& other) const;
};

/// Where an address lies, for the policy of docs/security.md (what may be looked at).
enum class AddressScope : std::uint8_t {
  kPublic,
  kPrivate,  ///< loopback, private, link-local, documentation, multicast, reserved: not public
};
/// Decides on the bytes of the socket address; mapped, NAT64 and 6to4 forms are decided by the IPv4
/// address inside. Pure.
AddressScope ScopeOf(const Address& address);

}  // namespace gaikei::io
