#pragma once

#include <cstdint>
#include <string>

#include "tests/support/socket.h"

namespace gaikei::support {

/// A TCP port that refuses connections for as long as this lives: bound, so that nobody else gets
/// it, and never listening.
class RefusingPort {
 public:
  explicit RefusingPort(const std::string& address = "127.0.0.1")
      : fd_(BindSocket(SOCK_STREAM, address, 0)) {}

  std::uint16_t port() const { return PortOf(fd_.get()); }

 private:
  Fd fd_;
};

/// A TCP port that nobody has at the moment, for a program that must be told one. Another may take
/// it in between: prefer to hand over a socket, or to let the program choose.
inline std::uint16_t FreePort(const std::string& address = "127.0.0.1") {
  return RefusingPort(address).port();
}

}  // namespace gaikei::support
