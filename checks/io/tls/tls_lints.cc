#include "checks/io/tls/tls_lints.h"

#include <fmt/core.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "checks/io/tls/certificate.h"
#include "results/text.h"

namespace gaikei::io {
namespace {

using std::chrono::duration_cast;
using std::chrono::hours;
using std::chrono::seconds;

/// Collects lints; the first of a name stays.
class Lints {
 public:
  void Add(std::string name, std::string detail) {
    const auto is_same = [&](const TlsLint& lint) { return lint.name == name; };
    if (std::any_of(all_.begin(), all_.end(), is_same)) return;
    all_.push_back({std::move(name), std::move(detail)});
  }
  std::vector<TlsLint> Take() { return std::move(all_); }

 private:
  std::vector<TlsLint> all_;
};

bool IsSelfIssued(X509* certificate) {
  return X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0;
}

bool IsSame(X509* one, X509* other) { return one == other || X509_cmp(one, other) == 0; }

bool IsAmong(const std::vector<X509*>& all, X509* one) {
  return std::any_of(all.begin(), all.end(), [one](X509* other) { return IsSame(one, other); });
}

std::string WhichOne(X509* certificate, std::size_t place) {
  if (place == 0) return "certificate";
  return fmt::format("certificate {} of the chain ({})", place + 1,
                     NameText(X509_get_subject_name(certificate)));
}

// --- one certificate

void LintKey(X509* certificate, std::size_t place, Lints& lints) {
  EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (key == nullptr) return;
  const int type = EVP_PKEY_get_base_id(key);
  const int bits = EVP_PKEY_get_bits(key);
  const std::string which = WhichOne(certificate, place);
  if (type == EVP_PKEY_DSA) lints.Add("weak_key", which + " has a DSA key");
  if (type == EVP_PKEY_EC && bits < 224) {
    lints.Add("weak_key", fmt::format("{} has an EC key of {} bits", which, bits));
  }
  if ((type == EVP_PKEY_RSA || type == EVP_PKEY_RSA_PSS) && bits < 2048) {
    lints.Add("weak_key", fmt::format("{} has an RSA key of {} bits", which, bits));
  }
}

void LintSignature(X509* certificate, std::size_t place, Lints& lints) {
  // Nobody relies on the signature of a root.
  if (place > 0 && IsSelfIssued(certificate)) return;
  int digest = NID_undef;
  if (X509_get_signature_info(certificate, &digest, nullptr, nullptr, nullptr) != 1) return;
  if (digest == NID_sha1 || digest == NID_md5 || digest == NID_md4 || digest == NID_md2) {
    lints.Add("sha1_signature", fmt::format("{} is signed with {}", WhichOne(certificate, place),
                                            OBJ_nid2sn(digest)));
  }
}

/// RFC 5280, 4.1.2.2.
void LintSerial(X509* certificate, std::size_t place, Lints& lints) {
  if (place > 0 && IsSelfIssued(certificate)) return;
  const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate);
  const unsigned char* bytes = ASN1_STRING_get0_data(serial);
  const int size = ASN1_STRING_length(serial);
  const bool is_negative = (ASN1_STRING_type(serial) & V_ASN1_NEG) != 0;
  const bool is_zero = std::all_of(bytes, bytes + size, [](unsigned char b) { return b == 0; });
  if (!is_negative && !is_zero) return;
  lints.Add("bad_serial",
            fmt::format("{} has a serial number that is {}", WhichOne(certificate, place),
                        is_negative ? "negative" : "zero"));
}

/// A certificate of 90 days is renewed at 30; one of 6 days has to do with less than 14.
void LintExpiry(X509* certificate, std::size_t place, WallTime now, Lints& lints) {
  const auto end = duration_cast<seconds>(TimeOf(X509_get0_notAfter(certificate)) - WallTime{});
  const auto begin = duration_cast<seconds>(TimeOf(X509_get0_notBefore(certificate)) - WallTime{});
  const seconds left = end - duration_cast<seconds>(now - WallTime{});
  const seconds least = std::min<seconds>(hours(14 * 24), (end - begin) / 3);
  if (left <= seconds(0) || left >= least) return;  // what has expired is the verdict's
  const auto left_hours = duration_cast<hours>(left).count();
  const std::string text = left_hours >= 48 ? fmt::format("{} days", left_hours / 24)
                                            : fmt::format("{} hours", left_hours);
  lints.Add("expires_soon", fmt::format("{} expires in {}", WhichOne(certificate, place), text));
}

void LintNames(const ChainFacts& facts, Lints& lints) {
  if (facts.has_names) return;
  X509* leaf = facts.presented.front();
  if (X509_check_host(leaf, facts.name.c_str(), facts.name.size(),
                      X509_CHECK_FLAG_ALWAYS_CHECK_SUBJECT, nullptr) == 1) {
    lints.Add("cn_only", fmt::format("{} stands in the common name alone, where nobody looks",
                                     Escape(facts.name)));
  } else {
    lints.Add("no_san", "certificate has no subjectAltName");
  }
}

void LintPurpose(X509* leaf, Lints& lints) {
  if ((X509_get_extension_flags(leaf) & EXFLAG_XKUSAGE) == 0) return;  // any purpose
  if ((X509_get_extended_key_usage(leaf) & XKU_SSL_SERVER) != 0) return;
  lints.Add("no_server_auth", "extendedKeyUsage of the certificate does not say serverAuth");
}

// --- how they hang together

/// Where the issuer of one of the presented certificates is among them, behind it if possible.
std::optional<std::size_t> IssuerOf(const std::vector<X509*>& presented, std::size_t place) {
  std::optional<std::size_t> before;
  for (std::size_t i = 0; i < presented.size(); ++i) {
    if (i == place || X509_check_issued(presented[i], presented[place]) != X509_V_OK) continue;
    if (i > place) return i;
    if (!before) before = i;
  }
  return before;
}

/// An authority comes first, and something that is none behind it.
bool IsAuthorityFirst(const std::vector<X509*>& presented) {
  const auto is_leaf = [](X509* one) { return X509_check_ca(one) == 0; };
  return !is_leaf(presented.front()) &&
         std::any_of(presented.begin() + 1, presented.end(), is_leaf);
}

/// RFC 5246, 7.4.2 and RFC 8446, 4.4.2: each certifies the one before it.
void LintOrder(const std::vector<X509*>& presented, Lints& lints) {
  std::size_t place = 0;
  for (std::size_t steps = 0; steps < presented.size(); ++steps) {
    if (IsSelfIssued(presented[place])) break;
    const std::optional<std::size_t> next = IssuerOf(presented, place);
    if (!next) break;
    if (*next < place) {
      lints.Add("chain_out_of_order",
                fmt::format("{} was sent after its issuer", WhichOne(presented[place], place)));
      return;
    }
    place = *next;
  }
}

void LintCompleteness(const ChainFacts& facts, Lints& lints) {
  for (X509* one : facts.path) {
    if (IsSelfIssued(one) || IsAmong(facts.presented, one)) continue;
    lints.Add("incomplete_chain", fmt::format("{} was not sent, and is known here by chance",
                                              NameText(X509_get_subject_name(one))));
  }
  X509* leaf = facts.presented.front();
  if (facts.path.empty() && !IsSelfIssued(leaf) && !IssuerOf(facts.presented, 0)) {
    lints.Add("incomplete_chain",
              fmt::format("issuer {} was not sent", NameText(X509_get_issuer_name(leaf))));
  }
}

constexpr std::array<std::string_view, 14> kNames = {"no_san",
                                                     "cn_only",
                                                     "weak_key",
                                                     "sha1_signature",
                                                     "bad_serial",
                                                     "no_server_auth",
                                                     "chain_out_of_order",
                                                     "incomplete_chain",
                                                     "expires_soon",
                                                     "legacy_version",
                                                     "weak_cipher",
                                                     "no_forward_secrecy",
                                                     "must_staple_missing",
                                                     "ocsp_invalid"};

}  // namespace

std::span<const std::string_view> AllTlsLints() { return kNames; }

std::vector<TlsLint> LintChain(const ChainFacts& facts) {
  Lints lints;
  if (IsAuthorityFirst(facts.presented)) {
    // What is looked at as the server's own certificate is another one's.
    lints.Add("chain_out_of_order", "a certificate authority was sent before the certificate");
  } else {
    LintNames(facts, lints);
    LintPurpose(facts.presented.front(), lints);
  }
  for (std::size_t i = 0; i < facts.presented.size(); ++i) {
    LintKey(facts.presented[i], i, lints);
    LintSignature(facts.presented[i], i, lints);
    LintSerial(facts.presented[i], i, lints);
  }
  LintOrder(facts.presented, lints);
  LintCompleteness(facts, lints);
  const std::vector<X509*>& judged = facts.path.empty() ? facts.presented : facts.path;
  for (std::size_t i = 0; i < judged.size(); ++i) LintExpiry(judged[i], i, facts.now, lints);
  return lints.Take();
}

std::vector<TlsLint> LintConnection(const std::string& version, const SSL_CIPHER* cipher) {
  Lints lints;
  if (version == "SSLv3" || version == "TLSv1" || version == "TLSv1.1") {
    lints.Add("legacy_version", version + " (RFC 8996 and RFC 7568 forbid it)");
  }
  if (cipher == nullptr) return lints.Take();
  const std::string name = SSL_CIPHER_get_name(cipher);
  if (SSL_CIPHER_get_bits(cipher, nullptr) < 128 || name.find("RC4") != std::string::npos ||
      SSL_CIPHER_get_digest_nid(cipher) == NID_md5) {
    lints.Add("weak_cipher", name);
  }
  if (SSL_CIPHER_get_kx_nid(cipher) == NID_kx_rsa) {
    lints.Add("no_forward_secrecy", name + ": whoever gets the key reads what was recorded before");
  }
  return lints.Take();
}

std::vector<TlsLint> LintStaple(X509* leaf, const std::optional<OcspFinding>& finding) {
  Lints lints;
  if (!finding && IsStapleDemanded(leaf)) {
    lints.Add("must_staple_missing",
              "certificate demands a stapled OCSP response (RFC 7633), and there is none");
  }
  if (finding && finding->status == "invalid") {
    lints.Add("ocsp_invalid", "stapled OCSP response: " + finding->detail);
  }
  return lints.Take();
}

}  // namespace gaikei::io
