#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/socket.h"

namespace gaikei::support {

/// An address on which connects hang: it listens, its accept queue is full and nobody accepts, so
/// the kernel drops every further SYN.
class BlackHole {
 public:
  explicit BlackHole(const std::string& address = "127.0.0.1");

  std::uint16_t port() const { return PortOf(listener_.get()); }

 private:
  Fd listener_;
  std::vector<Fd> fillers_;
};

}  // namespace gaikei::support
