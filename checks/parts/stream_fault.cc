#include "checks/parts/stream_fault.h"

#include <fmt/core.h>

#include <cerrno>

#include "checks/io/net/errors.h"
#include "checks/io/tls/tls_errors.h"

namespace gaikei {

StreamFault FaultOf(const io::Stream& stream, Phase phase, std::string_view where) {
  const io::TlsPeer* peer = stream.peer();
  const std::string hint = peer == nullptr ? "" : peer->RefusalHint();
  if (peer != nullptr && peer->alert() >= 0) {
    return {Reason::kTlsAlert, fmt::format("{}: alert: {}", where, io::AlertText(peer->alert()))};
  }
  switch (stream.end()) {
    case io::Stream::End::kReset:
      return {Reason::kReset, fmt::format("{}: the peer reset the connection{}", where, hint)};
    case io::Stream::End::kFailed:
      break;
    default:
      return {Reason::kTruncated, fmt::format("{}: the peer closed the connection{}", where, hint)};
  }
  const int error = stream.error();
  if (error == 0) return {Reason::kTlsProtocol, fmt::format("{}: what came is no TLS", where)};
  return {error == ETIMEDOUT ? io::TimeoutReason(phase) : Reason::kReset,
          fmt::format("{}: {}", where, io::ErrnoText(error))};
}

}  // namespace gaikei
