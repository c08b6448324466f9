#include "checks/io/dns/dnssec_nsec.h"

namespace gaikei::io::dnssec {

bool TypeBits::Denies(const Name& owner, std::uint16_t type) const {
  if (Has(type) || Has(LDNS_RR_TYPE_CNAME)) return false;
  // The two sides of a cut speak for their own types alone.
  if (type == LDNS_RR_TYPE_DS) return owner.is_root() || !Has(LDNS_RR_TYPE_SOA);
  return !IsDelegation();
}

Proof TypeBits::Cut(const Name& owner) const {
  if (Has(LDNS_RR_TYPE_DS) || (Has(LDNS_RR_TYPE_SOA) && !owner.is_root())) return Proof::kNone;
  return IsDelegation() ? Proof::kUnsigned : Proof::kProven;
}

void NsecChain::Add(const Name& owner, const ldns_rr* record) {
  const auto next = Name::From(ldns_rr_rdf(record, 0));
  if (!next || !owner.IsWithin(zone_) || !next->IsWithin(zone_)) return;
  const ldns_rdf* bitmap = ldns_rr_rd_count(record) > 1 ? ldns_rr_rdf(record, 1) : nullptr;
  records_.push_back({.owner = owner, .next = *next, .types = TypeBits(bitmap)});
}

const NsecChain::Record* NsecChain::Matching(const Name& name) const {
  for (const Record& record : records_) {
    if (record.owner == name) return &record;
  }
  return nullptr;
}

const NsecChain::Record* NsecChain::Covering(const Name& name) const {
  for (const Record& record : records_) {
    if (record.owner >= name || !name.IsWithin(zone_)) continue;
    if (name.IsBelow(record.owner) && record.types.HidesBelow()) continue;
    // The last of the chain points back to the zone's own name.
    const bool is_last = record.next <= record.owner;
    if (is_last ? record.next == zone_ : name < record.next) return &record;
  }
  return nullptr;
}

Name NsecChain::ClosestEncloser(const Record& covering, const Name& name) {
  const Name before = CommonAncestor(covering.owner, name);
  const Name after = CommonAncestor(covering.next, name);
  return before.labels() >= after.labels() ? before : after;
}

Proof NsecChain::NoData(const Name& name, std::uint16_t type) const {
  if (const Record* match = Matching(name)) {
    return match->types.Denies(name, type) ? Proof::kProven : Proof::kNone;
  }
  const Record* covering = Covering(name);
  if (covering == nullptr) return Proof::kNone;
  if (covering->next.IsBelow(name)) return Proof::kProven;  // an empty non-terminal
  const auto wildcard = ClosestEncloser(*covering, name).Wildcard();
  if (!wildcard) return Proof::kNone;
  const Record* match = Matching(*wildcard);
  return match != nullptr && match->types.Denies(*wildcard, type) ? Proof::kProven : Proof::kNone;
}

Proof NsecChain::NoName(const Name& name) const {
  const Record* covering = Covering(name);
  if (covering == nullptr || covering->next.IsBelow(name)) return Proof::kNone;
  const auto wildcard = ClosestEncloser(*covering, name).Wildcard();
  // A wildcard that is too long to be is not there.
  return !wildcard || Covering(*wildcard) != nullptr ? Proof::kProven : Proof::kNone;
}

Proof NsecChain::NoCloserMatch(const Name& name, int labels) const {
  const Record* covering = Covering(name);
  if (covering == nullptr || covering->next.IsBelow(name)) return Proof::kNone;
  return ClosestEncloser(*covering, name).labels() == labels ? Proof::kProven : Proof::kNone;
}

Proof NsecChain::NoCut(const Name& name) const {
  if (const Record* match = Matching(name)) return match->types.Cut(name);
  return Covering(name) != nullptr ? Proof::kProven : Proof::kNone;
}

}  // namespace gaikei::io::dnssec
