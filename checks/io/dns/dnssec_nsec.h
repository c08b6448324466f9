#pragma once

#include <cstdint>
#include <vector>

#include "checks/io/dns/dnssec_message.h"
#include "checks/io/dns/dnssec_name.h"

namespace gaikei::io::dnssec {

/// What a proof of non-existence came to.
enum class Proof {
  kNone,               ///< it proves nothing of the sort
  kProven,             ///< that is so
  kUnsigned,           ///< the name is delegated, and there is no DS
  kOptOut,             ///< unsigned delegations may be there (RFC 5155, 6)
  kTooManyIterations,  ///< it is not computed (RFC 9276, 3.2)
  kLimit,              ///< more hashes than are allowed
};

/// The type bits of the record that stands at a name.
class TypeBits {
 public:
  explicit TypeBits(const ldns_rdf* bitmap) : bitmap_(bitmap) {}
  bool Has(std::uint16_t type) const { return HasTypeBit(bitmap_, type); }
  /// The parent's side of a zone cut.
  bool IsDelegation() const { return Has(LDNS_RR_TYPE_NS) && !Has(LDNS_RR_TYPE_SOA); }
  /// Whether names below are another zone's, or nobody's (RFC 6840, 4.1).
  bool HidesBelow() const { return IsDelegation() || Has(LDNS_RR_TYPE_DNAME); }
  /// Whether it proves that the name has no record of the type (RFC 4035, 5.4; RFC 6840, 4.1, 4.3).
  bool Denies(const Name& owner, std::uint16_t type) const;
  /// For a DS question: cut without DS, no cut, or nothing.
  Proof Cut(const Name& owner) const;

 private:
  const ldns_rdf* bitmap_;
};

/// Denial by NSEC (RFC 4035, 5.4). The records are signed by the zone.
class NsecChain {
 public:
  explicit NsecChain(const Name& zone) : zone_(zone) {}

  void Add(const Name& owner, const ldns_rr* record);
  bool empty() const { return records_.empty(); }

  Proof NoData(const Name& name, std::uint16_t type) const;
  Proof NoName(const Name& name) const;
  Proof NoCloserMatch(const Name& name, int labels) const;
  Proof NoCut(const Name& name) const;

 private:
  struct Record {
    Name owner;
    Name next;
    TypeBits types;
  };

  const Record* Matching(const Name& name) const;
  const Record* Covering(const Name& name) const;
  /// Of a name that `covering` covers: the longest name above it that is there.
  static Name ClosestEncloser(const Record& covering, const Name& name);

  Name zone_;
  std::vector<Record> records_;
};

}  // namespace gaikei::io::dnssec
