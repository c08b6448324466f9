/// dnssec = "validate" through real servers: Knot DNS serves what was signed here, spoilt or not,
/// unbound resolves it without a look at the signatures.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "checks/io/dns/ldns.h"
#include "tests/checks/dns_rig.h"
#include "tests/support/knot.h"
#include "tests/support/signed_zone.h"
#include "tests/support/temp_dir.h"
#include "tests/support/unbound.h"

namespace gaikei {
namespace {

using support::Knot;
using support::SignedSet;
using support::SignedZone;
using support::SignedZoneOptions;
using support::Unbound;

constexpr std::chrono::hours kDay{24};

SignedZoneOptions ZoneNow(const std::string& name, std::vector<std::string> records) {
  return {.name = name,
          .records = std::move(records),
          .inception = WallNow() - 10 * kDay,
          .expiration = WallNow() + 10 * kDay};
}

/// Everything in the zone as a master file.
std::string Text(const SignedZone& zone) {
  std::string text;
  const auto add = [&text](const std::shared_ptr<ldns_rr>& record) {
    const std::unique_ptr<char, decltype(&std::free)> line(ldns_rr2str(record.get()), &std::free);
    text += line.get();
  };
  for (const auto& [key, set] : zone.sets()) {
    for (const auto& record : set.records) add(record);
    for (const auto& signature : set.signatures) add(signature);
  }
  return text;
}

/// "example." and "shop.example." below it; the anchor is the key of the upper one.
class DnsValidation : public testing::Test {
 protected:
  using Spoil = std::function<void(SignedZone& upper, SignedZone& lower)>;

  void Serve(const Spoil& spoil, bool has_ds = true) {
    SignedZone lower(ZoneNow("shop.example.", {"www.shop.example. 300 IN A 192.0.2.1"}));
    std::vector<std::string> above = {"shop.example. 300 IN NS ns.shop.example.",
                                      "ns.shop.example. 300 IN A 127.0.0.1"};
    if (has_ds) above.push_back(lower.Ds());
    SignedZone upper(ZoneNow("example.", above));
    anchor_ = files_.Write("anchor", upper.Ds() + "\n");
    if (spoil) spoil(upper, lower);
    knot_ = std::make_unique<Knot>(
        std::vector<support::KnotZone>{{"example", Text(upper)}, {"shop.example", Text(lower)}});
    unbound_ = std::make_unique<Unbound>(support::UnboundOptions{
        .stubs = {{"example", "127.0.0.1@" + std::to_string(knot_->port())}}});
  }

  Observation Look(const std::string& target, const std::vector<expect::Expression>& expect = {}) {
    CheckSpec spec = DnsSpec(target);
    spec.dns.validate = true;
    spec.dns.trust_anchor = anchor_;
    spec.expect = expect;
    Region region;
    region.resolver = {unbound_->Authority()};
    return RunCheck(spec, region);
  }

  /// What the validation of www.shop.example came to, in one line.
  std::string Came(const std::string& target = "dns:www.shop.example") {
    const Observation seen = Look(target);
    if (!seen.dns || !seen.dns->dnssec) return "none: " + seen.message;
    const DnssecEvidence& dnssec = *seen.dns->dnssec;
    return Verdict(seen) + ": " + dnssec.status +
           (dnssec.failure.empty() ? "" : " " + dnssec.failure + " " + dnssec.zone);
  }

  const Knot& knot() const { return *knot_; }

 private:
  support::TempDir files_;
  std::string anchor_;
  std::unique_ptr<Knot> knot_;
  std::unique_ptr<Unbound> unbound_;
};

TEST_F(DnsValidation, PassesOnAChainWithoutAGap) {
  Serve({});
  const Observation seen = Look("dns:www.shop.example");
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  ASSERT_TRUE(seen.dns && seen.dns->dnssec);
  EXPECT_EQ(seen.dns->dnssec->status, "secure");
  EXPECT_FALSE(seen.dns->dnssec->chain.empty());
  EXPECT_EQ(*seen.phases[Phase::kProcessing], seen.dns->duration) << "the chain is no latency";
}

TEST_F(DnsValidation, TellsAnExpiredSignature) {
  Serve([](SignedZone&, SignedZone& lower) {
    lower.Sign("www.shop.example.", LDNS_RR_TYPE_A, WallNow() - 20 * kDay, WallNow() - kDay);
  });
  EXPECT_EQ(Came(), "fail expect_dnssec: bogus signature_expired shop.example.");
}

TEST_F(DnsValidation, TellsARecordThatWasChanged) {
  Serve([](SignedZone&, SignedZone& lower) {
    SignedSet& set = lower.Set("www.shop.example.", LDNS_RR_TYPE_A);
    const auto signatures = set.signatures;
    lower.Drop("www.shop.example.", LDNS_RR_TYPE_A);
    lower.Add("www.shop.example. 300 IN A 192.0.2.66");
    lower.Set("www.shop.example.", LDNS_RR_TYPE_A).signatures = signatures;
  });
  EXPECT_EQ(Came(), "fail expect_dnssec: bogus bad_signature shop.example.");
}

TEST_F(DnsValidation, TellsAZoneThatItsParentDoesNotSign) {
  Serve({}, false);
  EXPECT_EQ(Came(), "fail expect_dnssec: insecure ds_missing shop.example.");
}

TEST_F(DnsValidation, TellsADelegationToAnotherKey) {
  const SignedZone other(ZoneNow("shop.example.", {}));
  Serve([&other](SignedZone& upper, SignedZone&) {
    upper.Drop("shop.example.", LDNS_RR_TYPE_DS);
    upper.Add(other.Ds());
    upper.Sign("shop.example.", LDNS_RR_TYPE_DS, WallNow() - kDay, WallNow() + kDay);
  });
  EXPECT_EQ(Came(), "fail expect_dnssec: bogus ds_mismatch shop.example.");
}

TEST_F(DnsValidation, LetsAnExpectationDecide) {
  Serve({}, false);
  EXPECT_EQ(Verdict(Look("dns:www.shop.example", {ExpectDns("dnssec == insecure")})), "pass");
  EXPECT_EQ(Verdict(Look("dns:www.shop.example", {ExpectDns("dnssec == secure")})),
            "fail expect_dnssec");
}

TEST_F(DnsValidation, ProvesThatANameDoesNotExist) {
  Serve({});
  const Observation seen = Look("dns:gone.shop.example", {ExpectDns("rcode == NXDOMAIN")});
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  ASSERT_TRUE(seen.dns && seen.dns->dnssec);
  EXPECT_EQ(seen.dns->dnssec->status, "secure");
}

TEST_F(DnsValidation, AsksTheVantagesResolversWhereTheServerDoesNotRecurse) {
  Serve({});
  const Observation seen = Look("dns://" + knot().Authority() + "/www.shop.example");
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
}

}  // namespace
}  // namespace gaikei
