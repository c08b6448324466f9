#include "checks/io/net/egress.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <cerrno>

#include "checks/io/net/socket_option.h"

namespace gaikei::io {
Egress::Egress(const Region& region) : interface_(region.interface) {
  for (const std::string& text : region.source) {
    const std::optional<Address> source = Address::Parse(text, 0);
    if (!source) continue;  // the configuration admits addresses only
    (source->family() == Family::kIpv4 ? source_ipv4_ : source_ipv6_) = source;
  }
}

Egress::Opened Egress::Open(int family, int type, int protocol) const {
  const int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
  if (fd < 0) return {.fd = -1, .error = errno, .at_bind = false};
  if (type == SOCK_STREAM) SetOption(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  const auto fail = [fd] {
    const int error = errno;
    close(fd);
    return Opened{.fd = -1, .error = error, .at_bind = true};
  };
  if (!interface_.empty() && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface_.c_str(),
                                        static_cast<socklen_t>(interface_.size())) != 0) {
    return fail();
  }
  const std::optional<Address>& source = family == AF_INET ? source_ipv4_ : source_ipv6_;
  if (source) {
    // The port is chosen at connect(), for the pair of addresses: many more connections fit.
    if (type == SOCK_STREAM) SetOption(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
    if (bind(fd, reinterpret_cast<const sockaddr*>(&source->storage), source->length) != 0) {
      return fail();
    }
  }
  return {.fd = fd, .error = 0, .at_bind = false};
}

bool Egress::HasRouteTo(const Address& address) const {
  const Opened opened = Open(address.storage.ss_family, SOCK_DGRAM);
  if (opened.fd < 0) return false;
  const bool connected = connect(opened.fd, reinterpret_cast<const sockaddr*>(&address.storage),
                                 address.length) == 0 ||
                         errno == EAGAIN;  // a route, but no port for this probe
  close(opened.fd);
  return connected;
}

}  // namespace gaikei::io
