#include "checks/io/dns/dnssec_nsec3.h"

#include <openssl/evp.h>

#include <algorithm>
#include <string_view>

namespace gaikei::io::dnssec {
namespace {

constexpr std::uint8_t kHashSha1 = 1;
constexpr std::uint8_t kOptOutFlag = 1;

/// What follows a byte of length (salt, next owner).
std::optional<std::string_view> Counted(const ldns_rdf* field) {
  const std::string_view bytes = Bytes(field);
  if (bytes.empty() || bytes.size() != 1U + static_cast<unsigned char>(bytes[0])) {
    return std::nullopt;
  }
  return bytes.substr(1);
}

int Base32Hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'v' ? c - 'a' + 10 : -1;
}

}  // namespace

NameHash HashName(const Name& name, const std::string& salt, unsigned iterations) {
  NameHash hash{};
  std::string data = name.wire() + salt;
  for (unsigned i = 0; i <= iterations; ++i) {
    EVP_Digest(data.data(), data.size(), hash.data(), nullptr, EVP_sha1(), nullptr);
    data.assign(hash.begin(), hash.end());
    data += salt;
  }
  return hash;
}

std::optional<NameHash> ParseHash(std::string_view label) {
  NameHash hash{};
  if (label.size() != hash.size() * 8 / 5) return std::nullopt;
  std::uint32_t bits = 0;
  int have = 0;
  std::size_t at = 0;
  for (const char c : label) {
    const int digit = Base32Hex(c);
    if (digit < 0) return std::nullopt;
    bits = (bits << 5 | static_cast<std::uint32_t>(digit)) & 0xffff;
    have += 5;
    if (have >= 8) {
      have -= 8;
      hash[at++] = static_cast<std::uint8_t>(bits >> have);
    }
  }
  return hash;
}

void Nsec3Chain::Add(const Name& owner, const ldns_rr* record) {
  const auto hash = ParseHash(owner.FirstLabel());
  const auto salt = Counted(ldns_rr_rdf(record, 3));
  const auto next = Counted(ldns_rr_rdf(record, 4));
  const std::uint8_t flags = ldns_rdf2native_int8(ldns_rr_rdf(record, 1));
  if (!hash || !salt || !next || next->size() != hash->size() || owner.is_root() ||
      owner.Parent() != zone_ || ldns_rdf2native_int8(ldns_rr_rdf(record, 0)) != kHashSha1 ||
      (flags & ~kOptOutFlag) != 0) {
    return;
  }
  const unsigned iterations = ldns_rdf2native_int16(ldns_rr_rdf(record, 2));
  if (records_.empty()) {
    iterations_ = iterations;
    salt_ = *salt;
  } else if (iterations != iterations_ || *salt != salt_) {
    return;
  }
  const ldns_rdf* bitmap = ldns_rr_rd_count(record) > 5 ? ldns_rr_rdf(record, 5) : nullptr;
  Record added{.owner = *hash,
               .next = {},
               .opts_out = (flags & kOptOutFlag) != 0,
               .types = TypeBits(bitmap)};
  std::copy(next->begin(), next->end(), added.next.begin());
  records_.push_back(added);
}

Proof Nsec3Chain::Usable() const {
  if (records_.empty()) return Proof::kNone;
  return iterations_ > kMaxIterations ? Proof::kTooManyIterations : Proof::kProven;
}

Proof Nsec3Chain::Unless(Proof found) const { return is_exhausted_ ? Proof::kLimit : found; }

std::optional<NameHash> Nsec3Chain::Hash(const Name& name) {
  if (*hashes_ == 0) {
    is_exhausted_ = true;
    return std::nullopt;
  }
  --*hashes_;
  return HashName(name, salt_, iterations_);
}

const Nsec3Chain::Record* Nsec3Chain::Matching(const Name& name) {
  const auto hash = Hash(name);
  if (!hash) return nullptr;
  const auto found = std::find_if(records_.begin(), records_.end(),
                                  [&](const Record& record) { return record.owner == *hash; });
  return found == records_.end() ? nullptr : &*found;
}

const Nsec3Chain::Record* Nsec3Chain::Covering(const Name& name) {
  const auto hash = Hash(name);
  if (!hash) return nullptr;
  for (const Record& record : records_) {
    const bool is_after = *hash > record.owner;
    const bool is_before = *hash < record.next;
    // The last of the chain points to the first.
    const bool is_last = record.next <= record.owner;
    if (*hash != record.owner && (is_last ? is_after || is_before : is_after && is_before)) {
      return &record;
    }
  }
  return nullptr;
}

Nsec3Chain::Enclosed Nsec3Chain::Enclose(const Name& name) {
  for (int labels = name.labels() - 1; labels >= zone_.labels() && !is_exhausted_; --labels) {
    const Name encloser = name.Last(labels);
    const Record* match = Matching(encloser);
    if (match == nullptr) continue;
    if (match->types.HidesBelow()) return {};
    const Record* covering = Covering(name.Last(labels + 1));
    if (covering == nullptr) return {};
    return {.proof = covering->opts_out ? Proof::kOptOut : Proof::kProven, .encloser = encloser};
  }
  return {};
}

Proof Nsec3Chain::NoData(const Name& name, std::uint16_t type) {
  if (const Proof usable = Usable(); usable != Proof::kProven) return usable;
  if (const Record* match = Matching(name)) {
    return match->types.Denies(name, type) ? Proof::kProven : Proof::kNone;
  }
  const Enclosed enclosed = Enclose(name);
  if (enclosed.proof == Proof::kNone) return Unless(Proof::kNone);
  if (const auto wildcard = enclosed.encloser.Wildcard()) {
    if (const Record* match = Matching(*wildcard)) {
      return Unless(match->types.Denies(*wildcard, type) ? enclosed.proof : Proof::kNone);
    }
  }
  // RFC 5155, 8.6; also an empty non-terminal above unsigned delegations alone.
  return Unless(enclosed.proof == Proof::kOptOut ? Proof::kOptOut : Proof::kNone);
}

Proof Nsec3Chain::NoName(const Name& name) {
  if (const Proof usable = Usable(); usable != Proof::kProven) return usable;
  const Enclosed enclosed = Enclose(name);
  if (enclosed.proof == Proof::kNone) return Unless(Proof::kNone);
  const auto wildcard = enclosed.encloser.Wildcard();
  const bool is_proven = !wildcard || Covering(*wildcard) != nullptr;
  return Unless(is_proven ? enclosed.proof : Proof::kNone);
}

Proof Nsec3Chain::NoCloserMatch(const Name& name, int labels) {
  if (const Proof usable = Usable(); usable != Proof::kProven) return usable;
  const Record* covering = Covering(name.Last(labels + 1));
  if (covering == nullptr) return Unless(Proof::kNone);
  return covering->opts_out ? Proof::kOptOut : Proof::kProven;
}

Proof Nsec3Chain::NoCut(const Name& name) {
  if (const Proof usable = Usable(); usable != Proof::kProven) return usable;
  if (const Record* match = Matching(name)) return match->types.Cut(name);
  return Unless(Enclose(name).proof);
}

}  // namespace gaikei::io::dnssec
