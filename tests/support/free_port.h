#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <system_error>

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

/// A TCP port that nobody has at the moment, for a program that must be told one. It lies below
/// those that the kernel gives by itself (net.ipv4.ip_local_port_range), so that no connection and
/// no server of another test takes it in between but by the same dice: prefer to hand over a
/// socket, or to let the program choose.
inline std::uint16_t FreePort(const std::string& address = "127.0.0.1") {
  static std::random_device dice;
  std::uniform_int_distribution<int> ports(10000, 32000);
  constexpr int kThrows = 100;
  for (int i = 1;; ++i) {
    const auto port = static_cast<std::uint16_t>(ports(dice));
    try {
      const Fd fd = BindSocket(SOCK_STREAM, address, port);
      return port;
    } catch (const std::system_error&) {
      if (i == kThrows) throw;
    }
  }
}

}  // namespace gaikei::support
