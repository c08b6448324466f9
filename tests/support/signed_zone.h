#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "checks/io/dns/dnssec_name.h"
#include "checks/io/dns/ldns.h"
#include "results/time.h"

namespace gaikei::support {

struct SignedZoneOptions {
  std::string name;  ///< absolute: "example."
  /// Presentation format with absolute names; SOA and NS of the zone itself are added.
  std::vector<std::string> records = {};
  int algorithm = LDNS_ECDSAP256SHA256;
  int key_bits = 2048;  ///< of RSA
  bool nsec3 = false;   ///< rather than NSEC
  bool opt_out = false;
  std::uint16_t iterations = 0;
  bool is_signed = true;
  WallTime inception{};
  WallTime expiration{};
};

/// Records of one name and type with the signatures over them, free to be spoiled.
struct SignedSet {
  std::vector<std::shared_ptr<ldns_rr>> records;
  std::vector<std::shared_ptr<ldns_rr>> signatures;
};

/// A zone in memory, signed with one key of its own by ldns. Throws std::runtime_error when there
/// can be none.
class SignedZone {
 public:
  using Name = io::dnssec::Name;

  explicit SignedZone(SignedZoneOptions options);

  const Name& name() const { return name_; }
  bool nsec3() const { return options_.nsec3; }
  std::string Ds() const;   ///< of the key, with SHA-256, in presentation format
  std::string Key() const;  ///< likewise the DNSKEY record

  /// Throws when it is not there.
  SignedSet& Set(const std::string& owner, std::uint16_t type);
  const SignedSet* Find(const Name& owner, std::uint16_t type) const;
  /// Whether it is there, or something below it is.
  bool Has(const Name& name) const;
  /// The NSEC or NSEC3 set that matches the name, else that covers it; null: unsigned.
  const SignedSet* Denial(const Name& name, const Name** owner, bool* matches) const;
  const std::map<std::pair<Name, std::uint16_t>, SignedSet>& sets() const { return sets_; }

  void Add(const std::string& record);  ///< without a signature
  void Drop(const std::string& owner, std::uint16_t type);
  /// Signs the set anew as it is now, for another time.
  void Sign(const std::string& owner, std::uint16_t type, WallTime inception, WallTime expiration);

 private:
  void Keep(const ldns_rr* record);
  void SetTimes(WallTime inception, WallTime expiration);

  SignedZoneOptions options_;
  Name name_;
  std::shared_ptr<ldns_key_list> keys_;
  std::shared_ptr<ldns_rr> key_;
  std::map<std::pair<Name, std::uint16_t>, SignedSet> sets_;
};

/// Zones as a resolver that validates nothing (CD) tells of them: aliases are followed from zone to
/// zone, and everything comes with its signatures and denial.
class ZoneAuthority {
 public:
  using Name = io::dnssec::Name;

  /// They are to outlive this.
  explicit ZoneAuthority(std::vector<const SignedZone*> zones) : zones_(std::move(zones)) {}

  /// The whole message, REFUSED for a name that is in no zone.
  std::string Answer(const std::string& name, std::uint16_t type) const;

 private:
  const SignedZone* ZoneOf(const Name& name, std::uint16_t type) const;

  std::vector<const SignedZone*> zones_;
};

}  // namespace gaikei::support
