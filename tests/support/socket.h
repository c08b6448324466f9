#pragma once

#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <string>

/// Plain sockets for the servers and clients of the tests. Whatever cannot fail on a healthy
/// machine throws std::system_error, which ends the test with its text.
namespace gaikei::support {

/// How long a test waits for something that normally comes at once. Only ever met by a test that
/// fails.
inline constexpr std::chrono::seconds kFailsafe{30};

/// Owns one descriptor. A value that can be moved.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() { Close(); }
  Fd(Fd&& other) noexcept : fd_(other.Release()) {}
  Fd& operator=(Fd&& other) noexcept;

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int Release();
  void Close();

 private:
  int fd_ = -1;
};

/// Wakes every poll() that watches it, for good: the way servers are told to end.
class StopSignal {
 public:
  StopSignal();
  void Raise();
  bool IsRaised() const;
  int fd() const { return event_.get(); }

 private:
  Fd event_;
};

/// What ended a wait.
enum class Wake { kReady, kStopped, kTimedOut };

/// Waits for `events` (POLLIN, POLLOUT) of `fd`. `stop` may be null; `limit` below zero: no limit.
Wake WaitFor(int fd, short events, const StopSignal* stop,
             std::chrono::milliseconds limit = std::chrono::milliseconds(-1));

/// "127.0.0.1" or "::1" as a socket address.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  SocketAddress(const std::string& address, std::uint16_t port);
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

/// A socket (SOCK_STREAM or SOCK_DGRAM), non-blocking, closed on exec, bound to the address.
Fd BindSocket(int type, const std::string& address, std::uint16_t port);
/// The port that the kernel gave it.
std::uint16_t PortOf(int fd);

/// A blocking client: connected within kFailsafe, or std::system_error with the errno.
Fd ConnectTo(const std::string& address, std::uint16_t port);

/// Whether something accepts there now.
bool Accepts(const std::string& address, std::uint16_t port);

/// Sends everything on a blocking or non-blocking socket; false when the peer is gone.
bool SendAll(int fd, const std::string& bytes);
/// Reads until the peer closes, resets, or kFailsafe is over.
std::string ReadToEnd(int fd);

void SetNonBlocking(int fd, bool non_blocking);

}  // namespace gaikei::support
