#include "checks/io/http/transfer_text.h"

#include <curl/curl.h>

#include "checks/io/tls/tls_errors.h"
#include "checks/io/tls/tls_peer.h"
#include "results/text.h"

namespace gaikei::io {
namespace {

/// What libcurl says of a handshake that failed: escaped, in the words of TlsSession.
std::string InOurWords(std::string_view error) {
  if (error.find("wrong version number") != std::string_view::npos) {
    return "the server does not speak TLS here (wrong version number)";
  }
  return Escape(error);
}

std::string AlertLine(const TlsPeer& peer) {
  return "TLS alert from the server: " + AlertText(peer.alert());
}

}  // namespace

std::string ExchangeText(const ExchangeEnd& end) {
  const bool has_begun = end.phase == Phase::kTransfer;
  // Where an answer has begun, the certificate was good enough.
  const std::string refusal = end.peer == nullptr || has_begun ? "" : end.peer->RefusalHint();
  switch (end.reason) {
    case Reason::kTlsAlert:
      return AlertLine(*end.peer);
    case Reason::kReset:
      return has_begun ? "connection reset while reading the answer"
                       : "connection reset while waiting for the answer" + refusal;
    case Reason::kTruncated:
      return has_begun ? "connection closed before the answer was complete"
                       : "connection closed before the first byte of an answer" + refusal;
    default:
      break;
  }
  const std::string_view text =
      end.error.empty() ? curl_easy_strerror(static_cast<CURLcode>(end.code)) : end.error;
  return (end.code == CURLE_BAD_CONTENT_ENCODING ? "content encoding: " : "") + Escape(text);
}

std::string HandshakeText(Reason reason, const TlsPeer& peer, std::string_view error) {
  if (reason == Reason::kTlsAlert) return AlertLine(peer);
  if (reason == Reason::kReset) return "connection reset in the TLS handshake";
  if (peer.verdict() != Reason::kNone) return peer.message();
  return "TLS handshake: " + InOurWords(error);
}

}  // namespace gaikei::io
