#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checks/io/dns/dnssec_finding.h"
#include "checks/io/dns/dnssec_keys.h"
#include "checks/io/dns/dnssec_message.h"
#include "checks/io/dns/dnssec_nsec.h"
#include "checks/io/dns/dnssec_nsec3.h"
#include "checks/io/dns/dnssec_signature.h"

namespace gaikei::io::dnssec {

/// The signer of the NSEC and NSEC3 records of a message that is closest to `name`, at or above it
/// (for `type` DS above it): the zone that can deny something of the name. Absent: none.
std::optional<Name> DenierOf(const Message& message, const Name& name, std::uint16_t type);

/// What the NSEC and NSEC3 records of one message prove; those are used alone that are signed by
/// the zone, and not made from a wildcard.
class Denial {
 public:
  /// `hashes`: how many NSEC3 hashes may still be computed, counted down. All outlive this.
  Denial(const Message& message, const ZoneKeys& zone, SignatureChecker* checker, unsigned* hashes);

  Proof NoData(const Name& name, std::uint16_t type);  ///< the name is there, the type is not
  Proof NoName(const Name& name);                      ///< nor the name, nor a wildcard for it
  /// Nothing matches `name` more closely than the wildcard that was signed with `labels`.
  Proof NoCloserMatch(const Name& name, int labels);
  /// What a DS question that has no DS in its answer tells of a cut at `name`.
  Proof NoCut(const Name& name);

  /// "NSEC" or "NSEC3".
  const char* method() const { return nsec_.empty() ? "NSEC3" : "NSEC"; }
  /// The finding for a proof that is not kProven. `what` ends the sentence "nothing proves that".
  Finding Explain(Proof proof, const std::string& what) const;

 private:
  Name zone_;
  NsecChain nsec_;
  Nsec3Chain nsec3_;
  std::optional<Finding> broken_;  ///< a record that would have been one, were its signature good
};

}  // namespace gaikei::io::dnssec
