#include "checks/io/tls/ocsp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ocsp.h>
#include <openssl/ssl.h>

#include <ctime>

#include "checks/io/tls/certificate_maker.h"
#include "tests/checks/io/stream_rig.h"
#include "tests/checks/io/x509_reader.h"
#include "tests/support/certificate_forge.h"
#include "tests/support/tls_server.h"

namespace gaikei::io {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;

/// What a response of the test says.
struct Answer {
  const CertifiedKey* about = nullptr;   ///< null: the leaf
  const CertifiedKey* signer = nullptr;  ///< null: the issuer
  int status = V_OCSP_CERTSTATUS_GOOD;
  int reason = OCSP_REVOKED_STATUS_NOSTATUS;
  Span begin = -hours(1);  ///< thisUpdate, from now
  Span end = hours(24);    ///< nextUpdate; 0: none
  bool is_responder_sent = true;
  int response_status = OCSP_RESPONSE_STATUS_SUCCESSFUL;
};

class OcspTest : public testing::Test {
 protected:
  std::shared_ptr<ASN1_TIME> TimeAt(Span from_now) const {
    const auto at = std::chrono::floor<seconds>((now_ + from_now).time_since_epoch());
    return {ASN1_GENERALIZEDTIME_set(nullptr, static_cast<std::time_t>(at.count())),
            ASN1_STRING_free};
  }

  std::string Make(const Answer& answer) const {
    const auto leaf = X509From((answer.about == nullptr ? leaf_ : *answer.about).certificate);
    const CertifiedKey& signer = answer.signer == nullptr ? issuer_ : *answer.signer;
    const auto issuer = X509From(issuer_.certificate);
    const std::shared_ptr<OCSP_BASICRESP> basic(OCSP_BASICRESP_new(), OCSP_BASICRESP_free);
    const std::shared_ptr<OCSP_CERTID> id(OCSP_cert_to_id(nullptr, leaf.get(), issuer.get()),
                                          OCSP_CERTID_free);
    const bool is_revoked = answer.status == V_OCSP_CERTSTATUS_REVOKED;
    EXPECT_NE(OCSP_basic_add1_status(basic.get(), id.get(), answer.status, answer.reason,
                                     is_revoked ? TimeAt(-hours(48)).get() : nullptr,
                                     TimeAt(answer.begin).get(),
                                     answer.end == Span(0) ? nullptr : TimeAt(answer.end).get()),
              nullptr);
    EXPECT_EQ(
        OCSP_basic_sign(basic.get(), X509From(signer.certificate).get(), KeyFrom(signer.key).get(),
                        EVP_sha256(), nullptr, answer.is_responder_sent ? 0 : OCSP_NOCERTS),
        1);
    const std::shared_ptr<OCSP_RESPONSE> response(
        OCSP_response_create(
            answer.response_status,
            answer.response_status == OCSP_RESPONSE_STATUS_SUCCESSFUL ? basic.get() : nullptr),
        OCSP_RESPONSE_free);
    unsigned char* der = nullptr;
    const int size = i2d_OCSP_RESPONSE(response.get(), &der);
    std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return bytes;
  }

  OcspFinding Read(const std::string& bytes, bool is_issuer_known = true) const {
    return ReadOcsp({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()},
                    X509From(leaf_.certificate).get(),
                    is_issuer_known ? X509From(issuer_.certificate).get() : nullptr, now_);
  }
  void ExpectInvalid(const std::string& bytes, const std::string& why) const {
    const OcspFinding finding = Read(bytes);
    EXPECT_EQ(finding.status, "invalid");
    EXPECT_THAT(finding.detail, HasSubstr(why));
  }

  const WallTime now_ = std::chrono::floor<seconds>(WallNow());
  const CertifiedKey issuer_ = MakeCertificate({.common_name = "Issuer", .is_ca = true});
  const CertifiedKey leaf_ = MakeCertificate({.dns_names = {"a.example"}, .issuer = &issuer_});
  const CertifiedKey other_ = MakeCertificate({.dns_names = {"b.example"}, .issuer = &issuer_});
};

TEST_F(OcspTest, GoodRevokedAndUnknownAreToldApart) {
  OcspFinding finding = Read(Make({}));
  EXPECT_EQ(finding.status, "good") << finding.detail;
  EXPECT_EQ(finding.age, hours(1));
  EXPECT_EQ(finding.detail, "");

  finding = Read(Make({.status = V_OCSP_CERTSTATUS_UNKNOWN}));
  EXPECT_EQ(finding.status, "unknown");

  finding = Read(
      Make({.status = V_OCSP_CERTSTATUS_REVOKED, .reason = OCSP_REVOKED_STATUS_KEYCOMPROMISE}));
  EXPECT_EQ(finding.status, "revoked");
  EXPECT_EQ(finding.detail,
            "certificate was revoked at " + FormatRfc3339(now_ - hours(48)) + " (keyCompromise)");
  finding = Read(Make({.status = V_OCSP_CERTSTATUS_REVOKED}));
  EXPECT_EQ(finding.detail, "certificate was revoked at " + FormatRfc3339(now_ - hours(48)));
}

TEST_F(OcspTest, AResponderOfTheIssuerMaySign) {
  const CertifiedKey responder = MakeCertificate(
      {.common_name = "Responder", .issuer = &issuer_, .extended_key_usage = "OCSPSigning"});
  EXPECT_EQ(Read(Make({.signer = &responder})).status, "good");
  ExpectInvalid(Make({.signer = &responder, .is_responder_sent = false}), "signer is not known");
}

TEST_F(OcspTest, NobodyElseMaySign) {
  ExpectInvalid(Make({.signer = &other_}), "who may not");
  const CertifiedKey stranger = MakeCertificate({.common_name = "Stranger", .is_ca = true});
  ExpectInvalid(Make({.signer = &stranger}), "CN=Stranger, who may not");
  const CertifiedKey foreign = MakeCertificate(
      {.common_name = "Foreign", .issuer = &stranger, .extended_key_usage = "OCSPSigning"});
  ExpectInvalid(Make({.signer = &foreign}), "who may not");
  // The name of the issuer, not its key.
  const CertifiedKey impostor = MakeCertificate({.common_name = "Issuer", .is_ca = true});
  const CertifiedKey his = MakeCertificate(
      {.common_name = "His", .issuer = &impostor, .extended_key_usage = "OCSPSigning"});
  ExpectInvalid(Make({.signer = &his}), "who may not");
  const CertifiedKey expired = MakeCertificate({.common_name = "Old",
                                                .not_before = now_ - hours(48),
                                                .not_after = now_ - hours(1),
                                                .issuer = &issuer_,
                                                .extended_key_usage = "OCSPSigning"});
  ExpectInvalid(Make({.signer = &expired}), "who may not");
}

TEST_F(OcspTest, ABrokenSignatureIsNotBelieved) {
  // Of a revoked one, too: anybody could have made it.
  std::string bytes = Make({.status = V_OCSP_CERTSTATUS_REVOKED, .is_responder_sent = false});
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  ExpectInvalid(bytes, "");
}

TEST_F(OcspTest, ItHasToBeAboutThisCertificate) {
  ExpectInvalid(Make({.about = &other_}), "another certificate");
}

TEST_F(OcspTest, ItHasToBeOfToday) {
  EXPECT_EQ(Read(Make({.end = seconds(1)})).status, "good");
  ExpectInvalid(Make({.end = Span(-1)}), "out of date since");
  EXPECT_EQ(Read(Make({.begin = minutes(5)})).status, "good") << "a clock may be slow";
  ExpectInvalid(Make({.begin = minutes(5) + seconds(1)}), "from the future");
  EXPECT_EQ(Read(Make({.begin = -hours(24 * 365), .end = Span(0)})).status, "good");
}

TEST_F(OcspTest, AFailureOfTheResponderIsNoAnswer) {
  ExpectInvalid(Make({.response_status = OCSP_RESPONSE_STATUS_TRYLATER}), "trylater");
}

TEST_F(OcspTest, WhatCannotBeReadIsInvalid) {
  ExpectInvalid("", "cannot be read");
  ExpectInvalid("garbage", "cannot be read");
  const std::string whole = Make({});
  ExpectInvalid(whole.substr(0, whole.size() / 2), "cannot be read");
}

TEST_F(OcspTest, WithoutTheIssuerNothingIsBelieved) {
  EXPECT_EQ(Read(Make({}), false).status, "invalid");
}

TEST_F(OcspTest, MustStapleIsRead) {
  EXPECT_FALSE(IsStapleDemanded(X509From(leaf_.certificate).get()));
  const CertifiedKey demanding =
      support::Forge({.extensions = {{"tlsfeature", "status_request"}}, .issuer = &issuer_});
  EXPECT_TRUE(IsStapleDemanded(X509From(demanding.certificate).get()));
  const CertifiedKey other = support::Forge({.extensions = {{"tlsfeature", "17"}}});
  EXPECT_FALSE(IsStapleDemanded(X509From(other.certificate).get()));
}

/// As a server staples it.
class StaplingTest : public testing::TestWithParam<int>, public StreamRig {
 protected:
  void Meet(const CertifiedKey& leaf, std::string staple, TlsOptions own = {}) {
    support::TlsServer server(
        {.certificate = leaf, .max_version = GetParam(), .ocsp_answer = std::move(staple)},
        [](support::Connection& c) { c.WaitUntilClosed(); });
    Secure(server.port(), "shop.example", TlsFor(std::move(own)));
  }
};

TEST_P(StaplingTest, AGoodResponseIsEvidence) {
  const CertifiedKey leaf = Leaf();
  Meet(leaf, support::ForgeOcspAnswer(leaf, root(), false));
  EXPECT_EQ(stream().tls(), Stream::Tls::kEstablished) << stream().tls_message();
  EXPECT_EQ(evidence().ocsp, "good");
  EXPECT_GE(evidence().ocsp_age, hours(1));
  EXPECT_LT(evidence().ocsp_age, hours(2));
}

TEST_P(StaplingTest, RevokedIsAVerdictUnlessInsecure) {
  const CertifiedKey leaf = Leaf();
  const std::string staple = support::ForgeOcspAnswer(leaf, root(), true);
  Meet(leaf, staple);
  EXPECT_EQ(stream().tls(), Stream::Tls::kFailed);
  EXPECT_EQ(stream().tls_reason(), Reason::kTlsCertRevoked);
  EXPECT_THAT(stream().tls_message(), HasSubstr("certificate was revoked at 2"));
  EXPECT_EQ(evidence().ocsp, "revoked");
  EXPECT_FALSE(evidence().verified);

  Meet(leaf, staple, {.insecure = true});
  EXPECT_EQ(stream().tls(), Stream::Tls::kEstablished);
  EXPECT_FALSE(evidence().verified);
  EXPECT_THAT(evidence().verify_error, HasSubstr("revoked"));
}

TEST_P(StaplingTest, GarbageIsALint) {
  Meet(Leaf(), "garbage");
  EXPECT_EQ(stream().tls(), Stream::Tls::kEstablished);
  EXPECT_EQ(evidence().ocsp, "invalid");
  EXPECT_FALSE(evidence().ocsp_age);
  ASSERT_EQ(evidence().lints.size(), 1U);
  EXPECT_EQ(evidence().lints[0].name, "ocsp_invalid");
}

TEST_P(StaplingTest, NothingStapledIsNothing) {
  Meet(Leaf(), "");
  EXPECT_EQ(evidence().ocsp, "");
  EXPECT_FALSE(evidence().ocsp_age);
  EXPECT_TRUE(evidence().lints.empty());
}

INSTANTIATE_TEST_SUITE_P(Versions, StaplingTest, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& one) {
                           return one.param == TLS1_2_VERSION ? "Tls12" : "Tls13";
                         });

}  // namespace
}  // namespace gaikei::io
