#pragma once

#include <string>
#include <string_view>

#include "checks/io/tls/stream.h"
#include "results/phases.h"
#include "results/reason.h"

namespace gaikei {

/// Why there is nothing more to be had from a connection.
struct StreamFault {
  Reason reason = Reason::kReset;
  std::string message;  ///< escaped
};

/// Of a stream that has ended, while `where` was going on in `phase`: an alert of TLS, RST, what is
/// no TLS, or an error of the socket. An end in order is `truncated`.
StreamFault FaultOf(const io::Stream& stream, Phase phase, std::string_view where);

}  // namespace gaikei
