#include "checks/io/tls/ocsp.h"

#include <fmt/core.h>
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <chrono>
#include <memory>

#include "checks/io/tls/certificate.h"
#include "checks/io/tls/deleter.h"

namespace gaikei::io {
namespace {

constexpr std::chrono::minutes kSkewAllowed{5};
constexpr int kAnswersRead = 64;
constexpr std::chrono::hours kOldest{24 * 36525};

using Response = std::unique_ptr<OCSP_RESPONSE, Deleter<OCSP_RESPONSE_free>>;
using BasicResponse = std::unique_ptr<OCSP_BASICRESP, Deleter<OCSP_BASICRESP_free>>;
using CertId = std::unique_ptr<OCSP_CERTID, Deleter<OCSP_CERTID_free>>;
/// Does not own what it holds.
using Borrowed =
    std::unique_ptr<STACK_OF(X509), decltype([](STACK_OF(X509) * all) { sk_X509_free(all); })>;

OcspFinding Invalid(std::string why) { return {.status = "invalid", .detail = std::move(why)}; }

bool IsResponderOf(X509* signer, X509* issuer, WallTime now) {
  if (X509_cmp(signer, issuer) == 0) return true;
  const bool may_sign = (X509_get_extension_flags(signer) & EXFLAG_XKUSAGE) != 0 &&
                        (X509_get_extended_key_usage(signer) & XKU_OCSP_SIGN) != 0;
  return may_sign && X509_check_issued(issuer, signer) == X509_V_OK &&
         X509_verify(signer, X509_get0_pubkey(issuer)) == 1 &&
         TimeOf(X509_get0_notBefore(signer)) <= now && now < TimeOf(X509_get0_notAfter(signer));
}

/// Empty when it is signed by somebody who may.
std::string WhyNotBelieved(OCSP_BASICRESP* basic, X509* issuer, WallTime now) {
  const Borrowed known(sk_X509_new_null());
  if (!known || sk_X509_push(known.get(), issuer) == 0) return "no memory";
  X509* signer = nullptr;
  if (OCSP_resp_get0_signer(basic, &signer, known.get()) != 1 || signer == nullptr) {
    return "the certificate of its signer is not known";
  }
  if (!IsResponderOf(signer, issuer, now)) {
    return fmt::format("signed by {}, who may not", NameText(X509_get_subject_name(signer)));
  }
  // So that it is this signer whose key is tried.
  sk_X509_set(known.get(), 0, signer);
  return OCSP_basic_verify(basic, known.get(), nullptr, OCSP_NOVERIFY) == 1
             ? ""
             : "its signature is wrong";
}

/// The answer about `leaf`; null: there is none.
OCSP_SINGLERESP* AnswerFor(OCSP_BASICRESP* basic, X509* leaf, X509* issuer) {
  const int count = std::min(OCSP_resp_count(basic), kAnswersRead);
  for (int i = 0; i < count; ++i) {
    OCSP_SINGLERESP* single = OCSP_resp_get0(basic, i);
    auto* id = const_cast<OCSP_CERTID*>(OCSP_SINGLERESP_get0_id(single));
    ASN1_OBJECT* digest = nullptr;
    if (OCSP_id_get0_info(nullptr, &digest, nullptr, nullptr, id) != 1) continue;
    const EVP_MD* kind = EVP_get_digestbyobj(digest);
    const CertId wanted(kind == nullptr ? nullptr : OCSP_cert_to_id(kind, leaf, issuer));
    if (wanted && OCSP_id_cmp(wanted.get(), id) == 0) return single;
  }
  return nullptr;
}

OcspFinding Judge(OCSP_SINGLERESP* single, WallTime now) {
  int reason = -1;
  ASN1_GENERALIZEDTIME* revoked_at = nullptr;
  ASN1_GENERALIZEDTIME* begin = nullptr;
  ASN1_GENERALIZEDTIME* end = nullptr;
  const int status = OCSP_single_get0_status(single, &reason, &revoked_at, &begin, &end);
  if (begin == nullptr) return Invalid("it has no date");
  OcspFinding finding;
  // In seconds, which do not overflow whatever dates somebody writes.
  const auto age =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()) -
      std::chrono::duration_cast<std::chrono::seconds>(TimeOf(begin).time_since_epoch());
  finding.age = std::clamp<std::chrono::seconds>(age, -kOldest, kOldest);
  if (*finding.age < -kSkewAllowed) {
    finding.status = "invalid";
    finding.detail = "it is from the future";
  } else if (end != nullptr && now >= TimeOf(end)) {
    finding.status = "invalid";
    finding.detail = fmt::format("it is out of date since {}", FormatRfc3339(TimeOf(end)));
  } else if (status == V_OCSP_CERTSTATUS_GOOD) {
    finding.status = "good";
  } else if (status == V_OCSP_CERTSTATUS_REVOKED) {
    finding.status = "revoked";
    finding.detail = revoked_at == nullptr ? "certificate was revoked"
                                           : fmt::format("certificate was revoked at {}",
                                                         FormatRfc3339(TimeOf(revoked_at)));
    if (reason >= 0) finding.detail += fmt::format(" ({})", OCSP_crl_reason_str(reason));
  } else {
    finding.status = "unknown";
  }
  return finding;
}

OcspFinding Read(std::span<const unsigned char> bytes, X509* leaf, X509* issuer, WallTime now) {
  const unsigned char* at = bytes.data();
  const Response response(d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(bytes.size())));
  if (!response) return Invalid("it cannot be read");
  if (const int status = OCSP_response_status(response.get());
      status != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
    return Invalid(fmt::format("the responder failed: {}", OCSP_response_status_str(status)));
  }
  const BasicResponse basic(OCSP_response_get1_basic(response.get()));
  if (!basic) return Invalid("it cannot be read");
  if (issuer == nullptr) return Invalid("the issuer of the certificate is not known");
  OCSP_SINGLERESP* single = AnswerFor(basic.get(), leaf, issuer);
  if (single == nullptr) return Invalid("it is about another certificate");
  OcspFinding finding = Judge(single, now);
  if (std::string why = WhyNotBelieved(basic.get(), issuer, now); !why.empty()) {
    finding.status = "invalid";
    finding.detail = std::move(why);
  }
  return finding;
}

}  // namespace

OcspFinding ReadOcsp(std::span<const unsigned char> response, X509* leaf, X509* issuer,
                     WallTime now) {
  OcspFinding finding = Read(response, leaf, issuer, now);
  ERR_clear_error();
  return finding;
}

bool IsStapleDemanded(X509* certificate) {
  const std::unique_ptr<TLS_FEATURE, Deleter<TLS_FEATURE_free>> features(
      static_cast<TLS_FEATURE*>(X509_get_ext_d2i(certificate, NID_tlsfeature, nullptr, nullptr)));
  for (int i = 0; i < sk_ASN1_INTEGER_num(features.get()); ++i) {
    constexpr long kStatusRequest = 5;  // the number of the TLS extension, RFC 7633, 4.2.2
    if (ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features.get(), i)) == kStatusRequest) return true;
  }
  return false;
}

}  // namespace gaikei::io
