#pragma once

#include <string>

#include "checks/io/dns/dnssec_name.h"

namespace gaikei::io::dnssec {

/// Names of DnssecEvidence::failure.
namespace failure {
inline constexpr char kSignatureExpired[] = "signature_expired";
inline constexpr char kSignatureNotYetValid[] = "signature_not_yet_valid";
/// A record set without a signature in a zone that is signed.
inline constexpr char kNoSignature[] = "no_signature";
inline constexpr char kBadSignature[] = "bad_signature";
/// The key that signed is not among the zone's, or none of the trust anchor's is.
inline constexpr char kNoKey[] = "no_key";
inline constexpr char kDsMismatch[] = "ds_mismatch";
/// Insecure: the parent proves that it delegates without DS.
inline constexpr char kDsMissing[] = "ds_missing";
/// What is said not to exist is not proven not to.
inline constexpr char kNoDenial[] = "no_denial";
inline constexpr char kUnsupportedAlgorithm[] = "unsupported_algorithm";
inline constexpr char kNoAnswer[] = "no_answer";
/// Insecure: the proof is an opt-out span, in which unsigned delegations may be (RFC 5155, 9.2).
inline constexpr char kOptOut[] = "opt_out";
/// Insecure: more NSEC3 iterations than are computed (RFC 9276, 3.2).
inline constexpr char kTooManyIterations[] = "too_many_iterations";
/// Indeterminate: the name is not within the zone of the trust anchor.
inline constexpr char kNoAnchor[] = "no_anchor";
/// More signatures, hashes or questions than are allowed (KeyTrap).
inline constexpr char kLimitExceeded[] = "limit_exceeded";
}  // namespace failure

enum class Status { kSecure, kInsecure, kBogus, kIndeterminate };

/// Why something is not secure.
struct Finding {
  Status status = Status::kBogus;
  std::string failure = {};  ///< one of the names above
  Name zone = {};            ///< where it broke
  std::string message = {};  ///< one line, printable ASCII
};

}  // namespace gaikei::io::dnssec
