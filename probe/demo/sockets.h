#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "checks/io/net/connector.h"

namespace gaikei::demo {

/// Binds a free port of 127.0.0.1. `type` is SOCK_STREAM or SOCK_DGRAM; the error is one line.
tl::expected<io::UniqueFd, std::string> BindLoopback(int type);
std::uint16_t PortOf(const io::UniqueFd& socket);

/// A port where nothing listens, and nobody else can while this lives: connections are refused.
class RefusedPort {
 public:
  static tl::expected<RefusedPort, std::string> Open();
  std::uint16_t port() const { return PortOf(socket_); }

 private:
  io::UniqueFd socket_;
};

/// A port whose accept queue is full: Linux drops every further SYN, so connecting takes for ever.
class BlackHole {
 public:
  static tl::expected<BlackHole, std::string> Open();
  std::uint16_t port() const { return PortOf(listener_); }

 private:
  io::UniqueFd listener_;
  std::vector<io::UniqueFd> waiting_;  ///< the connections that fill the queue
};

}  // namespace gaikei::demo
