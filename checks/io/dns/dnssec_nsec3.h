#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checks/io/dns/dnssec_name.h"
#include "checks/io/dns/dnssec_nsec.h"

namespace gaikei::io::dnssec {

/// RFC 9276, 3.2: proofs with more are not computed. Hashes of one validation: a bound of our own
/// (CVE-2023-50868).
inline constexpr unsigned kMaxIterations = 150;
inline constexpr unsigned kMaxHashes = 512;

/// A SHA-1 hash, the only one there is (RFC 5155, 11).
using NameHash = std::array<std::uint8_t, 20>;

/// RFC 5155, 5.
NameHash HashName(const Name& name, const std::string& salt, unsigned iterations);
/// The hash that an NSEC3's first label tells in base32hex (RFC 4648, 7).
std::optional<NameHash> ParseHash(std::string_view label);

/// Denial by NSEC3 (RFC 5155, 8). The records are signed by the zone.
class Nsec3Chain {
 public:
  /// `hashes` is counted down and outlives this.
  Nsec3Chain(const Name& zone, unsigned* hashes) : zone_(zone), hashes_(hashes) {}

  /// Records of another hash, salt or number of iterations than the first are left out (RFC 5155,
  /// 8.2), as those with flags that are unknown.
  void Add(const Name& owner, const ldns_rr* record);
  bool empty() const { return records_.empty(); }

  Proof NoData(const Name& name, std::uint16_t type);
  Proof NoName(const Name& name);
  Proof NoCloserMatch(const Name& name, int labels);
  Proof NoCut(const Name& name);

 private:
  struct Record {
    NameHash owner;
    NameHash next;
    bool opts_out = false;
    TypeBits types;
  };
  /// RFC 5155, 8.3: an ancestor that is there, and that the next name towards the one asked for is
  /// not.
  struct Enclosed {
    Proof proof = Proof::kNone;  ///< kProven, kOptOut: enclosed
    Name encloser;
  };

  /// Why nothing can be computed; kProven: it can.
  Proof Usable() const;
  std::optional<NameHash> Hash(const Name& name);
  const Record* Matching(const Name& name);
  const Record* Covering(const Name& name);
  Enclosed Enclose(const Name& name);
  /// `found`, unless hashing had to stop.
  Proof Unless(Proof found) const;

  Name zone_;
  unsigned* hashes_;
  bool is_exhausted_ = false;
  unsigned iterations_ = 0;
  std::string salt_;
  std::vector<Record> records_;
};

}  // namespace gaikei::io::dnssec
