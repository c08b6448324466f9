#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "checks/io/dns/dnssec.h"
#include "checks/io/dns/ldns.h"
#include "results/outcome.h"
#include "results/time.h"
#include "tests/support/signed_zone.h"
#include "tests/support/temp_dir.h"

namespace gaikei::io {

/// When the tests of DNSSEC take place.
inline const WallTime kNow = *ParseRfc3339("2026-06-01T12:00:00Z");
inline constexpr std::chrono::hours kDay{24};

inline constexpr std::uint16_t kA = LDNS_RR_TYPE_A;
inline constexpr std::uint16_t kDs = LDNS_RR_TYPE_DS;
inline constexpr std::uint16_t kDnskey = LDNS_RR_TYPE_DNSKEY;
inline constexpr std::uint16_t kTxt = LDNS_RR_TYPE_TXT;

/// A trust anchor of these records.
std::shared_ptr<const TrustAnchor> Anchor(const std::string& records);

/// Options of a zone that is valid now.
support::SignedZoneOptions Zone(const std::string& name, std::vector<std::string> records = {});

/// Root, "test." and "zone.test.", each with a DS in its parent, and what the tests ask for.
class DnssecRig {
 public:
  /// `zone` is of zone.test., `tld` of test.; delegations and DS are added.
  explicit DnssecRig(support::SignedZoneOptions zone = Zone("zone.test."),
                     support::SignedZoneOptions tld = Zone("test."),
                     std::vector<support::SignedZoneOptions> others = {});

  support::SignedZone& root() { return *zones_[0]; }
  support::SignedZone& tld() { return *zones_[1]; }
  support::SignedZone& zone() { return *zones_[2]; }
  support::SignedZone& other(std::size_t index = 0) { return *zones_[3 + index]; }

  /// What the machine makes of the answer to the question; its own are answered likewise.
  DnssecEvidence Validate(const std::string& name, std::uint16_t type = LDNS_RR_TYPE_A,
                          WallTime now = kNow);
  DnssecEvidence ValidateAnswer(const std::string& name, std::uint16_t type,
                                const std::string& answer, WallTime now = kNow);
  std::string Answer(const std::string& name, std::uint16_t type) const;

  std::vector<std::string> asked;  ///< "zone.test. DS", of the last validation
  /// Questions that are answered by nothing: "zone.test. DNSKEY".
  std::string silent_on;
  /// Of the root's key; another may be set.
  std::shared_ptr<const TrustAnchor> anchor;

 private:
  std::vector<std::unique_ptr<support::SignedZone>> zones_;
};

}  // namespace gaikei::io
