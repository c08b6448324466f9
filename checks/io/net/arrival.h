#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <optional>

#include "checks/io/loop/unique_fd.h"
#include "results/time.h"

namespace gaikei::io {

/// When a datagram came, by the kernel, which sees it whatever this process does meanwhile
/// (SO_TIMESTAMPNS, socket(7)). Any thread.
///
/// What is sent has no stamp: one lay 4 us or less behind the clock read before send() in 99 of 100
/// cases, and would have to be read from the socket's error queue, which wakes the loop.

/// Has the kernel stamp what comes to this socket, by the wall clock.
void AskForStamps(int fd);

/// The stamp, where that is what `header` carries.
std::optional<WallTime> ReadStamp(const cmsghdr& header);

/// recvfrom() with the stamp, which is absent where the kernel gave none. `from` may be null.
ssize_t ReceiveStamped(int fd, void* buffer, std::size_t size, std::optional<WallTime>* stamp,
                       sockaddr* from = nullptr, socklen_t* from_length = nullptr);

/// One instant by both clocks, read next to each other.
struct ClockPair {
  MonoTime mono{};
  WallTime wall{};
  static ClockPair Now();
};

/// The stamp as an instant of our own clock. It is `seen.mono`, when we got to know, where there is
/// no stamp, where the wall clock was set between `sent` and `seen`, and where the stamp does not
/// lie between the two. Pure.
MonoTime ArrivalOf(const std::optional<WallTime>& stamp, const ClockPair& sent,
                   const ClockPair& seen);

/// Keeps the kernel stamping for as long as it lives. The kernel begins a moment after the first
/// socket has asked for it and stops after the last one is closed; what comes in that moment gets
/// its stamp when it is read.
class StampKeeper {
 public:
  StampKeeper();

 private:
  UniqueFd socket_;  ///< invalid: there was none to be had, and sockets ask for themselves
};

}  // namespace gaikei::io
