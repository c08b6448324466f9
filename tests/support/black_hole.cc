#include "tests/support/black_hole.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace gaikei::support {
namespace {

/// Linux tells the accept queue's length and limit in these fields of a listener's TCP_INFO; it
/// drops from limit + 1 on.
bool IsFull(int listener) {
  tcp_info info{};
  socklen_t length = sizeof(info);
  if (getsockopt(listener, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) {
    throw std::system_error(errno, std::generic_category(), "TCP_INFO");
  }
  return info.tcpi_unacked > info.tcpi_sacked;
}

}  // namespace

BlackHole::BlackHole(const std::string& address) : listener_(BindSocket(SOCK_STREAM, address, 0)) {
  if (listen(listener_.get(), 0) != 0) {
    throw std::system_error(errno, std::generic_category(), "listen");
  }
  while (!IsFull(listener_.get())) fillers_.push_back(ConnectTo(address, port()));
}

}  // namespace gaikei::support
