#pragma once

#include <optional>
#include <string>

#include "checks/io/dns/dnssec_finding.h"
#include "checks/io/dns/dnssec_keys.h"
#include "checks/io/dns/dnssec_message.h"
#include "results/time.h"

namespace gaikei::io::dnssec {

/// A record set's signatures that are looked at, keys tried for one of them (tags are no names:
/// several keys may have the same), and the work of one validation: a verification counts as one
/// and one more for each 32 records that it is over. Bounds of our own, for KeyTrap.
inline constexpr unsigned kMaxSignatures = 16;
inline constexpr unsigned kMaxKeysPerSignature = 8;
inline constexpr unsigned kMaxVerifications = 256;

/// What a check of a record set's signatures came to.
struct Checked {
  std::optional<Finding> finding;  ///< absent: one signature is good
  int labels = 0;                  ///< of the owner as it was signed: fewer than it has, a wildcard
  bool is_wildcard = false;        ///< the set was made from a wildcard (RFC 4035, 5.3.4)
  std::uint16_t tag = 0;           ///< of the key that verified
};

/// The signer of a set's signatures that is closest to the owner, of those that may be (RFC 4035,
/// 5.3.1: at or above it; of a DS above it); absent when there is none.
std::optional<Name> SignerOf(const RrSet& set);

/// Checks signatures at one time, within the bounds. One validation's.
class SignatureChecker {
 public:
  explicit SignatureChecker(WallTime now);

  /// Whether one signature of the set is good by one of the keys (RFC 4035, 5.3).
  Checked Check(const RrSet& set, const Name& zone, const std::vector<Key>& keys);

 private:
  struct Attempt;
  Attempt Try(const RrSet& set, const ldns_rr* signature, const Name& zone,
              const std::vector<Key>& keys);
  Attempt Verify(const RrSet& set, const ldns_rr* signature, const std::string& who,
                 const std::vector<Key>& keys);
  bool Spend(std::size_t records);

  std::uint32_t now_;  ///< seconds modulo 2^32, as the signatures have it (RFC 4034, 3.1.5)
  std::int64_t wall_;  ///< seconds
  unsigned left_ = kMaxVerifications;
};

}  // namespace gaikei::io::dnssec
