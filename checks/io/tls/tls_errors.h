#pragma once

#include <string>

#include "results/reason.h"

/// OpenSSL's codes to reasons, here and nowhere else.
namespace gaikei::io {

/// A verify code of X509_verify_cert. X509_V_OK gives kNone; what has no reason of its own is
/// tls_cert_untrusted, and X509_V_ERR_OUT_OF_MEM prober_no_memory.
Reason ReasonFromVerify(int verify_code);

/// OpenSSL's words for it ("certificate has expired").
std::string VerifyText(int verify_code);

/// What is known of a handshake that failed.
struct HandshakeFacts {
  int alert = -1;                  ///< fatal alert the peer sent (RFC 8446, 6); -1: none
  Reason verdict = Reason::kNone;  ///< of the certificate; kNone: good, or not seen
  int os_errno = 0;                ///< of the last failed read or write; 0: none
  bool is_too_large = false;       ///< a message beyond our limit on it
};

/// The certificate's verdict first (it made us end the handshake), then our limit, then the peer's
/// alert, then the connection; everything else, an orderly close too, is tls_protocol.
Reason ReasonFromHandshake(const HandshakeFacts& facts);

/// "handshake failure (40)".
std::string AlertText(int alert);

}  // namespace gaikei::io
