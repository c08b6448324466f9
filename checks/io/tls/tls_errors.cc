#include "checks/io/tls/tls_errors.h"

#include <fmt/core.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <cerrno>

namespace gaikei::io {

Reason ReasonFromVerify(int verify_code) {
  switch (verify_code) {
    case X509_V_OK:
      return Reason::kNone;
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return Reason::kTlsCertExpired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return Reason::kTlsCertNotYetValid;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return Reason::kTlsCertNameMismatch;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return Reason::kTlsCertSelfSigned;
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return Reason::kTlsCertWeak;
    case X509_V_ERR_CERT_REVOKED:
      return Reason::kTlsCertRevoked;
    case X509_V_ERR_OUT_OF_MEM:
      return Reason::kProberNoMemory;
    default:
      return Reason::kTlsCertUntrusted;
  }
}

std::string VerifyText(int verify_code) { return X509_verify_cert_error_string(verify_code); }

Reason ReasonFromHandshake(const HandshakeFacts& facts) {
  if (facts.verdict != Reason::kNone) return facts.verdict;
  if (facts.is_too_large) return Reason::kTooLarge;
  if (facts.alert >= 0) return Reason::kTlsAlert;
  switch (facts.os_errno) {
    case ECONNRESET:
    case EPIPE:
    case ECONNABORTED:
      return Reason::kReset;
    case ETIMEDOUT:
      return Reason::kTlsTimeout;
    default:
      return Reason::kTlsProtocol;
  }
}

std::string AlertText(int alert) {
  switch (alert) {  // those that OpenSSL 3.0 has no words for
    case SSL_AD_CERTIFICATE_REQUIRED:
      return fmt::format("certificate required ({})", alert);
    case SSL_AD_NO_APPLICATION_PROTOCOL:
      return fmt::format("no application protocol ({})", alert);
    case SSL_AD_MISSING_EXTENSION:
      return fmt::format("missing extension ({})", alert);
    default:
      return fmt::format("{} ({})", SSL_alert_desc_string_long(alert), alert);
  }
}

}  // namespace gaikei::io
