/// DNS checks against real servers: Knot DNS, which is authoritative, and unbound, which resolves.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/checks/dns_rig.h"
#include "tests/support/knot.h"
#include "tests/support/net_namespace.h"
#include "tests/support/unbound.h"

namespace gaikei {
namespace {

using support::CableOfNamespaces;
using support::Knot;
using support::KnotOptions;
using support::KnotZone;
using support::RunInNamespace;
using support::Unbound;

std::string Zone(const std::string& name, unsigned serial, const std::string& records) {
  return "$ORIGIN " + name + ".\n$TTL 300\n@ SOA ns1 hostmaster " + std::to_string(serial) +
         " 3600 600 86400 60\n" + records;
}

std::string Shop(unsigned serial) {
  return Zone("shop.example", serial,
              "@ NS ns1\n@ NS ns2\n@ NS ns3\nns1 A 127.0.0.21\nns2 A 127.0.0.22\n"
              "ns3 A 127.0.0.23\nwww A 192.0.2.1\nmail CNAME www\n@ MX 10 mail\n");
}

Region Through(const Unbound& unbound) {
  Region region;
  region.resolver = {unbound.Authority()};
  return region;
}

std::string StubServer(const Knot& knot) { return "127.0.0.1@" + std::to_string(knot.port()); }

TEST(DnsRealServers, NamesTheOneOfThreeThatHasAnOldSerial) {
  const Knot first({{"shop.example", Shop(42)}});
  const Knot second({{"shop.example", Shop(41)}});
  const Knot third({{"shop.example", Shop(42)}});
  CheckSpec spec = DnsSpec("dns:shop.example?type=SOA");
  spec.dns.servers = {first.Authority(), second.Authority(), third.Authority()};
  spec.dns.recursion = false;
  spec.expect = {ExpectDns("serial.spread <= 0")};
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "fail expect_serial");
  EXPECT_NE(seen.message.find(second.Authority() + " has serial 41, the others 42"),
            std::string::npos)
      << seen.message;
  ASSERT_TRUE(seen.dns);
  EXPECT_EQ(seen.dns->differing, std::vector<std::string>{second.Authority()});
}

TEST(DnsRealServers, ResolveAndRefuseAndDeny) {
  const Knot knot({{"shop.example", Shop(42)}});
  const Unbound unbound({.stubs = {{"shop.example", StubServer(knot)}},
                         .server = "  local-zone: \"refused.example.\" always_refuse\n"
                                   "  local-zone: \"denied.example.\" always_nxdomain\n"
                                   "  local-zone: \"silent.example.\" deny\n"});
  const Region region = Through(unbound);
  const auto verdict = [&](const std::string& target) {
    CheckSpec spec = DnsSpec(target);
    spec.timeout = std::chrono::seconds(2);
    return Verdict(RunCheck(spec, region));
  };
  EXPECT_EQ(verdict("dns:www.shop.example"), "pass");
  EXPECT_EQ(verdict("dns:mail.shop.example"), "pass");
  EXPECT_EQ(verdict("dns:www.shop.example?type=AAAA"), "fail dns_nodata");
  EXPECT_EQ(verdict("dns:mail.shop.example?type=AAAA"), "fail dns_nodata");
  EXPECT_EQ(verdict("dns:gone.shop.example"), "fail dns_nxdomain");
  EXPECT_EQ(verdict("dns:www.denied.example"), "fail dns_nxdomain");
  EXPECT_EQ(verdict("dns:www.refused.example"), "fail dns_refused");
  EXPECT_EQ(verdict("dns:www.silent.example"), "fail dns_timeout processing");
  EXPECT_EQ(verdict("dns://" + knot.Authority() + "/www.other.example"), "fail dns_refused");
}

TEST(DnsRealServers, ForceTcpByTruncation) {
  std::string records = "@ NS ns1\nns1 A 127.0.0.1\n";
  for (int i = 0; i < 100; ++i) records += "many A 192.0.2." + std::to_string(i) + "\n";
  const Knot large({{"shop.example", Zone("shop.example", 1, records)}},
                   {.server = "  udp-max-payload: 1220\n"});
  const Observation seen = RunCheck(DnsSpec("dns://" + large.Authority() + "/many.shop.example"));
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  ASSERT_TRUE(seen.dns);
  EXPECT_EQ(seen.dns->transport, "tcp");
  EXPECT_EQ(seen.dns->tcp_fallbacks, 1U);
  EXPECT_EQ(seen.dns->answer.count, 100U);
}

TEST(DnsRealServers, TellTheirNamesAndCookies) {
  const Knot knot({{"shop.example", Shop(42)}}, {.server = "  nsid: ns-one\n"});
  CheckSpec spec = DnsSpec("dns://" + knot.Authority() + "/www.shop.example");
  spec.dns.nsid = true;
  spec.dns.recursion = false;
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  ASSERT_TRUE(seen.dns);
  EXPECT_EQ(seen.dns->nsid, "ns-one");
  EXPECT_NE(std::find(seen.dns->flags.begin(), seen.dns->flags.end(), "aa"), seen.dns->flags.end());
}

/// "example" with its server at 127.0.0.11 and "shop.example" below it at 127.0.0.21 to 23, all on
/// port 53 of a network of their own, and a resolver at 127.0.0.53.
class DnsAuthoritative : public testing::Test {
 protected:
  static constexpr const char* kDelegation =
      "shop NS ns1.shop\nshop NS ns2.shop\nshop NS ns3.shop\n"
      "ns1.shop A 127.0.0.21\nns2.shop A 127.0.0.22\nns3.shop A 127.0.0.23\n";

  void ServeParent(const std::string& delegation = kDelegation) {
    parent_ = Serve("127.0.0.11",
                    {"example", Zone("example", 1, "@ NS ns1\nns1 A 127.0.0.11\n" + delegation)});
    resolver_ =
        std::make_unique<Unbound>(support::UnboundOptions{.stubs = {{"example", "127.0.0.11"}},
                                                          .address = "127.0.0.53",
                                                          .port = 53,
                                                          .network_namespace = cable_.prober()});
  }

  void ServeChild(int number, const std::string& zone) {
    children_.push_back(Serve("127.0.0.2" + std::to_string(number), {"shop.example", zone}));
  }

  Observation Look(const std::string& target, const std::vector<expect::Expression>& expect = {}) {
    CheckSpec spec = DnsSpec(target);
    spec.dns.is_authoritative = true;
    spec.expect = expect;
    spec.timeout = std::chrono::seconds(20);
    Region region;
    region.resolver = {"127.0.0.53"};
    Observation seen;
    RunInNamespace(cable_.prober(), [&] { seen = RunCheck(spec, region); });
    return seen;
  }

 private:
  std::unique_ptr<Knot> Serve(const std::string& address, const KnotZone& zone) {
    return std::make_unique<Knot>(
        std::vector<KnotZone>{zone},
        KnotOptions{.addresses = {address}, .port = 53, .network_namespace = cable_.prober()});
  }

  CableOfNamespaces cable_;
  std::unique_ptr<Knot> parent_;
  std::vector<std::unique_ptr<Knot>> children_;
  std::unique_ptr<Unbound> resolver_;
};

bool HasNote(const Observation& seen, const std::string& text) {
  return std::any_of(seen.notes.begin(), seen.notes.end(),
                     [&](const std::string& note) { return note.find(text) != std::string::npos; });
}

std::string AllNotes(const Observation& seen) {
  std::string all = seen.message + "\n";
  for (const std::string& note : seen.notes) all += note + "\n";
  return all;
}

TEST_F(DnsAuthoritative, ServersAreFoundFromTheParentAndTheOddOneIsNamed) {
  ServeParent();
  ServeChild(1, Shop(42));
  ServeChild(2, Shop(42));
  ServeChild(3, Shop(41));
  const Observation seen = Look("dns:shop.example?type=SOA", {ExpectDns("serial.spread <= 0")});
  EXPECT_EQ(Verdict(seen), "fail expect_serial") << AllNotes(seen);
  EXPECT_NE(seen.message.find("ns3.shop.example. (127.0.0.23:53) has serial 41, the others 42"),
            std::string::npos)
      << seen.message;
  ASSERT_TRUE(seen.dns);
  ASSERT_EQ(seen.dns->servers.size(), 3U);
  EXPECT_EQ(seen.dns->servers[0].server_name, "ns1.shop.example.");
  EXPECT_EQ(seen.dns->servers[0].server, "127.0.0.21:53");
  EXPECT_EQ(seen.dns->differing, std::vector<std::string>{"127.0.0.23:53"});
  EXPECT_TRUE(seen.phases[Phase::kResolve]) << "the walk";
  EXPECT_FALSE(HasNote(seen, "disagree")) << AllNotes(seen);
  EXPECT_FALSE(HasNote(seen, "could not be asked")) << AllNotes(seen);
}

TEST_F(DnsAuthoritative, ServersAnswerForNamesBelowTheZone) {
  ServeParent();
  for (int i = 1; i <= 3; ++i) ServeChild(i, Shop(42));
  const Observation seen = Look("dns:mail.shop.example", {ExpectDns("agree")});
  EXPECT_EQ(Verdict(seen), "pass") << AllNotes(seen);
  const Observation gone = Look("dns:no.such.name.shop.example");
  EXPECT_EQ(Verdict(gone), "fail dns_nxdomain") << AllNotes(gone);
}

TEST_F(DnsAuthoritative, ListIsThatOfTheParentAndADifferenceIsNoted) {
  ServeParent("shop NS ns1.shop\nshop NS ns2.shop\nns1.shop A 127.0.0.21\nns2.shop A 127.0.0.22\n");
  for (int i = 1; i <= 3; ++i) ServeChild(i, Shop(42));
  const Observation seen = Look("dns:www.shop.example");
  EXPECT_EQ(Verdict(seen), "pass") << AllNotes(seen);
  EXPECT_TRUE(HasNote(seen, "delegation and zone disagree on NS")) << AllNotes(seen);
  ASSERT_TRUE(seen.dns);
  EXPECT_EQ(seen.dns->servers.size(), 2U);
}

TEST_F(DnsAuthoritative, DeadServersAreFoundAlthoughNobodyResolvesTheirZone) {
  ServeParent();
  const Observation seen = Look("dns:www.shop.example");
  EXPECT_EQ(seen.status, Status::kFail) << AllNotes(seen);
  EXPECT_EQ(seen.reason, Reason::kConnectRefused) << AllNotes(seen);
  EXPECT_EQ(seen.message.find("ns1.shop.example. (127.0.0.21:53): "), 0U) << seen.message;
  ASSERT_TRUE(seen.dns);
  EXPECT_EQ(seen.dns->servers.size(), 3U);
}

TEST_F(DnsAuthoritative, StaleGlueIsAskedAndNoted) {
  ServeParent(
      "shop NS ns1.shop\nshop NS ns2.shop\nshop NS ns3.shop\n"
      "ns1.shop A 127.0.0.21\nns2.shop A 127.0.0.22\nns3.shop A 127.0.0.29\n");
  for (int i = 1; i <= 3; ++i) ServeChild(i, Shop(42));
  const Observation seen = Look("dns:www.shop.example");
  EXPECT_EQ(seen.reason, Reason::kConnectRefused) << AllNotes(seen);
  EXPECT_EQ(seen.message.find("ns3.shop.example. (127.0.0.29:53): "), 0U) << seen.message;
  EXPECT_TRUE(HasNote(seen, "the glue 127.0.0.29 of ns3.shop.example.")) << AllNotes(seen);
}

TEST_F(DnsAuthoritative, OwnListIsUsedWhereTheParentCannotBeAsked) {
  ServeParent();  // the root above it is out of reach
  const Observation seen = Look("dns:example?type=SOA");
  EXPECT_EQ(Verdict(seen), "pass") << AllNotes(seen);
  EXPECT_TRUE(HasNote(seen, "the parent of example. could not be asked")) << AllNotes(seen);
  ASSERT_TRUE(seen.dns);
  EXPECT_EQ(seen.dns->answer.count, 1U);
}

}  // namespace
}  // namespace gaikei
