#pragma once

#include <cstdint>
#include <optional>

#include "results/outcome.h"

namespace gaikei::io {

/// What the kernel knows of a connected TCP socket (TCP_INFO): all of TcpEvidence but the dialogue
/// and the response. All zero for a socket that is none. Any thread.
TcpEvidence ReadTcpFacts(int fd);

/// What the handshake of a connection took, SYN to SYN-ACK, as the kernel measured it; absent where
/// it did not (the SYN had to be sent again). REQUIRES: nothing was written yet, which would be
/// averaged in. Any thread.
std::optional<Span> HandshakeTime(int fd);

/// The peer's kernel has not yet confirmed all that was written to this socket. Any thread.
bool HasUnconfirmed(int fd);

/// Bytes that the peer's kernel has confirmed since the connection was made; absent for what is no
/// TCP socket, or where the kernel does not say. Any thread.
std::optional<std::uint64_t> ConfirmedBytes(int fd);

/// False for a unix socket and for what is no socket. Any thread.
bool IsTcp(int fd);

}  // namespace gaikei::io
