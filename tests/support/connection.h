#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "tests/support/socket.h"

namespace gaikei::support {

/// One accepted connection, as the handler of a server uses it on the connection's own thread.
///
/// Everything blocks, and everything ends at once when the server is destroyed: reads then give
/// nothing, writes false. When the handler returns without closing, the connection is closed
/// gracefully.
class Connection {
 public:
  virtual ~Connection() = default;

  /// Place among the connections of its server, from 0.
  std::size_t number() const { return number_; }

  /// What has come, at least one byte; absent when the peer closed or reset, or the server ends.
  std::optional<std::string> ReadSome();
  /// Up to and with `mark`; what came after it is kept for the next read. Absent when the mark
  /// never came.
  std::optional<std::string> ReadUntil(std::string_view mark);
  /// Exactly `count` bytes.
  std::optional<std::string> ReadExactly(std::size_t count);

  /// All of it; false when the peer is gone or the server ends.
  bool Write(std::string_view bytes);

  /// Says goodbye (TLS: close_notify), sends FIN, and reads what still comes, so that no reset
  /// overtakes the last bytes.
  void CloseGracefully();
  /// FIN without TLS's close_notify: how a truncated answer looks.
  void CloseAbruptly();
  /// RST: SO_LINGER with 0, then close.
  void Reset();
  bool is_open() const { return static_cast<bool>(fd_); }
  int fd() const { return fd_.get(); }
  const StopSignal& stop() const { return stop_; }
  /// Hands the socket to somebody else; this connection is closed from then on.
  Fd TakeSocket() { return Fd(fd_.Release()); }

  /// Reads and forgets until the peer closes or the server ends. The way to be silent.
  void WaitUntilClosed();
  /// Neither reads nor writes until the server ends.
  void Hold();
  /// Waits without the socket; true when the server ends meanwhile.
  bool Pause(std::chrono::milliseconds span);

 protected:
  Connection(Fd fd, std::size_t number, const StopSignal& stop);

  /// One attempt on the non-blocking socket. kWantRead and kWantWrite: wait and try again.
  enum class Step { kDone, kWantRead, kWantWrite, kEnd };
  virtual Step TryRead(char* buffer, std::size_t room, std::size_t* count) = 0;
  virtual Step TryWrite(const char* bytes, std::size_t size, std::size_t* count) = 0;
  virtual void SayGoodbye() {}
  /// False when the server ends.
  bool WaitOn(Step step);

 private:
  Fd fd_;
  std::size_t number_;
  const StopSignal& stop_;
  std::string buffer_;
};

/// Plain TCP.
class TcpConnection final : public Connection {
 public:
  TcpConnection(Fd fd, std::size_t number, const StopSignal& stop);

 private:
  Step TryRead(char* buffer, std::size_t room, std::size_t* count) override;
  Step TryWrite(const char* bytes, std::size_t size, std::size_t* count) override;
};

}  // namespace gaikei::support
