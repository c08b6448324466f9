#include "tests/support/socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace gaikei::support {
namespace {

[[noreturn]] void Throw(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    Close();
    fd_ = other.Release();
  }
  return *this;
}

int Fd::Release() { return std::exchange(fd_, -1); }

void Fd::Close() {
  if (fd_ >= 0) close(Release());
}

StopSignal::StopSignal() : event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!event_) Throw("eventfd");
}

void StopSignal::Raise() {
  // Nobody ever reads it, so it stays readable for all.
  if (eventfd_write(event_.get(), 1) != 0) Throw("eventfd_write");
}

bool StopSignal::IsRaised() const {
  pollfd poll_fd{event_.get(), POLLIN, 0};
  return poll(&poll_fd, 1, 0) > 0;
}

Wake WaitFor(int fd, short events, const StopSignal* stop, std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  pollfd fds[2] = {{fd, events, 0}, {stop != nullptr ? stop->fd() : -1, POLLIN, 0}};
  for (;;) {
    int left = -1;
    if (limit.count() >= 0) {
      const auto rest =
          std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      left = rest.count() > 0 ? static_cast<int>(rest.count()) : 0;
    }
    const int count = poll(fds, 2, left);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) Throw("poll");
    if (count == 0) return Wake::kTimedOut;
    return fds[1].revents != 0 ? Wake::kStopped : Wake::kReady;
  }
}

SocketAddress::SocketAddress(const std::string& address, std::uint16_t port) {
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    length = sizeof(v4);
    std::memcpy(&storage, &v4, sizeof(v4));
  } else if (inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    length = sizeof(v6);
    std::memcpy(&storage, &v6, sizeof(v6));
  } else {
    throw std::invalid_argument("not a numeric address: " + address);
  }
}

Fd BindSocket(int type, const std::string& address, std::uint16_t port) {
  const SocketAddress where(address, port);
  Fd fd(socket(where.storage.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) Throw("socket");
  const int on = 1;
  // Only where a port was asked for: a server that comes back to it meets its own TIME_WAIT.
  if (port != 0) setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (bind(fd.get(), where.get(), where.length) != 0) Throw("bind");
  return fd;
}

std::uint16_t PortOf(int fd) {
  sockaddr_storage name{};
  socklen_t length = sizeof(name);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&name), &length) != 0) Throw("getsockname");
  if (name.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6*>(&name)->sin6_port);
  }
  return ntohs(reinterpret_cast<const sockaddr_in*>(&name)->sin_port);
}

Fd ConnectTo(const std::string& address, std::uint16_t port) {
  const SocketAddress where(address, port);
  Fd fd(socket(where.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) Throw("socket");
  if (connect(fd.get(), where.get(), where.length) != 0) {
    if (errno != EINPROGRESS) Throw("connect");
    if (WaitFor(fd.get(), POLLOUT, nullptr, kFailsafe) == Wake::kTimedOut) {
      errno = ETIMEDOUT;
      Throw("connect");
    }
    int error = 0;
    socklen_t length = sizeof(error);
    getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &length);
    errno = error;
    if (error != 0) Throw("connect");
  }
  SetNonBlocking(fd.get(), false);
  return fd;
}

bool Accepts(const std::string& address, std::uint16_t port) {
  try {
    ConnectTo(address, port);
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

bool SendAll(int fd, const std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t count = send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count >= 0) {
      sent += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN) {
      if (WaitFor(fd, POLLOUT, nullptr, kFailsafe) != Wake::kReady) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

std::string ReadToEnd(int fd) {
  std::string all;
  char buffer[16384];
  while (WaitFor(fd, POLLIN, nullptr, kFailsafe) == Wake::kReady) {
    const ssize_t count = recv(fd, buffer, sizeof(buffer), 0);
    if (count <= 0) break;
    all.append(buffer, static_cast<std::size_t>(count));
  }
  return all;
}

void SetNonBlocking(int fd, bool non_blocking) {
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0) Throw("fcntl");
  if (fcntl(fd, F_SETFL, non_blocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK) != 0) {
    Throw("fcntl");
  }
}

}  // namespace gaikei::support
