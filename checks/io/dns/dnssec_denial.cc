#include "checks/io/dns/dnssec_denial.h"

#include <fmt/format.h>

namespace gaikei::io::dnssec {
namespace {

bool IsDenial(const RrSet& set) {
  return set.type == LDNS_RR_TYPE_NSEC || set.type == LDNS_RR_TYPE_NSEC3;
}

}  // namespace

std::optional<Name> DenierOf(const Message& message, const Name& name, std::uint16_t type) {
  std::optional<Name> closest;
  for (const RrSet& set : message.authority()) {
    const auto signer = IsDenial(set) ? SignerOf(set) : std::nullopt;
    const bool may_deny =
        signer && (type == LDNS_RR_TYPE_DS && !name.is_root() ? name.IsBelow(*signer)
                                                              : name.IsWithin(*signer));
    if (may_deny && (!closest || signer->labels() > closest->labels())) closest = signer;
  }
  return closest;
}

Denial::Denial(const Message& message, const ZoneKeys& zone, SignatureChecker* checker,
               unsigned* hashes)
    : zone_(zone.zone), nsec_(zone.zone), nsec3_(zone.zone, hashes) {
  for (const RrSet& set : message.authority()) {
    if (!IsDenial(set) || !set.owner.IsWithin(zone_)) continue;
    // What another zone signed, as the child's side of a cut, is no proof of this one.
    if (const auto signer = SignerOf(set); signer && *signer != zone_) continue;
    const Checked checked = checker->Check(set, zone_, zone.keys);
    if (checked.finding) {
      if (!broken_) broken_ = checked.finding;
      continue;
    }
    if (checked.is_wildcard) continue;
    for (const ldns_rr* record : set.records) {
      if (set.type == LDNS_RR_TYPE_NSEC) {
        nsec_.Add(set.owner, record);
      } else {
        nsec3_.Add(set.owner, record);
      }
    }
  }
}

Proof Denial::NoData(const Name& name, std::uint16_t type) {
  return nsec_.empty() ? nsec3_.NoData(name, type) : nsec_.NoData(name, type);
}

Proof Denial::NoName(const Name& name) {
  return nsec_.empty() ? nsec3_.NoName(name) : nsec_.NoName(name);
}

Proof Denial::NoCloserMatch(const Name& name, int labels) {
  return nsec_.empty() ? nsec3_.NoCloserMatch(name, labels) : nsec_.NoCloserMatch(name, labels);
}

Proof Denial::NoCut(const Name& name) {
  return nsec_.empty() ? nsec3_.NoCut(name) : nsec_.NoCut(name);
}

Finding Denial::Explain(Proof proof, const std::string& what) const {
  const std::string zone = zone_.Text();
  switch (proof) {
    case Proof::kOptOut:
      return {Status::kInsecure, failure::kOptOut, zone_,
              fmt::format("{} proves by NSEC3 with opt-out alone that {}", zone, what)};
    case Proof::kTooManyIterations:
      return {Status::kInsecure, failure::kTooManyIterations, zone_,
              fmt::format("{} has NSEC3 with more than {} iterations", zone, kMaxIterations)};
    case Proof::kLimit:
      return {Status::kBogus, failure::kLimitExceeded, zone_,
              fmt::format("more than {} NSEC3 hashes had to be computed", kMaxHashes)};
    default:
      if (broken_) return *broken_;
      return {
          Status::kBogus, failure::kNoDenial, zone_,
          fmt::format("no {} of {} proves that {}",
                      nsec_.empty() && nsec3_.empty() ? "NSEC or NSEC3" : method(), zone, what)};
  }
}

}  // namespace gaikei::io::dnssec
