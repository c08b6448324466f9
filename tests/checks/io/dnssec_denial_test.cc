#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checks/io/dns/dnssec_nsec3.h"
#include "tests/checks/io/dnssec_rig.h"

namespace gaikei::io {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

constexpr std::uint16_t kNsec = LDNS_RR_TYPE_NSEC;
constexpr std::uint16_t kNsec3 = LDNS_RR_TYPE_NSEC3;

/// A zone with something of everything that is not there.
support::SignedZoneOptions DeniedLeaf(bool nsec3) {
  auto zone =
      Zone("zone.test.",
           {"www.zone.test. A 192.0.2.1", "a.ent.zone.test. A 192.0.2.2",
            "*.wild.zone.test. A 192.0.2.3", "x.y.wild.zone.test. A 192.0.2.4",
            "alias.zone.test. CNAME www.zone.test.", "dangling.zone.test. CNAME nothing.zone.test.",
            "*.walias.zone.test. CNAME www.zone.test."});
  zone.nsec3 = nsec3;
  return zone;
}

class DnssecDenial : public ::testing::TestWithParam<bool> {
 protected:
  std::uint16_t type() const { return GetParam() ? kNsec3 : kNsec; }

  std::vector<std::string> Proofs() {
    std::vector<std::string> owners;
    for (const auto& [key, set] : rig_.zone().sets()) {
      if (key.second == type()) owners.push_back(key.first.Text());
    }
    return owners;
  }

  /// What becomes of the validation when any one proof that the answer holds is taken away.
  void ExpectEveryProofToBeNeeded(const std::string& name, std::uint16_t asked, unsigned proofs) {
    const std::string whole = rig_.Answer(name, asked);
    ASSERT_EQ(rig_.Validate(name, asked).status, "secure") << rig_.Validate(name, asked).message;
    unsigned needed = 0;
    for (const std::string& owner : Proofs()) {
      DnssecRig rig(DeniedLeaf(GetParam()));
      // The keys are new, the names and hashes the same.
      if (rig.Answer(name, asked).size() != whole.size()) continue;
      auto& signatures = rig.zone().Set(owner, type()).signatures;
      const auto kept = std::exchange(signatures, {});
      if (rig.Answer(name, asked).size() == whole.size()) continue;  // it is not in this answer
      ++needed;
      const DnssecEvidence result = rig.Validate(name, asked);
      EXPECT_EQ(result.status, "bogus") << owner;
      EXPECT_THAT(result.failure, AnyOf("no_signature", "no_denial"));
    }
    EXPECT_EQ(needed, proofs);
  }

  DnssecRig rig_{DeniedLeaf(GetParam())};
};

TEST_P(DnssecDenial, ProvesThatANameDoesNotExist) {
  ExpectEveryProofToBeNeeded("nothing.zone.test.", kA, GetParam() ? 3 : 2);
}

TEST_P(DnssecDenial, ProvesThatANameFarBelowDoesNotExist) {
  EXPECT_EQ(rig_.Validate("a.b.c.d.nothing.zone.test.").status, "secure");
  EXPECT_EQ(rig_.Validate("a.www.zone.test.").status, "secure");
}

TEST_P(DnssecDenial, ProvesThatANameHasNoRecordOfTheType) {
  ExpectEveryProofToBeNeeded("www.zone.test.", kTxt, 1);
}

TEST_P(DnssecDenial, ProvesThatThereIsNothingAtAnEmptyNonTerminal) {
  ExpectEveryProofToBeNeeded("ent.zone.test.", kA, 1);
}

TEST_P(DnssecDenial, ProvesThatAWildcardApplies) {
  ExpectEveryProofToBeNeeded("any.wild.zone.test.", kA, 1);
}

TEST_P(DnssecDenial, ProvesThatAWildcardHasNoRecordOfTheType) {
  EXPECT_EQ(rig_.Validate("any.wild.zone.test.", kTxt).status, "secure");
}

TEST_P(DnssecDenial, FollowsAnAliasMadeFromAWildcard) {
  EXPECT_EQ(rig_.Validate("any.walias.zone.test.").status, "secure");
}

TEST_P(DnssecDenial, FollowsAnAliasToNothing) {
  EXPECT_EQ(rig_.Validate("dangling.zone.test.").status, "secure");
  EXPECT_EQ(rig_.Validate("alias.zone.test.", kTxt).status, "secure");
}

TEST_P(DnssecDenial, AnAnswerAboutTheWildcardItselfNeedsNoProof) {
  const DnssecEvidence result = rig_.Validate("*.wild.zone.test.");
  EXPECT_EQ(result.status, "secure") << result.message;
}

TEST_P(DnssecDenial, IsBogusWhenARecordWasTakenAway) {
  rig_.zone().Drop("www.zone.test.", kA);
  const DnssecEvidence result = rig_.Validate("www.zone.test.");
  EXPECT_EQ(result.status, "bogus");
  EXPECT_EQ(result.failure, "no_denial");
  EXPECT_EQ(result.zone, "zone.test.");
  EXPECT_THAT(result.message, HasSubstr("proves that www.zone.test."));
}

TEST_P(DnssecDenial, IsBogusWhenAnAliasWasTakenAway) {
  rig_.zone().Drop("alias.zone.test.", LDNS_RR_TYPE_CNAME);
  EXPECT_EQ(rig_.Validate("alias.zone.test.", kTxt).failure, "no_denial");
}

TEST_P(DnssecDenial, IsBogusWhenNodataIsTurnedIntoNxdomain) {
  std::string answer = rig_.Answer("www.zone.test.", kTxt);
  answer[3] = static_cast<char>((answer[3] & 0xf0) | LDNS_RCODE_NXDOMAIN);
  EXPECT_EQ(rig_.ValidateAnswer("www.zone.test.", kTxt, answer).failure, "no_denial");
}

TEST_P(DnssecDenial, IsBogusWhenAnotherNamesDenialIsGiven) {
  // The question in the message plays no part: what was asked is what the machine was told.
  EXPECT_EQ(
      rig_.ValidateAnswer("www.zone.test.", kTxt, rig_.Answer("nothing.zone.test.", kTxt)).failure,
      "no_denial");
  EXPECT_EQ(
      rig_.ValidateAnswer("nothing.zone.test.", kA, rig_.Answer("www.zone.test.", kTxt)).status,
      "bogus");
}

TEST_P(DnssecDenial, TellsAnExpiredDenialByItsSignature) {
  for (const std::string& owner : Proofs()) {
    rig_.zone().Sign(owner, type(), kNow - 5 * kDay, kNow - kDay);
  }
  EXPECT_EQ(rig_.Validate("nothing.zone.test.").failure, "signature_expired");
}

TEST_P(DnssecDenial, ADelegationDeniesNothingButItsDs) {
  auto plain = Zone("plain.test.", {"www.plain.test. A 192.0.2.9"});
  plain.is_signed = false;
  auto tld = Zone("test.");
  tld.nsec3 = GetParam();
  DnssecRig rig(DeniedLeaf(GetParam()), tld, {plain});
  // The parent's proof that there is no DS, as an answer that there is no TXT.
  const DnssecEvidence result =
      rig.ValidateAnswer("plain.test.", kTxt, rig.Answer("plain.test.", kDs));
  EXPECT_EQ(result.status, "bogus");
  EXPECT_EQ(result.failure, "no_denial");
}

TEST_P(DnssecDenial, TheChildsSideOfACutSaysNothingOfADs) {
  // Asked for the DS, the child answers for itself that there is none.
  const std::string own = rig_.Answer("zone.test.", kTxt);
  const DnssecEvidence result = rig_.ValidateAnswer("zone.test.", kDs, own);
  EXPECT_EQ(result.status, "bogus");
}

INSTANTIATE_TEST_SUITE_P(NsecAndNsec3, DnssecDenial, ::testing::Bool());

TEST(DnssecNsec3, OptOutLeavesWhatDoesNotExistInsecure) {
  auto zone = DeniedLeaf(true);
  zone.opt_out = true;
  DnssecRig rig(zone);
  const DnssecEvidence result = rig.Validate("nothing.zone.test.");
  EXPECT_EQ(result.status, "insecure");
  EXPECT_EQ(result.failure, "opt_out");
  EXPECT_EQ(result.zone, "zone.test.");
  EXPECT_EQ(rig.Validate("www.zone.test.", kTxt).status, "secure");
}

TEST(DnssecNsec3, OptOutProvesADelegationWithoutDs) {
  auto tld = Zone("test.", {"a.test. A 192.0.2.3"});
  tld.nsec3 = true;
  tld.opt_out = true;
  DnssecRig rig(Zone("zone.test."), tld);
  // A delegation that the parent does not count among its names, as opt-out allows.
  auto plain = Zone("plain.test.", {"www.plain.test. A 192.0.2.9"});
  plain.is_signed = false;
  const support::SignedZone unsigned_zone(plain);
  const std::string answer = support::ZoneAuthority({&unsigned_zone}).Answer("www.plain.test.", kA);
  const DnssecEvidence result = rig.ValidateAnswer("www.plain.test.", kA, answer);
  EXPECT_EQ(result.status, "insecure") << result.message;
  EXPECT_EQ(result.failure, "ds_missing");
  EXPECT_EQ(result.zone, "plain.test.");
  EXPECT_THAT(result.message, HasSubstr("NSEC3 with opt-out"));
}

TEST(DnssecNsec3, WithoutOptOutADelegationMustBeCounted) {
  auto tld = Zone("test.", {"a.test. A 192.0.2.3"});
  tld.nsec3 = true;
  DnssecRig rig(Zone("zone.test."), tld);
  auto plain = Zone("plain.test.", {"www.plain.test. A 192.0.2.9"});
  plain.is_signed = false;
  const support::SignedZone unsigned_zone(plain);
  const std::string answer = support::ZoneAuthority({&unsigned_zone}).Answer("www.plain.test.", kA);
  EXPECT_EQ(rig.ValidateAnswer("www.plain.test.", kA, answer).failure, "no_signature");
}

TEST(DnssecNsec3, ComputesUpTo150Iterations) {
  auto zone = DeniedLeaf(true);
  zone.iterations = dnssec::kMaxIterations;
  DnssecRig most(zone);
  EXPECT_EQ(most.Validate("nothing.zone.test.").status, "secure");
  ++zone.iterations;
  DnssecRig too_many(zone);
  const DnssecEvidence result = too_many.Validate("nothing.zone.test.");
  EXPECT_EQ(result.status, "insecure");
  EXPECT_EQ(result.failure, "too_many_iterations");
  EXPECT_THAT(result.message, HasSubstr("150 iterations"));
}

TEST(DnssecNsec3, ManyIterationsCountWhenTheyAreSignedAlone) {
  auto zone = DeniedLeaf(true);
  zone.iterations = 2000;
  DnssecRig rig(zone);
  std::vector<std::string> owners;
  for (const auto& [key, set] : rig.zone().sets()) {
    if (key.second == kNsec3) owners.push_back(key.first.Text());
  }
  for (const std::string& owner : owners) rig.zone().Set(owner, kNsec3).signatures.clear();
  EXPECT_EQ(rig.Validate("nothing.zone.test.").status, "bogus");
}

/// RFC 5155, appendix A.
TEST(DnssecNsec3, HashesAsTheStandardHasIt) {
  const std::string salt = "\xaa\xbb\xcc\xdd";
  const auto hash = dnssec::HashName(*dnssec::Name::Parse("a.example."), salt, 12);
  EXPECT_EQ(hash, dnssec::ParseHash("35mthgpgcu1qg68fab165klnsnk3dpvl"));
  EXPECT_NE(hash, dnssec::ParseHash("35mthgpgcu1qg68fab165klnsnk3dpvk"));
  EXPECT_EQ(dnssec::ParseHash("35mthgpgcu1qg68fab165klnsnk3dpvz"), std::nullopt);
  EXPECT_EQ(dnssec::ParseHash("35mthgpg"), std::nullopt);
}

TEST(DnssecName, StandsInTheCanonicalOrder) {
  // RFC 4034, 6.1.
  const std::vector<std::string> ordered = {
      "example.",   "a.example.",       "yljkjljk.a.example.", "Z.a.example.",    "zABC.a.EXAMPLE.",
      "z.example.", "\\001.z.example.", "*.z.example.",        "\\200.z.example."};
  for (std::size_t i = 1; i < ordered.size(); ++i) {
    EXPECT_LT(*dnssec::Name::Parse(ordered[i - 1]), *dnssec::Name::Parse(ordered[i])) << ordered[i];
  }
}

}  // namespace
}  // namespace gaikei::io
