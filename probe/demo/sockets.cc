#include "probe/demo/sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace gaikei::demo {
namespace {

/// More than any kernel lets wait on a backlog of nothing.
constexpr int kMaxWaiting = 64;
/// On loopback a connection that is accepted at all is there at once.
constexpr int kFullAfterMs = 100;

std::string Failed(const char* what) {
  return std::string("cannot ") + what + ": " + std::strerror(errno);
}

sockaddr_in AddressOf(const io::UniqueFd& socket) {
  sockaddr_in address{};
  socklen_t length = sizeof(address);
  getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length);
  return address;
}

}  // namespace

tl::expected<io::UniqueFd, std::string> BindLoopback(int type) {
  io::UniqueFd fd(socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.is_valid()) return tl::unexpected(Failed("open a socket"));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return tl::unexpected(Failed("bind a port of 127.0.0.1"));
  }
  return fd;
}

std::uint16_t PortOf(const io::UniqueFd& socket) { return ntohs(AddressOf(socket).sin_port); }

tl::expected<RefusedPort, std::string> RefusedPort::Open() {
  auto fd = BindLoopback(SOCK_STREAM);
  if (!fd) return tl::unexpected(fd.error());
  RefusedPort refused;
  refused.socket_ = std::move(*fd);
  return refused;
}

tl::expected<BlackHole, std::string> BlackHole::Open() {
  auto fd = BindLoopback(SOCK_STREAM);
  if (!fd) return tl::unexpected(fd.error());
  BlackHole hole;
  hole.listener_ = std::move(*fd);
  if (listen(hole.listener_.get(), 0) != 0) return tl::unexpected(Failed("listen"));
  const sockaddr_in address = AddressOf(hole.listener_);
  for (int i = 0; i < kMaxWaiting; ++i) {
    io::UniqueFd client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!client.is_valid()) return tl::unexpected(Failed("open a socket"));
    connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
    pollfd watch{client.get(), POLLOUT, 0};
    const bool is_connected = poll(&watch, 1, kFullAfterMs) == 1;
    hole.waiting_.push_back(std::move(client));
    if (!is_connected) return hole;
  }
  return tl::unexpected(std::string("the accept queue of a listener does not fill up"));
}

}  // namespace gaikei::demo
