#pragma once

#include <string>

#include "results/phases.h"
#include "results/reason.h"

namespace gaikei::io {

/// What is known of a transfer that libcurl ended with an error.
struct TransferFacts {
  int code = 0;      ///< CURLcode, not CURLE_OK
  int os_errno = 0;  ///< CURLINFO_OS_ERRNO; 0: none
  /// kProcessing or kTransfer (for kTls see ReasonFromHandshake), or kConnect: libcurl failed
  /// before it used the connection it was given.
  Phase phase = Phase::kProcessing;
  bool saw_informational = false;  ///< a 1xx answer had come
  bool is_close = false;  ///< HTTP/2: the connection ended in good order under an open stream
};

/// Phase first, errno second, libcurl's code last: once bytes of an answer are there, the fault is
/// the target's, whatever libcurl calls it.
Reason ReasonFromCurl(const TransferFacts& facts);

}  // namespace gaikei::io
