#include "checks/io/dns/dnssec_keys.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <string_view>

namespace gaikei::io::dnssec {
namespace {

constexpr std::uint8_t kDigestSha1 = 1;
constexpr std::uint16_t kZoneKey = 0x0100;
constexpr std::uint16_t kRevoked = 0x0080;
constexpr std::uint8_t kProtocol = 3;
constexpr std::size_t kMaxModulus = 4096 / 8;
constexpr std::size_t kMaxExponent = 64 / 8;

const EVP_MD* Digest(std::uint8_t type) {
  switch (type) {
    case kDigestSha1:
      return EVP_sha1();
    case 2:
      return EVP_sha256();
    case 4:
      return EVP_sha384();
    default:
      return nullptr;
  }
}

/// RFC 4034, 5.1.4: over the owner's name and the record's data.
std::string KeyDigest(std::uint8_t type, const Name& owner, const ldns_rr* key) {
  std::string data = owner.wire();
  for (std::size_t i = 0; i < ldns_rr_rd_count(key); ++i) data += Bytes(ldns_rr_rdf(key, i));
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  const EVP_MD* method = Digest(type);
  if (method == nullptr ||
      EVP_Digest(data.data(), data.size(), digest, &size, method, nullptr) != 1) {
    return {};
  }
  return {reinterpret_cast<const char*>(digest), size};
}

bool IsRsa(std::uint8_t algorithm) { return algorithm <= 10; }  // of the supported ones

/// RFC 3110, 2.
bool IsModestRsa(std::string_view key) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(key[at]); };
  if (key.empty()) return false;
  std::size_t begin = 1;
  std::size_t exponent = byte(0);
  if (exponent == 0) {
    if (key.size() < 3) return false;
    begin = 3;
    exponent = byte(1) * std::size_t{256} + byte(2);
  }
  return exponent > 0 && exponent <= kMaxExponent && key.size() > begin + exponent &&
         key.size() - begin - exponent <= kMaxModulus;
}

bool IsDnskey(const ldns_rr* record) {
  return ldns_rr_get_type(record) == LDNS_RR_TYPE_DNSKEY && ldns_rr_rd_count(record) == 4;
}

}  // namespace

bool IsSupportedAlgorithm(std::uint8_t algorithm) {
  switch (algorithm) {
    case LDNS_RSASHA1:
    case LDNS_RSASHA1_NSEC3:
    case LDNS_RSASHA256:
    case LDNS_RSASHA512:
    case LDNS_ECDSAP256SHA256:
    case LDNS_ECDSAP384SHA384:
    case LDNS_ED25519:
    case LDNS_ED448:
      return true;
    default:
      return false;
  }
}

std::string AlgorithmText(std::uint8_t algorithm) {
  const ldns_lookup_table* known = ldns_lookup_by_id(ldns_algorithms, algorithm);
  return known != nullptr ? known->name : fmt::format("algorithm {}", algorithm);
}

std::string KeyText(std::uint16_t tag, std::uint8_t algorithm) {
  return fmt::format("{} ({})", tag, AlgorithmText(algorithm));
}

std::optional<Ds> ReadDs(const ldns_rr* record) {
  if (ldns_rr_get_type(record) != LDNS_RR_TYPE_DS || ldns_rr_rd_count(record) != 4) {
    return std::nullopt;
  }
  return Ds{.tag = ldns_rdf2native_int16(ldns_rr_rdf(record, 0)),
            .algorithm = ldns_rdf2native_int8(ldns_rr_rdf(record, 1)),
            .digest_type = ldns_rdf2native_int8(ldns_rr_rdf(record, 2)),
            .digest = std::string(Bytes(ldns_rr_rdf(record, 3)))};
}

std::optional<Ds> DsOf(const Name& owner, const ldns_rr* key) {
  if (!IsDnskey(key)) return std::nullopt;
  return Ds{.tag = ldns_calc_keytag(key),
            .algorithm = ldns_rdf2native_int8(ldns_rr_dnskey_algorithm(key)),
            .digest_type = 2,
            .digest = KeyDigest(2, owner, key)};
}

std::vector<Ds> UsableDs(const std::vector<Ds>& all) {
  std::vector<Ds> usable;
  std::copy_if(all.begin(), all.end(), std::back_inserter(usable), [](const Ds& ds) {
    return IsSupportedAlgorithm(ds.algorithm) && Digest(ds.digest_type) != nullptr;
  });
  const auto is_weak = [](const Ds& ds) { return ds.digest_type == kDigestSha1; };
  if (!std::all_of(usable.begin(), usable.end(), is_weak)) std::erase_if(usable, is_weak);
  return usable;
}

bool Matches(const Ds& ds, const Name& owner, const Key& key) {
  return ds.tag == key.tag && ds.algorithm == key.algorithm && !ds.digest.empty() &&
         ds.digest == KeyDigest(ds.digest_type, owner, key.record);
}

std::vector<Key> UsableKeys(const RrSet& dnskeys) {
  std::vector<Key> keys;
  for (const ldns_rr* record : dnskeys.records) {
    if (!IsDnskey(record)) continue;
    const std::uint16_t flags = ldns_rdf2native_int16(ldns_rr_dnskey_flags(record));
    const std::uint8_t algorithm = ldns_rdf2native_int8(ldns_rr_dnskey_algorithm(record));
    if ((flags & kZoneKey) == 0 || (flags & kRevoked) != 0 || !IsSupportedAlgorithm(algorithm) ||
        ldns_rdf2native_int8(ldns_rr_dnskey_protocol(record)) != kProtocol) {
      continue;
    }
    if (IsRsa(algorithm) && !IsModestRsa(Bytes(ldns_rr_dnskey_key(record)))) continue;
    keys.push_back({.record = record, .tag = ldns_calc_keytag(record), .algorithm = algorithm});
  }
  return keys;
}

}  // namespace gaikei::io::dnssec
