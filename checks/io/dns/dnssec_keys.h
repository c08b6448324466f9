#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checks/io/dns/dnssec_message.h"
#include "checks/io/dns/dnssec_name.h"
#include "checks/io/dns/ldns.h"

namespace gaikei::io::dnssec {

/// Algorithms whose signatures are checked (RFC 8624, 3.1): RSA with SHA-1, -256 and -512, ECDSA,
/// Ed25519 and Ed448.
bool IsSupportedAlgorithm(std::uint8_t algorithm);
/// "RSASHA256", "algorithm 200".
std::string AlgorithmText(std::uint8_t algorithm);
/// "12345 (RSASHA256)".
std::string KeyText(std::uint16_t tag, std::uint8_t algorithm);

/// The fingerprint of a key (RFC 4034, 5.1).
struct Ds {
  std::uint16_t tag = 0;
  std::uint8_t algorithm = 0;
  std::uint8_t digest_type = 0;
  std::string digest;  ///< raw
};

/// Absent for a record that is no whole DS.
std::optional<Ds> ReadDs(const ldns_rr* record);
/// The DS with SHA-256 of a DNSKEY record; absent when it is no whole one.
std::optional<Ds> DsOf(const Name& owner, const ldns_rr* key);
/// Those of a supported algorithm and digest (SHA-1, SHA-256, SHA-384); without SHA-1 where a
/// better digest is there (RFC 4509, 3). Empty: the zone counts as unsigned (RFC 4035, 5.2).
std::vector<Ds> UsableDs(const std::vector<Ds>& all);

struct Key {
  const ldns_rr* record = nullptr;
  std::uint16_t tag = 0;
  std::uint8_t algorithm = 0;
};

bool Matches(const Ds& ds, const Name& owner, const Key& key);

/// The keys of a zone that may sign: zone keys (RFC 4034, 2.1.1), not revoked (RFC 5011), of a
/// supported algorithm; RSA keys of at most 4096 bits and an exponent of at most 64 bits, as the
/// work to verify with larger ones grows without need.
std::vector<Key> UsableKeys(const RrSet& dnskeys);

/// A zone whose keys are trusted.
struct ZoneKeys {
  Name zone;
  std::shared_ptr<const Message> message;  ///< that the records are of
  std::vector<Key> keys;
};

}  // namespace gaikei::io::dnssec
