/// The validation of answers through real servers: zones that Knot DNS and BIND signed, resolved by
/// unbound, which validates them too and says what it makes of them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "checks/io/dns/dns_query.h"
#include "checks/io/dns/dnssec.h"
#include "tests/support/bind.h"
#include "tests/support/knot.h"
#include "tests/support/socket.h"
#include "tests/support/temp_dir.h"
#include "tests/support/unbound.h"

namespace gaikei {
namespace {

using support::Bind;
using support::BindZone;
using support::Knot;
using support::Unbound;
using ::testing::HasSubstr;

constexpr char kHead[] =
    "@ 300 SOA ns admin 1 3600 600 86400 60\n@ 300 NS ns\nns 300 A 127.0.0.1\n";

/// One question over TCP, so that nothing is truncated.
std::string Ask(std::uint16_t port, const std::string& name, std::uint16_t type,
                bool checking_disabled) {
  const auto query = io::BuildDnsQuery(
      {.name = name, .type = type, .checking_disabled = checking_disabled, .dnssec_ok = true});
  if (!query) throw std::runtime_error(query.error());
  const support::Fd socket = support::ConnectTo("127.0.0.1", port);
  const auto high = static_cast<char>(query->bytes.size() >> 8);
  const auto low = static_cast<char>(query->bytes.size());
  support::SendAll(socket.get(), std::string{high, low} + query->bytes);
  shutdown(socket.get(), SHUT_WR);
  const std::string answer = support::ReadToEnd(socket.get());
  return answer.size() < 2 ? "" : answer.substr(2);
}

/// The leaves, each with what is told of it.
std::vector<BindZone> Leaves() {
  const std::string content = std::string(kHead) +
                              "www 300 A 192.0.2.1\na.ent 300 A 192.0.2.2\n"
                              "*.wild 300 A 192.0.2.3\nalias 300 CNAME www\n"
                              "out 300 CNAME www.knot.test.\nplain 300 CNAME www.plain.test.\n"
                              "tree 300 DNAME knot.test.\n";
  using Signing = BindZone::Signing;
  return {
      {.name = "nsec.test", .text = content, .signing = Signing::kBefore, .algorithm = "RSASHA256"},
      {.name = "nsec3.test",
       .text = content,
       .signing = Signing::kBefore,
       .algorithm = "ECDSAP384SHA384",
       .arguments = {"-3", "abcd", "-H", "5"}},
      {.name = "edwards.test",
       .text = content,
       .signing = Signing::kBefore,
       .algorithm = "ED25519"},
      {.name = "policy.test", .text = content, .signing = Signing::kServer},
      {.name = "expired.test",
       .text = content,
       .signing = Signing::kBefore,
       .arguments = {"-s", "20200101000000", "-e", "20200201000000"}},
      {.name = "future.test",
       .text = content,
       .signing = Signing::kBefore,
       .arguments = {"-s", "+864000", "-e", "+8640000"}},
      {.name = "changed.test",
       .text = content,
       .signing = Signing::kBefore,
       .replaced = "192.0.2.1",
       .spoiled = "192.0.2.66"},
      {.name = "nods.test", .text = content, .signing = Signing::kBefore},
      {.name = "otherds.test", .text = content, .signing = Signing::kBefore},
      {.name = "plain.test", .text = content},
  };
}

/// Root and "test" by Knot, which signs them; below BIND's zones and one more of Knot's.
class World {
 public:
  World() {
    const std::string content = std::string(kHead) +
                                "www 300 A 192.0.2.1\na.ent 300 A 192.0.2.2\n"
                                "*.wild 300 A 192.0.2.3\n";
    leaf_ = std::make_unique<Knot>(std::vector<support::KnotZone>{{"knot.test", content, true}});
    std::string tld = kHead + leaf_->Ds("knot.test") + "knot 300 NS ns\n";
    for (const BindZone& zone : Leaves()) {
      tld += zone.name + ". 300 NS ns.test.\n";
      if (zone.signing == BindZone::Signing::kNone || zone.name == "nods.test") continue;
      tld += Delegation(zone.name);
    }
    tld_ = std::make_unique<Knot>(
        std::vector<support::KnotZone>{{"test", tld, true}},
        support::KnotOptions{.policy = "  nsec3: on\n  nsec3-opt-out: on\n"});
    root_ = std::make_unique<Knot>(
        std::vector<support::KnotZone>{{"", kHead + tld_->Ds("test") + "test 300 NS ns\n", true}});
    StartResolver();
  }

  /// What our own validation comes to, with unbound as the resolver that checks nothing.
  DnssecEvidence Validate(const std::string& name, const std::string& type = "A") const {
    const std::uint16_t number = *io::ParseDnsType(type);
    io::DnssecChain chain(anchor_, name, number, Ask(unbound_->port(), name, number, true),
                          WallNow());
    while (const auto question = chain.Next()) {
      chain.Feed(Ask(unbound_->port(), question->name, question->type, true));
    }
    return chain.result();
  }

  /// What unbound says: "secure" (AD), "bogus" (SERVFAIL), else "insecure".
  std::string Unbounds(const std::string& name, const std::string& type = "A") const {
    const std::string answer = Ask(unbound_->port(), name, *io::ParseDnsType(type), false);
    if (answer.size() < 4) return "nothing";
    if ((answer[3] & 0x0f) == 2) return "bogus";
    return (answer[3] & 0x20) != 0 ? "secure" : "insecure";
  }

 private:
  /// The DS of a zone, or for one of them the DS of another.
  std::string Delegation(const std::string& zone) const {
    if (zone != "otherds.test") return bind_.Ds(zone);
    std::string others = bind_.Ds("nsec3.test");
    for (std::size_t at; (at = others.find("nsec3.test")) != std::string::npos;) {
      others.replace(at, 10, zone);
    }
    return others;
  }

  void StartResolver() {
    const auto at = [](std::uint16_t port) { return "127.0.0.1@" + std::to_string(port); };
    support::UnboundOptions options{.stubs = {{"", at(root_->port())},
                                              {"test", at(tld_->port())},
                                              {"knot.test", at(leaf_->port())}}};
    for (const BindZone& zone : Leaves()) options.stubs.push_back({zone.name, at(bind_.port())});
    std::string ds = root_->Ds("");
    const support::TempDir directory;
    anchor_ = *io::TrustAnchor::Load(directory.Write("anchor", ds));
    while (!ds.empty()) {
      options.trust_anchors.push_back(ds.substr(0, ds.find('\n')));
      ds.erase(0, ds.find('\n') + 1);
    }
    unbound_ = std::make_unique<Unbound>(options);
  }

  Bind bind_{Leaves()};
  std::unique_ptr<Knot> leaf_;
  std::unique_ptr<Knot> tld_;
  std::unique_ptr<Knot> root_;
  std::unique_ptr<Unbound> unbound_;
  std::shared_ptr<const io::TrustAnchor> anchor_;
};

class DnssecRealServers : public ::testing::Test {
 protected:
  /// "secure", or "status failure zone", ours; unbound has to see the same status.
  std::string Verdict(const std::string& name, const std::string& type = "A") {
    const DnssecEvidence seen = world_.Validate(name, type);
    EXPECT_EQ(seen.status, world_.Unbounds(name, type)) << name << ": " << seen.message;
    if (seen.failure.empty()) return seen.status;
    return seen.status + " " + seen.failure + " " + seen.zone;
  }

  const World world_;
};

TEST_F(DnssecRealServers, WhatIsRightIsSecureWhoeverSignedIt) {
  for (const std::string zone :
       {"nsec.test", "nsec3.test", "edwards.test", "policy.test", "knot.test"}) {
    SCOPED_TRACE(zone);
    EXPECT_EQ(Verdict("www." + zone), "secure");
    EXPECT_EQ(Verdict("www." + zone, "TXT"), "secure");
    EXPECT_EQ(Verdict("ent." + zone), "secure");
    EXPECT_EQ(Verdict("nothing.here." + zone), "secure");
    EXPECT_EQ(Verdict("any.wild." + zone), "secure");
    EXPECT_EQ(Verdict("any.wild." + zone, "TXT"), "secure");
    EXPECT_EQ(Verdict(zone, "DNSKEY"), "secure");
    EXPECT_EQ(Verdict(zone, "DS"), "secure");
    EXPECT_EQ(Verdict(zone, "SOA"), "secure");
  }
  EXPECT_EQ(Verdict("nothing"), "secure");
}

TEST_F(DnssecRealServers, AliasesAreFollowedFromZoneToZone) {
  for (const std::string zone : {"nsec.test", "nsec3.test", "policy.test"}) {
    SCOPED_TRACE(zone);
    EXPECT_EQ(Verdict("alias." + zone), "secure");
    EXPECT_EQ(Verdict("out." + zone), "secure");
    EXPECT_EQ(Verdict("www.tree." + zone), "secure");
    EXPECT_EQ(Verdict("plain." + zone), "insecure ds_missing plain.test.");
  }
}

TEST_F(DnssecRealServers, BrokenZonesAreToldApart) {
  EXPECT_EQ(Verdict("www.expired.test"), "bogus signature_expired expired.test.");
  EXPECT_EQ(Verdict("www.future.test"), "bogus signature_not_yet_valid future.test.");
  EXPECT_EQ(Verdict("www.changed.test"), "bogus bad_signature changed.test.");
  EXPECT_EQ(Verdict("a.ent.changed.test"), "secure") << "only one record set was changed";
  EXPECT_EQ(Verdict("www.otherds.test"), "bogus ds_mismatch otherds.test.");
  EXPECT_THAT(world_.Validate("www.expired.test").message, HasSubstr("expired 2020-02-01"));
}

TEST_F(DnssecRealServers, ZonesWithoutDsAreInsecure) {
  EXPECT_EQ(Verdict("www.plain.test"), "insecure ds_missing plain.test.");
  EXPECT_EQ(Verdict("www.nods.test"), "insecure ds_missing nods.test.");
  EXPECT_THAT(world_.Validate("www.nods.test").message,
              HasSubstr("the zone is signed but the parent has no DS"));
  // Opt-out leaves it open whether there is an unsigned delegation of that name.
  EXPECT_EQ(Verdict("nothing.test"), "insecure opt_out test.");
}

}  // namespace
}  // namespace gaikei
