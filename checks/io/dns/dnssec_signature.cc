#include "checks/io/dns/dnssec_signature.h"

#include <fmt/format.h>
#include <openssl/err.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

namespace gaikei::io::dnssec {
namespace {

constexpr std::size_t kRecordsPerVerification = 32;

struct Signature {
  std::uint16_t type = 0;
  std::uint8_t algorithm = 0;
  int labels = 0;
  std::uint32_t expiration = 0;
  std::uint32_t inception = 0;
  std::uint16_t tag = 0;
  std::optional<Name> signer;
};

Signature ReadSignature(const ldns_rr* record) {
  return {.type = ldns_rdf2native_int16(ldns_rr_rrsig_typecovered(record)),
          .algorithm = ldns_rdf2native_int8(ldns_rr_rrsig_algorithm(record)),
          .labels = ldns_rdf2native_int8(ldns_rr_rrsig_labels(record)),
          .expiration = ldns_rdf2native_int32(ldns_rr_rrsig_expiration(record)),
          .inception = ldns_rdf2native_int32(ldns_rr_rrsig_inception(record)),
          .tag = ldns_rdf2native_int16(ldns_rr_rrsig_keytag(record)),
          .signer = Name::From(ldns_rr_rrsig_signame(record))};
}

/// RFC 1982: b - a as a signed number.
std::int32_t Difference(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::int32_t>(b - a);
}

/// RFC 4034, 3.1.3: the wildcard's own label does not count.
int CountedLabels(const Name& owner) { return owner.labels() - (owner.is_wildcard() ? 1 : 0); }

bool MaySign(const Name& signer, const RrSet& set) {
  if (set.type == LDNS_RR_TYPE_DS && !set.owner.is_root()) return set.owner.IsBelow(signer);
  return set.owner.IsWithin(signer);
}

/// Which of several failures is told: the one that is nearest to a good signature.
int Weight(const std::string& name) {
  static const std::vector<std::string> kOrder = {
      failure::kNoSignature,          failure::kUnsupportedAlgorithm, failure::kNoKey,
      failure::kSignatureNotYetValid, failure::kSignatureExpired,     failure::kBadSignature,
      failure::kLimitExceeded};
  return static_cast<int>(std::find(kOrder.begin(), kOrder.end(), name) - kOrder.begin());
}

/// An RRSIG over the set as ldns wants it; the records stay the message's.
bool IsGood(const RrSet& set, const ldns_rr* signature, const ldns_rr* key, std::uint32_t within) {
  const std::unique_ptr<ldns_rr_list, void (*)(ldns_rr_list*)> records(ldns_rr_list_new(),
                                                                       ldns_rr_list_free);
  // ldns takes records that are not const, and works on copies of them.
  for (const ldns_rr* record : set.records) {
    if (!ldns_rr_list_push_rr(records.get(), const_cast<ldns_rr*>(record))) return false;
  }
  // Time is judged by us: ldns gets one that is within the signature's.
  const ldns_status status = ldns_verify_rrsig_time(records.get(), const_cast<ldns_rr*>(signature),
                                                    const_cast<ldns_rr*>(key), within);
  ERR_clear_error();
  return status == LDNS_STATUS_OK;
}

}  // namespace

/// One signature and what came of it.
struct SignatureChecker::Attempt {
  std::string failure;  ///< empty: it is good
  std::string message;
  int labels = 0;
  std::uint16_t tag = 0;
};

std::optional<Name> SignerOf(const RrSet& set) {
  std::optional<Name> closest;
  unsigned looked_at = 0;
  for (const ldns_rr* record : set.signatures) {
    if (++looked_at > kMaxSignatures) break;
    const auto signer = Name::From(ldns_rr_rrsig_signame(record));
    if (!signer || !MaySign(*signer, set)) continue;
    if (!closest || signer->labels() > closest->labels()) closest = signer;
  }
  return closest;
}

SignatureChecker::SignatureChecker(WallTime now)
    : wall_(std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count()) {
  now_ = static_cast<std::uint32_t>(wall_);
}

bool SignatureChecker::Spend(std::size_t records) {
  const std::size_t cost = 1 + records / kRecordsPerVerification;
  if (cost > left_) return false;
  left_ -= static_cast<unsigned>(cost);
  return true;
}

Checked SignatureChecker::Check(const RrSet& set, const Name& zone, const std::vector<Key>& keys) {
  Attempt worst{
      .failure = failure::kNoSignature,
      .message = fmt::format("{} has no signature, but {} is signed", set.Text(), zone.Text())};
  unsigned looked_at = 0;
  for (const ldns_rr* signature : set.signatures) {
    if (++looked_at > kMaxSignatures) break;
    Attempt attempt = Try(set, signature, zone, keys);
    if (attempt.failure.empty()) {
      return {.finding = {},
              .labels = attempt.labels,
              .is_wildcard = attempt.labels < CountedLabels(set.owner),
              .tag = attempt.tag};
    }
    if (Weight(attempt.failure) > Weight(worst.failure)) worst = std::move(attempt);
  }
  return {.finding = Finding{.status = Status::kBogus,
                             .failure = worst.failure,
                             .zone = zone,
                             .message = worst.message}};
}

SignatureChecker::Attempt SignatureChecker::Try(const RrSet& set, const ldns_rr* signature,
                                                const Name& zone, const std::vector<Key>& keys) {
  const Signature read = ReadSignature(signature);
  const std::string who =
      fmt::format("{}: the signature by key {} of {}", set.Text(),
                  KeyText(read.tag, read.algorithm), read.signer ? read.signer->Text() : "nobody");
  const auto when = [&](std::uint32_t time) {
    const auto seconds = std::chrono::seconds(wall_ + Difference(now_, time));
    return FormatRfc3339(WallTime(seconds)).substr(0, 19) + "Z";
  };
  if (!read.signer || *read.signer != zone || !MaySign(zone, set)) {
    return {.failure = failure::kBadSignature,
            .message = fmt::format("{} is not by its zone, {}", who, zone.Text())};
  }
  if (read.labels > CountedLabels(set.owner)) {
    return {.failure = failure::kBadSignature,
            .message = fmt::format("{} is over a longer name", who)};
  }
  if (!IsSupportedAlgorithm(read.algorithm)) {
    return {.failure = failure::kUnsupportedAlgorithm,
            .message = fmt::format("{} is of an algorithm that is not supported", who)};
  }
  // RFC 4034, 3.1.5, RFC 1982.
  if (Difference(read.expiration, now_) > 0) {
    return {.failure = failure::kSignatureExpired,
            .message = fmt::format("{} expired {}", who, when(read.expiration))};
  }
  if (Difference(read.inception, now_) < 0) {
    return {.failure = failure::kSignatureNotYetValid,
            .message = fmt::format("{} is valid from {} on", who, when(read.inception))};
  }
  Attempt attempt = Verify(set, signature, who, keys);
  attempt.labels = read.labels;
  attempt.tag = read.tag;
  return attempt;
}

SignatureChecker::Attempt SignatureChecker::Verify(const RrSet& set, const ldns_rr* signature,
                                                   const std::string& who,
                                                   const std::vector<Key>& keys) {
  const Signature read = ReadSignature(signature);
  unsigned tried = 0;
  for (const Key& key : keys) {
    if (key.tag != read.tag || key.algorithm != read.algorithm) continue;
    if (++tried > kMaxKeysPerSignature) break;
    if (!Spend(set.records.size())) {
      return {.failure = failure::kLimitExceeded,
              .message = fmt::format("{}: more than {} signatures had to be tried", set.Text(),
                                     kMaxVerifications)};
    }
    if (IsGood(set, signature, key.record, read.inception)) return {};
  }
  if (tried == 0) {
    return {.failure = failure::kNoKey,
            .message = fmt::format("{} has no key: the zone does not publish it", who)};
  }
  return {.failure = failure::kBadSignature, .message = fmt::format("{} is wrong", who)};
}

}  // namespace gaikei::io::dnssec
