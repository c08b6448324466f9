#pragma once

#include <optional>
#include <string>
#include <vector>

#include "results/time.h"

namespace gaikei::io {

/// A certificate with its private key, everything as PEM: what a TLS server is started with.
struct CertifiedKey {
  std::string certificate;  ///< the certificate alone
  std::string issuers;      ///< those above it, nearest first, without the root; empty: none
  std::string key;          ///< private key, PKCS #8, not encrypted

  /// What a server presents: the certificate and then its issuers.
  std::string Chain() const { return certificate + issuers; }
};

/// What a certificate is to say.
struct CertificateRequest {
  std::string common_name = "localhost";
  std::vector<std::string> dns_names = {};  ///< subjectAltName; a leading "*." is allowed
  std::vector<std::string> addresses = {};  ///< subjectAltName, numeric IPv4 or IPv6
  std::optional<WallTime> not_before = {};  ///< absent: an hour ago
  std::optional<WallTime> not_after = {};   ///< absent: in 30 days
  bool is_ca = false;                       ///< may issue others (basicConstraints, keyCertSign)
  /// Signed by this one, which is used whatever it says of itself. Null: signed by itself.
  const CertifiedKey* issuer = nullptr;
  int rsa_bits = 0;               ///< 0: EC P-256, which is fast; else RSA of so many bits
  std::string digest = "sha256";  ///< of the signature, as OpenSSL names it
  /// extendedKeyUsage of a leaf, as OpenSSL writes it; empty: none. A CA never has it.
  std::string extended_key_usage = "serverAuth,clientAuth";
  std::string issuer_url = {};  ///< where the issuer's certificate can be fetched; empty: not said
};

/// Makes a key and a certificate for it, with a random serial number. For `gaikei demo` and for
/// tests: keys are not kept anywhere but in the result. Pure but for the clock and randomness; any
/// thread. Throws std::runtime_error with OpenSSL's words when a field is nonsense.
CertifiedKey MakeCertificate(const CertificateRequest& request);

}  // namespace gaikei::io
