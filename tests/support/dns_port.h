#pragma once

#include <cstdint>
#include <string>
#include <system_error>

#include "tests/support/socket.h"

namespace gaikei::support {

/// A port that nobody has at the moment, neither in UDP nor in TCP, for a name server that must be
/// told one. Another may take it in between: whoever starts the server tries again.
inline std::uint16_t FreeDnsPort(const std::string& address = "127.0.0.1") {
  for (int attempt = 0;; ++attempt) {
    const Fd udp = BindSocket(SOCK_DGRAM, address, 0);
    try {
      const Fd tcp = BindSocket(SOCK_STREAM, address, PortOf(udp.get()));
      return PortOf(udp.get());
    } catch (const std::system_error&) {
      if (attempt == 20) throw;
    }
  }
}

}  // namespace gaikei::support
