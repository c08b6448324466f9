#include "tests/support/connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace gaikei::support {

Connection::Connection(Fd fd, std::size_t number, const StopSignal& stop)
    : fd_(std::move(fd)), number_(number), stop_(stop) {}

bool Connection::WaitOn(Step step) {
  return WaitFor(fd_.get(), step == Step::kWantRead ? POLLIN : POLLOUT, &stop_) == Wake::kReady;
}

std::optional<std::string> Connection::ReadSome() {
  if (!buffer_.empty()) return std::exchange(buffer_, {});
  char chunk[16384];
  while (fd_) {
    std::size_t count = 0;
    const Step step = TryRead(chunk, sizeof(chunk), &count);
    if (step == Step::kDone) return std::string(chunk, count);
    if (step == Step::kEnd || !WaitOn(step)) break;
  }
  return std::nullopt;
}

std::optional<std::string> Connection::ReadUntil(std::string_view mark) {
  std::string all;
  for (;;) {
    std::optional<std::string> some = ReadSome();
    if (!some) return std::nullopt;
    all += *some;
    const std::size_t at = all.find(mark);
    if (at == std::string::npos) continue;
    buffer_ = all.substr(at + mark.size());
    all.resize(at + mark.size());
    return all;
  }
}

std::optional<std::string> Connection::ReadExactly(std::size_t count) {
  if (count == 0) return std::string();
  std::string all;
  while (all.size() < count) {
    std::optional<std::string> some = ReadSome();
    if (!some) return std::nullopt;
    all += *some;
  }
  buffer_ = all.substr(count);
  all.resize(count);
  return all;
}

bool Connection::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!fd_) return false;
    std::size_t count = 0;
    const Step step = TryWrite(bytes.data(), bytes.size(), &count);
    if (step == Step::kDone) {
      bytes.remove_prefix(count);
    } else if (step == Step::kEnd || !WaitOn(step)) {
      return false;
    }
  }
  return true;
}

void Connection::CloseGracefully() {
  if (!fd_) return;
  SayGoodbye();
  CloseAbruptly();
}

void Connection::CloseAbruptly() {
  if (!fd_) return;
  shutdown(fd_.get(), SHUT_WR);
  // Unread bytes would make close() send a reset.
  char chunk[16384];
  while (WaitFor(fd_.get(), POLLIN, &stop_) == Wake::kReady) {
    const ssize_t count = recv(fd_.get(), chunk, sizeof(chunk), 0);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) break;
  }
  fd_.Close();
}

void Connection::Reset() {
  if (!fd_) return;
  const linger now{1, 0};
  setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  fd_.Close();
}

void Connection::WaitUntilClosed() {
  while (ReadSome()) {
  }
}

void Connection::Hold() { WaitFor(-1, 0, &stop_); }

bool Connection::Pause(std::chrono::milliseconds span) {
  return WaitFor(-1, 0, &stop_, span) == Wake::kStopped;
}

TcpConnection::TcpConnection(Fd fd, std::size_t number, const StopSignal& stop)
    : Connection(std::move(fd), number, stop) {}

Connection::Step TcpConnection::TryRead(char* buffer, std::size_t room, std::size_t* count) {
  const ssize_t got = recv(fd(), buffer, room, 0);
  if (got > 0) {
    *count = static_cast<std::size_t>(got);
    return Step::kDone;
  }
  return got < 0 && (errno == EAGAIN || errno == EINTR) ? Step::kWantRead : Step::kEnd;
}

Connection::Step TcpConnection::TryWrite(const char* bytes, std::size_t size, std::size_t* count) {
  const ssize_t sent = send(fd(), bytes, size, MSG_NOSIGNAL);
  if (sent >= 0) {
    *count = static_cast<std::size_t>(sent);
    return Step::kDone;
  }
  return errno == EAGAIN || errno == EINTR ? Step::kWantWrite : Step::kEnd;
}

}  // namespace gaikei::support
