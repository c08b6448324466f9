#include "checks/io/net/arrival.h"

#include <sys/uio.h>

#include <array>
#include <chrono>
#include <cstring>

#include "checks/io/net/socket_option.h"

namespace gaikei::io {
namespace {

/// Two readings of the clocks that lie further apart were interrupted, and are taken anew.
constexpr Span kUninterrupted = std::chrono::microseconds(2);
constexpr int kReadings = 4;

/// The wall clock runs so much faster or slower than ours without having been set: adjtimex(2)
/// slews it by 500 ppm, and more where a daemon also changes its tick.
constexpr Span kLeastStep = std::chrono::milliseconds(1);
constexpr int kSlewFraction = 1000;

}  // namespace

void AskForStamps(int fd) { SetOption(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1); }

std::optional<WallTime> ReadStamp(const cmsghdr& header) {
  timespec stamp{};
  if (header.cmsg_level != SOL_SOCKET || header.cmsg_type != SCM_TIMESTAMPNS ||
      header.cmsg_len < CMSG_LEN(sizeof stamp)) {
    return std::nullopt;
  }
  std::memcpy(&stamp, CMSG_DATA(const_cast<cmsghdr*>(&header)), sizeof stamp);
  return WallTime(std::chrono::seconds(stamp.tv_sec) + Span(stamp.tv_nsec));
}

ssize_t ReceiveStamped(int fd, void* buffer, std::size_t size, std::optional<WallTime>* stamp,
                       sockaddr* from, socklen_t* from_length) {
  iovec part{.iov_base = buffer, .iov_len = size};
  alignas(cmsghdr) std::array<char, 256> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  message.msg_name = from;
  message.msg_namelen = from != nullptr ? *from_length : 0;
  stamp->reset();
  const ssize_t count = recvmsg(fd, &message, 0);
  if (count < 0) return count;
  if (from != nullptr) *from_length = message.msg_namelen;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (const auto found = ReadStamp(*header)) *stamp = found;
  }
  return count;
}

ClockPair ClockPair::Now() {
  ClockPair best;
  Span narrowest = Span::max();
  for (int i = 0; i < kReadings && narrowest > kUninterrupted; ++i) {
    const MonoTime before = MonoNow();
    const WallTime wall = WallNow();
    const MonoTime after = MonoNow();
    if (after - before >= narrowest) continue;
    narrowest = after - before;
    best = {.mono = after, .wall = wall};
  }
  return best;
}

MonoTime ArrivalOf(const std::optional<WallTime>& stamp, const ClockPair& sent,
                   const ClockPair& seen) {
  if (!stamp) return seen.mono;
  const Span elapsed = seen.mono - sent.mono;
  const Span drift = std::chrono::abs((seen.wall - sent.wall) - elapsed);
  if (drift > kLeastStep + elapsed / kSlewFraction) return seen.mono;
  const Span age = seen.wall - *stamp;
  if (age < Span::zero() || age > elapsed) return seen.mono;
  return seen.mono - age;
}

StampKeeper::StampKeeper() : socket_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  if (socket_.is_valid()) AskForStamps(socket_.get());
}

}  // namespace gaikei::io
