#pragma once

#include <string>

#include "results/phases.h"
#include "results/reason.h"

/// Native codes to reasons: one function a library, here and nowhere else.
///
/// The phase decides first, errno second, the library's own code last: after the first byte of an
/// answer a fault is the target's, and libcurl calls some server faults by names that read like
/// ours.
namespace gaikei::io {

/// connect(), bind() and socket() while connecting. Ours: EMFILE ENFILE -> prober_fd_limit;
/// EADDRNOTAVAIL -> prober_port_exhausted (or prober_network_down where a source address was asked
/// for, `bound`); ENOMEM ENOBUFS -> prober_no_memory; ENETUNREACH ENETDOWN EPERM EACCES ->
/// prober_network_down. The target's: ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, ECONNRESET.
Reason ReasonFromConnectErrno(int error, bool bound);

/// What came back from the path after something had been sent (SO_ERROR, recv() of a datagram
/// socket): an ICMP "no route" or "prohibited" of some router is connect_unreachable here, not our
/// own routing table's. Otherwise as ReasonFromConnectErrno().
Reason ReasonFromPathErrno(int error);

/// c-ares status while resolving. `socket_errno` is what socket() last said on that channel, 0 for
/// nothing.
Reason ReasonFromAres(int status, int socket_errno);

/// Timeout of the phase that was running.
Reason TimeoutReason(Phase phase);

/// "Connection refused" and the like: strerror in lower case, thread-safe.
std::string ErrnoText(int error);

}  // namespace gaikei::io
