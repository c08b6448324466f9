#pragma once

#include <optional>
#include <string>
#include <vector>

#include "checks/io/net/address.h"
#include "regions/region.h"

namespace gaikei::io {

/// A region's way out, ready for sockets: the one place that makes a socket leave by it.
class Egress {
 public:
  explicit Egress(const Region& region);

  /// A non-blocking, close-on-exec socket (`type` SOCK_STREAM, SOCK_DGRAM or SOCK_RAW), bound to
  /// the region's source address of that family and its interface; TCP without Nagle's delay.
  /// `protocol` 0: that of the type, TCP or UDP.
  struct Opened {
    int fd = -1;           ///< the caller's; -1: none, see `error`
    int error = 0;         ///< errno of what failed
    bool at_bind = false;  ///< it was the source address or the interface that failed
  };
  Opened Open(int family, int type, int protocol = 0) const;

  /// Whether the kernel has a source address and a route to `address`, asked without a packet.
  /// Tells the EADDRNOTAVAIL of "no port left" from that of "no address to come from".
  bool HasRouteTo(const Address& address) const;

 private:
  std::optional<Address> source_ipv4_;
  std::optional<Address> source_ipv6_;
  std::string interface_;
};

}  // namespace gaikei::io
