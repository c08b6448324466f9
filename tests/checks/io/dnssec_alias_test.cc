#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/checks/io/dnssec_rig.h"

namespace gaikei::io {
namespace {

using ::testing::HasSubstr;

support::SignedZoneOptions Leaf() {
  return Zone("zone.test.",
              {"www.zone.test. A 192.0.2.1", "in.zone.test. CNAME www.zone.test.",
               "out.zone.test. CNAME www.other.test.", "loop.zone.test. CNAME loop.zone.test.",
               "tree.zone.test. DNAME other.test."});
}

class DnssecAlias : public ::testing::Test {
 protected:
  static support::SignedZoneOptions Other(bool is_signed) {
    auto other = Zone("other.test.", {"www.other.test. A 192.0.2.7"});
    other.is_signed = is_signed;
    return other;
  }

  DnssecRig rig_{Leaf(), Zone("test."), {Other(true)}};
};

TEST_F(DnssecAlias, IsSecureWithinOneZone) {
  EXPECT_EQ(rig_.Validate("in.zone.test.").status, "secure");
}

TEST_F(DnssecAlias, IsSecureAcrossZones) {
  const DnssecEvidence result = rig_.Validate("out.zone.test.");
  EXPECT_EQ(result.status, "secure") << result.message;
  EXPECT_EQ(result.chain.size(), 4);
  EXPECT_THAT(result.chain.back(), HasSubstr("other.test. DS"));
}

TEST_F(DnssecAlias, IsSecureByARedirectedTree) {
  const DnssecEvidence result = rig_.Validate("www.tree.zone.test.");
  EXPECT_EQ(result.status, "secure") << result.message;
}

TEST_F(DnssecAlias, NeedsTheRedirectionSigned) {
  rig_.zone().Set("tree.zone.test.", LDNS_RR_TYPE_DNAME).signatures.clear();
  EXPECT_EQ(rig_.Validate("www.tree.zone.test.").failure, "no_signature");
}

TEST_F(DnssecAlias, IsInsecureWhenTheTargetsZoneIs) {
  DnssecRig rig(Leaf(), Zone("test."), {Other(false)});
  const DnssecEvidence result = rig.Validate("out.zone.test.");
  EXPECT_EQ(result.status, "insecure");
  EXPECT_EQ(result.failure, "ds_missing");
  EXPECT_EQ(result.zone, "other.test.");
}

TEST_F(DnssecAlias, IsBogusWhenTheTargetsZoneIs) {
  rig_.other().Set("www.other.test.", kA).signatures.clear();
  const DnssecEvidence result = rig_.Validate("out.zone.test.");
  EXPECT_EQ(result.status, "bogus");
  EXPECT_EQ(result.zone, "other.test.");
}

TEST_F(DnssecAlias, ABogusPartIsWorseThanAnInsecureOne) {
  DnssecRig rig(
      Zone("zone.test.", {"out.zone.test. CNAME back.other.test.", "www.zone.test. A 192.0.2.1"}),
      Zone("test."), {[] {
        auto other = Other(false);
        other.records.push_back("back.other.test. CNAME www.zone.test.");
        return other;
      }()});
  EXPECT_EQ(rig.Validate("out.zone.test.").status, "insecure");
  rig.zone().Set("www.zone.test.", kA).signatures.clear();
  EXPECT_EQ(rig.Validate("out.zone.test.").status, "bogus");
}

TEST_F(DnssecAlias, NeedsTheAliasItselfSigned) {
  rig_.zone().Set("in.zone.test.", LDNS_RR_TYPE_CNAME).signatures.clear();
  EXPECT_EQ(rig_.Validate("in.zone.test.").failure, "no_signature");
}

TEST_F(DnssecAlias, AsksForTheRestOfAnAnswerThatEndsWithAnAlias) {
  // As an authoritative server gives it that has the first zone alone.
  const std::string part = support::ZoneAuthority({&rig_.zone()}).Answer("out.zone.test.", kA);
  EXPECT_EQ(rig_.ValidateAnswer("out.zone.test.", kA, part).status, "secure");
  EXPECT_EQ(rig_.asked.at(5), "www.other.test. A");
  rig_.silent_on = "www.other.test. A";
  const DnssecEvidence result = rig_.ValidateAnswer("out.zone.test.", kA, part);
  EXPECT_EQ(result.status, "indeterminate");
  EXPECT_EQ(result.failure, "no_answer");
}

TEST_F(DnssecAlias, EndsAtALoop) {
  const DnssecEvidence result = rig_.Validate("loop.zone.test.");
  EXPECT_EQ(result.status, "indeterminate");
  EXPECT_EQ(result.failure, "limit_exceeded");
}

TEST_F(DnssecAlias, AReferralIsNoAnswer) {
  ldns_pkt* packet = ldns_pkt_new();
  ldns_pkt_set_qr(packet, true);
  ldns_rr* record = nullptr;
  ldns_rr_new_frm_str(&record, "zone.test. 60 NS ns.invalid.", 0, nullptr, nullptr);
  ldns_pkt_push_rr(packet, LDNS_SECTION_AUTHORITY, record);
  std::uint8_t* bytes = nullptr;
  std::size_t size = 0;
  ldns_pkt2wire(&bytes, packet, &size);
  const std::string referral(reinterpret_cast<char*>(bytes), size);
  free(bytes);
  ldns_pkt_free(packet);
  const DnssecEvidence result = rig_.ValidateAnswer("www.zone.test.", kA, referral);
  EXPECT_EQ(result.status, "indeterminate");
  EXPECT_THAT(result.message, HasSubstr("referral"));
}

}  // namespace
}  // namespace gaikei::io
