#include "checks/io/dns/dnssec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/checks/io/dnssec_rig.h"

namespace gaikei::io {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

support::SignedZoneOptions Www(const std::string& zone = "zone.test.") {
  return Zone(zone, {"www." + zone + " A 192.0.2.1"});
}

/// Flips the last byte of a field of the set's first record.
void Spoil(const std::shared_ptr<ldns_rr>& record, std::size_t field) {
  ldns_rdf* data = ldns_rr_rdf(record.get(), field);
  ldns_rdf_data(data)[ldns_rdf_size(data) - 1] ^= 1;
}

void Replace(const std::shared_ptr<ldns_rr>& record, std::size_t field, ldns_rdf* value) {
  ldns_rdf_deep_free(ldns_rr_set_rdf(record.get(), value, field));
}

TEST(Dnssec, FindsAnAnswerSecureAndShowsTheChainFromTheAnchorDown) {
  DnssecRig rig(Www());
  const DnssecEvidence result = rig.Validate("www.zone.test.");
  EXPECT_EQ(result.status, "secure") << result.message;
  EXPECT_EQ(result.failure, "");
  EXPECT_EQ(result.zone, "");
  EXPECT_EQ(result.message, "");
  ASSERT_EQ(result.chain.size(), 3);
  EXPECT_THAT(result.chain[0], MatchesRegex(R"(\. DNSKEY [0-9]+ \(ECDSAP256SHA256\) trusted)"));
  EXPECT_THAT(result.chain[2],
              MatchesRegex(R"(zone\.test\. DS [0-9]+ -> DNSKEY [0-9]+ \(ECDSAP256SHA256\))"));
  EXPECT_THAT(rig.asked, ElementsAre(". DNSKEY", "test. DS", "test. DNSKEY", "zone.test. DS",
                                     "zone.test. DNSKEY"));
}

TEST(Dnssec, ReadsNamesInAnyCase) {
  DnssecRig rig(Www());
  EXPECT_EQ(rig.Validate("wWw.ZONE.test").status, "secure");
}

class DnssecAlgorithm : public ::testing::TestWithParam<int> {};

TEST_P(DnssecAlgorithm, IsVerified) {
  auto zone = Www();
  zone.algorithm = GetParam();
  DnssecRig rig(zone);
  const DnssecEvidence result = rig.Validate("www.zone.test.");
  EXPECT_EQ(result.status, "secure") << result.message;
  Spoil(rig.zone().Set("www.zone.test.", kA).signatures.front(), 8);
  EXPECT_EQ(rig.Validate("www.zone.test.").failure, "bad_signature");
}

INSTANTIATE_TEST_SUITE_P(All, DnssecAlgorithm,
                         ::testing::Values(LDNS_RSASHA1, LDNS_RSASHA1_NSEC3, LDNS_RSASHA256,
                                           LDNS_RSASHA512, LDNS_ECDSAP256SHA256,
                                           LDNS_ECDSAP384SHA384, LDNS_ED25519, LDNS_ED448));

TEST(Dnssec, TellsAnExpiredSignatureAndWhenItExpired) {
  DnssecRig rig(Www());
  rig.zone().Sign("www.zone.test.", kA, kNow - 5 * kDay, kNow - kDay);
  const DnssecEvidence result = rig.Validate("www.zone.test.");
  EXPECT_EQ(result.status, "bogus");
  EXPECT_EQ(result.failure, "signature_expired");
  EXPECT_EQ(result.zone, "zone.test.");
  EXPECT_THAT(result.message,
              MatchesRegex(R"(www\.zone\.test\. A: the signature by key [0-9]+ )"
                           R"(\(ECDSAP256SHA256\) of zone\.test\. expired 2026-05-31T12:00:00Z)"));
}

TEST(Dnssec, TellsASignatureThatIsNotYetValid) {
  DnssecRig rig(Www());
  rig.zone().Sign("www.zone.test.", kA, kNow + kDay, kNow + 5 * kDay);
  const DnssecEvidence result = rig.Validate("www.zone.test.");
  EXPECT_EQ(result.status, "bogus");
  EXPECT_EQ(result.failure, "signature_not_yet_valid");
  EXPECT_THAT(result.message, HasSubstr("is valid from 2026-06-02T12:00:00Z on"));
}

TEST(Dnssec, JudgesTimeByTheSecondThatItIsGiven) {
  DnssecRig rig(Www());
  rig.zone().Sign("www.zone.test.", kA, kNow, kNow);
  EXPECT_EQ(rig.Validate("www.zone.test.").status, "secure");
  EXPECT_EQ(rig.Validate("www.zone.test.", kA, kNow + std::chrono::seconds(1)).failure,
            "signature_expired");
  EXPECT_EQ(rig.Validate("www.zone.test.", kA, kNow - std::chrono::seconds(1)).failure,
            "signature_not_yet_valid");
}

TEST(Dnssec, TellsAWrongSignature) {
  DnssecRig rig(Www());
  Spoil(rig.zone().Set("www.zone.test.", kA).signatures.front(), 8);
  const DnssecEvidence result = rig.Validate("www.zone.test.");
  EXPECT_EQ(result.status, "bogus");
  EXPECT_EQ(result.failure, "bad_signature");
  EXPECT_EQ(result.zone, "zone.test.");
}

TEST(Dnssec, TellsARecordThatWasChanged) {
  DnssecRig rig(Www());
  Spoil(rig.zone().Set("www.zone.test.", kA).records.front(), 0);
  EXPECT_EQ(rig.Validate("www.zone.test.").failure, "bad_signature");
}

TEST(Dnssec, TellsARecordThatWasAdded) {
  DnssecRig rig(Www());
  rig.zone().Add("www.zone.test. 3600 A 192.0.2.66");
  EXPECT_EQ(rig.Validate("www.zone.test.").failure, "bad_signature");
}

TEST(Dnssec, IsContentWithOneGoodSignatureAmongBadOnes) {
  DnssecRig rig(Www());
  auto& signatures = rig.zone().Set("www.zone.test.", kA).signatures;
  const std::shared_ptr<ldns_rr> good = signatures.front();
  rig.zone().Sign("www.zone.test.", kA, kNow - 5 * kDay, kNow - kDay);
  signatures.push_back(good);
  EXPECT_EQ(rig.Validate("www.zone.test.").status, "secure");
}

TEST(Dnssec, TellsAMissingSignatureInASecureZone) {
  DnssecRig rig(Www());
  rig.zone().Set("www.zone.test.", kA).signatures.clear();
  const DnssecEvidence result = rig.Validate("www.zone.test.");
  EXPECT_EQ(result.status, "bogus");
  EXPECT_EQ(result.failure, "no_signature");
  EXPECT_EQ(result.zone, "zone.test.");
  EXPECT_THAT(result.message, HasSubstr("www.zone.test. A has no signature"));
}

TEST(Dnssec, ValidatesWhateverElseIsInTheAnswer) {
  DnssecRig rig(Www());
  ldns_pkt* packet = nullptr;
  const std::string answer = rig.Answer("www.zone.test.", kA);
  ASSERT_EQ(
      ldns_wire2pkt(&packet, reinterpret_cast<const std::uint8_t*>(answer.data()), answer.size()),
      LDNS_STATUS_OK);
  ldns_rr* stranger = nullptr;
  ldns_rr_new_frm_str(&stranger, "other.zone.test. 60 A 192.0.2.9", 0, nullptr, nullptr);
  ldns_pkt_push_rr(packet, LDNS_SECTION_ANSWER, stranger);
  std::uint8_t* bytes = nullptr;
  std::size_t size = 0;
  ldns_pkt2wire(&bytes, packet, &size);
  const std::string changed(reinterpret_cast<char*>(bytes), size);
  free(bytes);
  ldns_pkt_free(packet);
  EXPECT_EQ(rig.ValidateAnswer("www.zone.test.", kA, changed).failure, "no_signature");
}

TEST(Dnssec, TellsASignatureByAKeyThatTheZoneDoesNotPublish) {
  DnssecRig rig(Www());
  const support::SignedZone stranger(Www());
  rig.zone().Set("www.zone.test.", kA).signatures =
      stranger.Find(*dnssec::Name::Parse("www.zone.test."), kA)->signatures;
  const DnssecEvidence result = rig.Validate("www.zone.test.");
  EXPECT_EQ(result.status, "bogus");
  EXPECT_EQ(result.failure, "no_key");
}

TEST(Dnssec, TellsASignerThatIsNoZone) {
  DnssecRig rig(Zone("zone.test.", {"www.zone.test. A 192.0.2.1", "sub.zone.test. A 192.0.2.2"}));
  auto& set = rig.zone().Set("www.zone.test.", kA);
  Replace(set.signatures.front(), 7, ldns_dname_new_frm_str("www.zone.test."));
  const DnssecEvidence result = rig.Validate("www.zone.test.");
  EXPECT_EQ(result.failure, "bad_signature");
  EXPECT_THAT(result.message, HasSubstr("which is no zone"));
}

TEST(Dnssec, TellsADsThatMatchesNoKey) {
  DnssecRig rig(Www());
  auto& ds = rig.tld().Set("zone.test.", kDs);
  Spoil(ds.records.front(), 3);
  rig.tld().Sign("zone.test.", kDs, kNow - kDay, kNow + kDay);
  const DnssecEvidence result = rig.Validate("www.zone.test.");
  EXPECT_EQ(result.status, "bogus");
  EXPECT_EQ(result.failure, "ds_mismatch");
  EXPECT_EQ(result.zone, "zone.test.");
  EXPECT_THAT(result.message, HasSubstr("no DNSKEY of zone.test. matches a DS of it"));
  EXPECT_EQ(result.chain.size(), 2);
}

TEST(Dnssec, TellsAZoneWithoutKeys) {
  DnssecRig rig(Www());
  rig.zone().Drop("zone.test.", kDnskey);
  const DnssecEvidence result = rig.Validate("www.zone.test.");
  EXPECT_EQ(result.status, "bogus");
  EXPECT_EQ(result.failure, "no_key");
  EXPECT_EQ(result.zone, "zone.test.");
}

TEST(Dnssec, TellsAnAnchorThatIsNotTheZones) {
  DnssecRig rig(Www());
  rig.anchor = Anchor(support::SignedZone(Zone(".")).Ds() + "\n");
  const DnssecEvidence result = rig.Validate("www.zone.test.");
  EXPECT_EQ(result.status, "bogus");
  EXPECT_EQ(result.failure, "no_key");
  EXPECT_EQ(result.zone, ".");
}

class DnssecDelegation : public ::testing::TestWithParam<bool> {
 protected:
  /// The zone in which it is said that there is no DS, by NSEC or by NSEC3.
  static support::SignedZoneOptions Tld() {
    auto tld = Zone("test.", {"a.test. A 192.0.2.3", "zz.test. A 192.0.2.4"});
    tld.nsec3 = GetParam();
    return tld;
  }
};

TEST_P(DnssecDelegation, IsInsecureWhenTheParentProvesThatThereIsNoDs) {
  auto zone = Www();
  zone.is_signed = false;
  DnssecRig rig(zone, Tld());
  const DnssecEvidence result = rig.Validate("www.zone.test.");
  EXPECT_EQ(result.status, "insecure") << result.message;
  EXPECT_EQ(result.failure, "ds_missing");
  EXPECT_EQ(result.zone, "zone.test.");
  EXPECT_THAT(result.message, HasSubstr("test. proves by NSEC"));
  EXPECT_THAT(result.message, ::testing::Not(HasSubstr("the zone is signed")));
  EXPECT_THAT(result.chain.back(), HasSubstr("zone.test. no DS, proven by NSEC"));
}

TEST_P(DnssecDelegation, SaysWhenAZoneWithoutDsIsSignedNevertheless) {
  auto zone = Www();
  const support::SignedZone is_signed(zone);
  zone.is_signed = false;
  DnssecRig rig(zone, Tld());
  rig.zone().Set("www.zone.test.", kA).signatures =
      is_signed.Find(*dnssec::Name::Parse("www.zone.test."), kA)->signatures;
  const DnssecEvidence result = rig.Validate("www.zone.test.");
  EXPECT_EQ(result.failure, "ds_missing");
  EXPECT_THAT(result.message, HasSubstr("the zone is signed but the parent has no DS"));
}

TEST_P(DnssecDelegation, IsBogusWhenNothingProvesThatThereIsNoDs) {
  auto zone = Www();
  zone.is_signed = false;
  DnssecRig rig(zone, Tld());
  std::vector<std::pair<dnssec::Name, std::uint16_t>> proofs;
  for (const auto& [key, set] : rig.tld().sets()) {
    if (key.second == LDNS_RR_TYPE_NSEC || key.second == LDNS_RR_TYPE_NSEC3) proofs.push_back(key);
  }
  for (const auto& [name, type] : proofs) rig.tld().Drop(name.Text(), type);
  const DnssecEvidence result = rig.Validate("www.zone.test.");
  EXPECT_EQ(result.status, "bogus");
  EXPECT_EQ(result.failure, "no_denial");
  EXPECT_EQ(result.zone, "test.");
  EXPECT_THAT(result.message, HasSubstr("zone.test. has no DS"));
}

TEST_P(DnssecDelegation, IsBogusWhenADsWasTakenAway) {
  DnssecRig rig(Www(), Tld());
  rig.tld().Drop("zone.test.", kDs);
  const DnssecEvidence result = rig.Validate("www.zone.test.");
  EXPECT_EQ(result.status, "bogus");
  EXPECT_EQ(result.failure, "no_denial");
}

TEST_P(DnssecDelegation, ValidatesTheDsItselfInTheParent) {
  auto unsigned_zone = Zone("plain.test.");
  unsigned_zone.is_signed = false;
  DnssecRig rig(Www(), Tld(), {unsigned_zone});
  EXPECT_EQ(rig.Validate("zone.test.", kDs).status, "secure");
  EXPECT_EQ(rig.Validate("plain.test.", kDs).status, "secure");
}

INSTANTIATE_TEST_SUITE_P(NsecAndNsec3, DnssecDelegation, ::testing::Bool());

TEST(Dnssec, TakesAnUnsupportedAlgorithmForInsecure) {
  DnssecRig rig(Www());
  auto& ds = rig.tld().Set("zone.test.", kDs);
  Replace(ds.records.front(), 1, ldns_native2rdf_int8(LDNS_RDF_TYPE_ALG, 200));
  rig.tld().Sign("zone.test.", kDs, kNow - kDay, kNow + kDay);
  const DnssecEvidence result = rig.Validate("www.zone.test.");
  EXPECT_EQ(result.status, "insecure");
  EXPECT_EQ(result.failure, "unsupported_algorithm");
  EXPECT_EQ(result.zone, "zone.test.");
  EXPECT_THAT(result.message, HasSubstr("algorithm 200"));
}

TEST(Dnssec, TakesAnUnsupportedDigestForInsecure) {
  DnssecRig rig(Www());
  auto& ds = rig.tld().Set("zone.test.", kDs);
  Replace(ds.records.front(), 2, ldns_native2rdf_int8(LDNS_RDF_TYPE_INT8, 99));
  rig.tld().Sign("zone.test.", kDs, kNow - kDay, kNow + kDay);
  EXPECT_EQ(rig.Validate("www.zone.test.").failure, "unsupported_algorithm");
}

TEST(Dnssec, IsIndeterminateWhereAQuestionIsNotAnswered) {
  for (const std::string question : {". DNSKEY", "test. DS", "zone.test. DNSKEY"}) {
    DnssecRig rig(Www());
    rig.silent_on = question;
    const DnssecEvidence result = rig.Validate("www.zone.test.");
    EXPECT_EQ(result.status, "indeterminate");
    EXPECT_EQ(result.failure, "no_answer");
    EXPECT_EQ(result.zone, question.substr(0, question.find(' ')));
    EXPECT_THAT(result.message, HasSubstr(question));
  }
}

TEST(Dnssec, IsIndeterminateWhereThereIsNothingToValidate) {
  DnssecRig rig(Www());
  const DnssecEvidence none = rig.ValidateAnswer("www.zone.test.", kA, "");
  EXPECT_EQ(none.status, "indeterminate");
  EXPECT_EQ(none.failure, "no_answer");
  std::string refused = rig.Answer("www.zone.test.", kA);
  refused[3] = static_cast<char>((refused[3] & 0xf0) | LDNS_RCODE_SERVFAIL);
  EXPECT_THAT(rig.ValidateAnswer("www.zone.test.", kA, refused).message, HasSubstr("SERVFAIL"));
  std::string truncated = rig.Answer("www.zone.test.", kA);
  truncated[2] = static_cast<char>(truncated[2] | 2);
  EXPECT_THAT(rig.ValidateAnswer("www.zone.test.", kA, truncated).message, HasSubstr("truncated"));
}

TEST(Dnssec, StartsAtAnyZoneThatIsTrusted) {
  DnssecRig rig(Www());
  rig.anchor = Anchor(rig.zone().Key() + "\n");
  EXPECT_EQ(rig.anchor->zone(), "zone.test.");
  const DnssecEvidence result = rig.Validate("www.zone.test.");
  EXPECT_EQ(result.status, "secure") << result.message;
  EXPECT_THAT(rig.asked, ElementsAre("zone.test. DNSKEY"));
}

TEST(Dnssec, IsIndeterminateOutsideTheAnchorsZone) {
  DnssecRig rig(Www(), Zone("test.", {"a.test. A 192.0.2.3"}));
  rig.anchor = Anchor(rig.zone().Ds() + "\n");
  const DnssecEvidence result = rig.Validate("a.test.");
  EXPECT_EQ(result.status, "indeterminate");
  EXPECT_EQ(result.failure, "no_anchor");
}

TEST(Dnssec, ValidatesTheKeysThemselves) {
  DnssecRig rig(Www());
  EXPECT_EQ(rig.Validate("zone.test.", kDnskey).status, "secure");
  EXPECT_EQ(rig.Validate(".", kDnskey).status, "secure");
}

TEST(Dnssec, NeedsNoCutAtEveryLabel) {
  DnssecRig rig(Zone("zone.test.", {"a.b.c.zone.test. TXT \"deep\"", "b.zone.test. A 192.0.2.1"}));
  rig.zone().Set("a.b.c.zone.test.", kTxt).signatures.clear();
  const DnssecEvidence result = rig.Validate("a.b.c.zone.test.", kTxt);
  EXPECT_EQ(result.failure, "no_signature") << result.message;
  EXPECT_EQ(rig.asked.size(), 8);
}

}  // namespace
}  // namespace gaikei::io
