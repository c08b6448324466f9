#include "results/upstream/jsonl_stream.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <ctime>

#include "results/time.h"

namespace gaikei {
namespace {

constexpr int kPatienceMs = 50;
constexpr std::chrono::milliseconds kPatienceInAll{250};

thread_local int quiet_depth = 0;
thread_local sigset_t mask_before;

sigset_t OurSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  sigaddset(&signals, SIGXFSZ);
  return signals;
}

}  // namespace

QuietWrites::QuietWrites() {
  if (quiet_depth++ > 0) return;
  const sigset_t signals = OurSignals();
  pthread_sigmask(SIG_BLOCK, &signals, &mask_before);
}

QuietWrites::~QuietWrites() {
  if (--quiet_depth > 0) return;
  const sigset_t signals = OurSignals();
  const timespec now{};
  // Both are sent to the thread that wrote, so that what is pending here is ours.
  while (sigtimedwait(&signals, nullptr, &now) > 0) {
  }
  pthread_sigmask(SIG_SETMASK, &mask_before, nullptr);
}

JsonlStream::JsonlStream(int fd) : fd_(fd) {
  struct stat info {};
  is_socket_ = ::fstat(fd, &info) == 0 && S_ISSOCK(info.st_mode);
}

int JsonlStream::WriteSome(std::string_view text) const {
  const std::size_t size = std::min<std::size_t>(text.size(), PIPE_BUF);
  const ssize_t n = is_socket_ ? ::send(fd_, text.data(), size, MSG_DONTWAIT | MSG_NOSIGNAL)
                               : ::write(fd_, text.data(), size);
  return n < 0 ? -errno : static_cast<int>(n);
}

Appended JsonlStream::Append(std::string_view text) const {
  const QuietWrites quiet;
  const MonoTime deadline = MonoNow() + kPatienceInAll;
  std::size_t taken = 0;
  while (taken < text.size()) {
    pollfd ready{.fd = fd_, .events = POLLOUT, .revents = 0};
    const int count = ::poll(&ready, 1, kPatienceMs);
    if (count < 0 && errno != EINTR) return {taken, errno};
    if (count > 0) {
      const int n = WriteSome(text.substr(taken));
      if (n < 0 && n != -EINTR) return {taken, n == -EWOULDBLOCK ? EAGAIN : -n};
      if (n > 0) taken += static_cast<std::size_t>(n);
    }
    if (taken < text.size() && (count == 0 || MonoNow() >= deadline)) return {taken, EAGAIN};
  }
  return {taken, 0};
}

}  // namespace gaikei
