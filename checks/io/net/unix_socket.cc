#include "checks/io/net/unix_socket.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>

#include "checks/io/net/errors.h"

namespace gaikei::io {

UniqueFd OpenUnixSocket() {
  return UniqueFd(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

Reason ReasonFromUnixErrno(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ENOTSOCK:
    case EPROTOTYPE:
    case ENAMETOOLONG:
      return Reason::kConnectUnreachable;
    case EACCES:
    case EPERM:
    case ELOOP:
      return Reason::kProberInternal;
    default:
      return ReasonFromConnectErrno(error, false);
  }
}

bool HasPeer(int fd) {
  sockaddr_storage peer{};
  socklen_t length = sizeof peer;
  return getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &length) == 0;
}

}  // namespace gaikei::io
