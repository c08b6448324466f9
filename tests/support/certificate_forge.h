#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "checks/io/tls/certificate_maker.h"
#include "results/time.h"

namespace gaikei::support {

/// What a forged certificate says: anything, also what no authority would sign.
struct Forgery {
  std::vector<std::pair<std::string, std::string>> subject = {{"CN", "forged"}};  ///< may be empty
  /// By OpenSSL's names and in its notation: {"subjectAltName", "DNS:localhost"}.
  std::vector<std::pair<std::string, std::string>> extensions = {};
  std::optional<WallTime> not_before = {};  ///< absent: an hour ago
  std::optional<WallTime> not_after = {};   ///< absent: in 80 days
  /// "P-256" and other curves, "rsa:1024", "rsa-pss:2048", "ed25519", "dsa:2048".
  std::string key = "P-256";
  std::string digest = "sha256";             ///< empty: as the issuer's key wants it (ed25519)
  const io::CertifiedKey* issuer = nullptr;  ///< null: signed by itself
  /// The key of that one, instead of a new one: for another certificate of the same authority.
  const io::CertifiedKey* key_of = nullptr;
};

/// Makes it. `issuers` of the result stays empty: what is presented is the test's choice. Throws
/// std::runtime_error with OpenSSL's words.
io::CertifiedKey Forge(const Forgery& forgery);

/// An OCSP answer (DER) about `certificate`, signed by its issuer.
std::string ForgeOcspAnswer(const io::CertifiedKey& certificate, const io::CertifiedKey& issuer,
                            bool is_revoked);

}  // namespace gaikei::support
