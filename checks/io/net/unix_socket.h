#pragma once

#include <cstddef>

#include "checks/io/loop/unique_fd.h"
#include "results/reason.h"

namespace gaikei::io {

/// Longest path of a unix socket, in bytes.
inline constexpr std::size_t kUnixPathLimit = 107;

/// A stream socket that is not connected yet, non-blocking; invalid, with errno, when there is none
/// to be had. Any thread.
UniqueFd OpenUnixSocket();

/// connect() to a path. The socket is not there, or is none: connect_unreachable. It is there and
/// nobody listens: connect_refused. We may not use it: prober_internal.
Reason ReasonFromUnixErrno(int error);

/// False for a socket whose connect() found the server's queue full (EAGAIN, unix(7)). Any thread.
bool HasPeer(int fd);

}  // namespace gaikei::io
