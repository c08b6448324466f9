#include "checks/io/http/curl_errors.h"

#include <curl/curl.h>

#include <cerrno>

#include "checks/io/net/errors.h"

namespace gaikei::io {
namespace {

/// CURLE_TOO_LARGE, which headers before 8.6 do not name.
constexpr int kCurleTooLarge = 100;

bool IsReset(int error) {
  return error == ECONNRESET || error == EPIPE || error == ECONNABORTED || error == EHOSTUNREACH;
}

/// Codes that may be our own fault as long as the target has said nothing.
Reason BeforeTheFirstByte(int code) {
  switch (code) {
    case CURLE_OUT_OF_MEMORY:
      return Reason::kProberNoMemory;
    case CURLE_BAD_FUNCTION_ARGUMENT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_FAILED_INIT:
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_ABORTED_BY_CALLBACK:
      return Reason::kProberInternal;
    default:
      return Reason::kNone;
  }
}

}  // namespace

Reason ReasonFromCurl(const TransferFacts& facts) {
  if (facts.phase == Phase::kConnect) {
    if (facts.os_errno != 0) return ReasonFromConnectErrno(facts.os_errno, false);
    const Reason own = BeforeTheFirstByte(facts.code);
    return own == Reason::kNone ? Reason::kProberInternal : own;
  }
  if (facts.phase == Phase::kProcessing && !facts.saw_informational) {
    if (const Reason own = BeforeTheFirstByte(facts.code); own != Reason::kNone) return own;
  }
  if (IsReset(facts.os_errno)) return Reason::kReset;
  if (facts.os_errno == ETIMEDOUT) return TimeoutReason(facts.phase);
  if (facts.is_close) return Reason::kTruncated;
  switch (facts.code) {
    case CURLE_GOT_NOTHING:
      // An informational answer and nothing after it: the close came in good order, the answer not.
      return facts.saw_informational ? Reason::kProtocolError : Reason::kTruncated;
    case CURLE_PARTIAL_FILE:
      return Reason::kTruncated;
    case CURLE_SEND_ERROR:
      return Reason::kReset;
    case CURLE_OUT_OF_MEMORY:  // 7.88: a header line above 100 kB
    case CURLE_FILESIZE_EXCEEDED:
    case kCurleTooLarge:
      return Reason::kTooLarge;
    case CURLE_OPERATION_TIMEDOUT:
      return TimeoutReason(facts.phase);
    default:
      return Reason::kProtocolError;
  }
}

}  // namespace gaikei::io
