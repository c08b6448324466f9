#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "checks/dns/dns_names.h"
#include "checks/dns/dns_servers.h"
#include "tests/checks/dns_rig.h"
#include "tests/support/dns_server.h"
#include "tests/support/raw_dns_server.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;
using support::DnsQuery;
using support::DnsServer;
using support::RawDatagram;
using support::RawDnsServer;
using Answering = support::DnsReply;
using Record = support::DnsRecord;

DnsServer::Handler OneAddress() {
  return [](const DnsQuery& query) {
    return Answering{.answer = {Record::Address(query.name, "192.0.2.1", 60)}};
  };
}

RawDnsServer::OnDatagram Silent() {
  return [](const std::string&) { return std::vector<RawDatagram>{}; };
}

Region Through(const std::vector<std::string>& resolvers) {
  Region region;
  region.resolver = resolvers;
  return region;
}

TEST(DnsCheck, ShowsWhatItsServerAnswered) {
  const DnsServer server(OneAddress());
  const Observation seen =
      RunCheck(DnsSpec("dns://" + server.Authority() + "/www.shop.example?type=A;class=IN"));
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_EQ(seen.address, "127.0.0.1");
  EXPECT_EQ(seen.port, server.port());
  ASSERT_TRUE(seen.dns);
  EXPECT_EQ(seen.dns->server, server.Authority());
  EXPECT_EQ(seen.dns->question, "www.shop.example. IN A");
  EXPECT_EQ(seen.dns->transport, "udp");
  EXPECT_EQ(seen.dns->rcode, "NOERROR");
  ASSERT_EQ(seen.dns->answer.records.size(), 1U);
  EXPECT_EQ(seen.dns->answer.records[0].Text(), "www.shop.example. 60 IN A 192.0.2.1");
  EXPECT_TRUE(seen.dns->servers.empty());
  EXPECT_FALSE(seen.dns->agree);
  EXPECT_TRUE(seen.phases[Phase::kProcessing]);
  EXPECT_FALSE(seen.phases[Phase::kResolve]);
  EXPECT_FALSE(seen.phases[Phase::kConnect]);
}

TEST(DnsCheck, AsksEachTimeAnew) {
  const DnsServer server(OneAddress());
  const CheckSpec spec = DnsSpec("dns://" + server.Authority() + "/www.shop.example");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Verdict(RunCheck(spec)), "pass");
  EXPECT_EQ(server.queries(), 3U);
}

TEST(DnsCheck, AsksTheVantagesOwnResolversWhereNoServerIsSaid) {
  const DnsServer server(OneAddress());
  const Observation seen = RunCheck(DnsSpec("dns:www.shop.example"), Through({server.Authority()}));
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  ASSERT_TRUE(seen.dns);
  EXPECT_EQ(seen.dns->server, server.Authority());
  EXPECT_TRUE(seen.notes.empty());
}

TEST(DnsCheck, AsksTheSecondResolverWhereTheFirstIsSilentAndSaysSo) {
  const RawDnsServer silent(Silent());
  const DnsServer server(OneAddress());
  CheckSpec spec = DnsSpec("dns:www.shop.example");
  spec.timeout = 3s;
  const Observation seen = RunCheck(spec, Through({silent.Authority(), server.Authority()}));
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_GE(seen.duration, 1s);
  EXPECT_LT(*seen.phases[Phase::kProcessing], 1s) << "the latency is that of who answered";
  ASSERT_TRUE(seen.dns);
  EXPECT_EQ(seen.dns->server, server.Authority());
  ASSERT_EQ(seen.notes.size(), 1U);
  EXPECT_EQ(seen.notes[0], silent.Authority() + " was silent for 1s");
}

TEST(DnsCheck, TakesTheLateAnswerOfTheFirstResolverToo) {
  const RawDnsServer slow([](const std::string& query) {
    const auto parsed = support::ParseDnsQuery(query);
    return std::vector<RawDatagram>{
        {.bytes = support::FormatDnsReply(*parsed,
                                          {.answer = {Record::Address(parsed->name, "192.0.2.7")}}),
         .after = 600ms}};
  });
  const RawDnsServer silent(Silent());
  CheckSpec spec = DnsSpec("dns:www.shop.example");
  spec.dns.edns_size = 0;
  spec.timeout = 1500ms;  // patience: 500 ms
  const Observation seen = RunCheck(spec, Through({slow.Authority(), silent.Authority()}));
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  ASSERT_TRUE(seen.dns);
  EXPECT_EQ(seen.dns->server, slow.Authority());
}

TEST(DnsCheck, GoesOnAtOnceWhereAResolverRefuses) {
  const support::RefusingUdpPort dead;
  const DnsServer server(OneAddress());
  CheckSpec spec = DnsSpec("dns:www.shop.example");
  spec.timeout = 60s;
  const Observation seen = RunCheck(spec, Through({dead.Authority(), server.Authority()}));
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_LT(seen.duration, 2s);
  EXPECT_EQ(seen.notes.size(), 1U);
}

TEST(DnsCheck, CannotTellAnythingWhereNoResolverListens) {
  const support::RefusingUdpPort dead;
  const Observation seen = RunCheck(DnsSpec("dns:www.shop.example"), Through({dead.Authority()}));
  EXPECT_EQ(seen.status, Status::kUnknown);
  EXPECT_EQ(seen.reason, Reason::kProberResolverDown);
  EXPECT_EQ(seen.blame, Blame::kProber);
}

TEST(DnsCheck, TimesOutWhereAllResolversAreSilent) {
  const RawDnsServer first(Silent());
  const RawDnsServer second(Silent());
  CheckSpec spec = DnsSpec("dns:www.shop.example");
  spec.timeout = 300ms;
  const Observation seen = RunCheck(spec, Through({first.Authority(), second.Authority()}));
  EXPECT_EQ(Verdict(seen), "fail dns_timeout processing");
  EXPECT_GE(*seen.phases[Phase::kProcessing], 250ms);
}

TEST(DnsCheck, ResolvesTheNameOfItsServer) {
  const DnsServer server(OneAddress());
  const DnsServer resolver(
      std::multimap<std::string, std::string>{{"ns1.shop.example", "127.0.0.1"}});
  CheckSpec spec =
      DnsSpec("dns://ns1.shop.example:" + std::to_string(server.port()) + "/www.shop.example");
  spec.family = Family::kIpv4;
  const Observation seen = RunCheck(spec, Through({resolver.Authority()}));
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_TRUE(seen.phases[Phase::kResolve]);
  EXPECT_TRUE(seen.phases[Phase::kProcessing]);
  ASSERT_TRUE(seen.dns);
  EXPECT_EQ(seen.dns->server, "ns1.shop.example:" + std::to_string(server.port()));
  EXPECT_EQ(seen.address, "127.0.0.1");
}

TEST(DnsCheck, BlamesDnsWhereTheNameOfItsServerDoesNotResolve) {
  const DnsServer resolver(std::multimap<std::string, std::string>{});
  const Observation seen =
      RunCheck(DnsSpec("dns://ns1.shop.example/www.shop.example"), Through({resolver.Authority()}));
  EXPECT_EQ(Verdict(seen), "fail dns_nxdomain resolve");
  EXPECT_EQ(seen.blame, Blame::kDns);
}

TEST(DnsCheck, ReachesItsServerAtTheAddressThatIsGiven) {
  const DnsServer server(OneAddress());
  CheckSpec spec =
      DnsSpec("dns://ns1.shop.example:" + std::to_string(server.port()) + "/www.shop.example");
  spec.address = "127.0.0.1";
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_FALSE(seen.phases[Phase::kResolve]);
}

TEST(DnsCheck, DoesNotLookAtPrivateAddressesWhereThatIsDenied) {
  const DnsServer server(OneAddress());
  CheckSpec spec = DnsSpec("dns://" + server.Authority() + "/www.shop.example");
  spec.deny_private = true;
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(seen.status, Status::kUnknown);
  EXPECT_EQ(seen.reason, Reason::kAddressBlocked);
  EXPECT_EQ(server.queries(), 0U);
}

TEST(DnsCheck, AsksWithTheFlagsItIsTold) {
  const DnsServer server(OneAddress());
  CheckSpec spec = DnsSpec("dns://" + server.Authority() + "/www.shop.example");
  spec.dns.recursion = false;
  spec.dns.checking_disabled = true;
  EXPECT_EQ(Verdict(RunCheck(spec)), "pass");
  const DnsQuery query = server.Queries().at(0);
  EXPECT_FALSE(query.recursion_desired);
  EXPECT_EQ(query.raw[3] & 0x10, 0x10);
}

TEST(DnsCheck, AsksOverTcpWhereThatIsTold) {
  const DnsServer server(OneAddress());
  CheckSpec spec = DnsSpec("dns://" + server.Authority() + "/www.shop.example");
  spec.dns.transport = DnsTransport::kTcp;
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_TRUE(server.Queries().at(0).is_tcp);
  EXPECT_TRUE(seen.phases[Phase::kConnect]);
  ASSERT_TRUE(seen.dns);
  EXPECT_EQ(seen.dns->transport, "tcp");
  EXPECT_EQ(seen.dns->tcp_fallbacks, 0U);
}

TEST(DnsCheck, LetsAnExpectationDecideOnTheRcode) {
  const DnsServer server(
      [](const DnsQuery&) { return Answering{.rcode = support::kRcodeNxdomain}; });
  CheckSpec spec = DnsSpec("dns://" + server.Authority() + "/www.shop.example");
  spec.warn = {ExpectDns("rcode == NXDOMAIN")};
  EXPECT_EQ(Verdict(RunCheck(spec)), "fail dns_nxdomain") << "a warning replaces nothing";
  spec.expect = {ExpectDns("rcode in [NXDOMAIN, NOERROR]")};
  EXPECT_EQ(Verdict(RunCheck(spec)), "pass");
}

TEST(DnsCheck, MatchesExpectationsOnRecords) {
  const DnsServer server([](const DnsQuery& query) {
    return Answering{.answer = {Record::Mx(query.name, 10, "mail.shop.example", 300),
                                Record::Mx(query.name, 20, "backup.shop.example", 60)}};
  });
  CheckSpec spec = DnsSpec("dns://" + server.Authority() + "/shop.example?type=MX");
  spec.expect = {ExpectDns("answer contains 'mail.shop.example'"), ExpectDns("answer.count == 2"),
                 ExpectDns("ttl >= 60"), ExpectDns("rcode == NOERROR")};
  EXPECT_EQ(Verdict(RunCheck(spec)), "pass");
  spec.expect = {ExpectDns("answer contains 'other.example'")};
  EXPECT_EQ(Verdict(RunCheck(spec)), "fail expect_answer");
}

TEST(DnsCheck, IsNotMadeFromWhatCannotBeAsked) {
  const auto why = [](const std::string& target, const std::function<void(CheckSpec&)>& change) {
    CheckSpec spec = DnsSpec(target);
    if (change) change(spec);
    return WhyNotMade(spec);
  };
  EXPECT_EQ(why("dns:shop.example", {}), "");
  EXPECT_NE(why("dns:shop.example?type=NOSUCH", {}), "");
  EXPECT_NE(why("dns:shop.example", [](CheckSpec& spec) { spec.dns.ecs = "nonsense"; }), "");
  EXPECT_NE(why("dns:shop.example", [](CheckSpec& spec) { spec.dns.servers = {"http://x/"}; }), "");
  EXPECT_NE(why("dns:shop.example", [](CheckSpec& spec) { spec.dns.servers = {"a b"}; }), "");
  EXPECT_NE(why("dns:shop.example",
                [](CheckSpec& spec) {
                  spec.dns.servers = {"192.0.2.1", "192.0.2.1:53"};
                }),
            "");
  EXPECT_NE(why("dns:shop.example",
                [](CheckSpec& spec) {
                  spec.dns.servers = {"192.0.2.1"};
                  spec.dns.is_authoritative = true;
                }),
            "");
  EXPECT_NE(why("dns:shop.example", [](CheckSpec& spec) { spec.address = "192.0.2.1"; }), "");
  EXPECT_NE(why("dns:shop.example",
                [](CheckSpec& spec) {
                  spec.dns.validate = true;
                  spec.dns.edns_size = 0;
                }),
            "");
  EXPECT_NE(why("dns:shop.example",
                [](CheckSpec& spec) {
                  spec.dns.validate = true;
                  spec.dns.trust_anchor = "/nonexistent/anchor";
                })
                .find("/nonexistent/anchor"),
            std::string::npos);
  EXPECT_NE(
      why("dns:version.bind?type=TXT;class=CH", [](CheckSpec& spec) { spec.dns.validate = true; }),
      "");
}

TEST(DnsServers, AreReadInAllTheirForms) {
  const auto shown = [](const std::string& text, DnsTransport transport) {
    const auto server = ParseDnsServer(text, transport);
    return server ? DnsServerText(*server) : "error: " + server.error();
  };
  EXPECT_EQ(shown("192.0.2.1", DnsTransport::kUdp), "192.0.2.1:53");
  EXPECT_EQ(shown("192.0.2.1:5353", DnsTransport::kTcp), "192.0.2.1:5353");
  EXPECT_EQ(shown("2001:db8::1", DnsTransport::kUdp), "[2001:db8::1]:53");
  EXPECT_EQ(shown("[2001:db8::1]", DnsTransport::kUdp), "[2001:db8::1]:53");
  EXPECT_EQ(shown("[2001:db8::1]:5353", DnsTransport::kUdp), "[2001:db8::1]:5353");
  EXPECT_EQ(shown("ns1.example", DnsTransport::kDot), "ns1.example:853");
  EXPECT_EQ(shown("dns.example", DnsTransport::kDoh), "https://dns.example/dns-query");
  EXPECT_EQ(shown("https://dns.example/", DnsTransport::kUdp), "https://dns.example/dns-query");
  EXPECT_EQ(shown("https://dns.example:8443/ask", DnsTransport::kUdp),
            "https://dns.example:8443/ask");
  EXPECT_EQ(shown("https://dns.example", DnsTransport::kUdp), "https://dns.example/dns-query");
  EXPECT_TRUE(shown("tls://dns.example", DnsTransport::kUdp).starts_with("error: "));
  EXPECT_TRUE(shown("https://user:word@dns.example", DnsTransport::kUdp).starts_with("error: "));
  EXPECT_TRUE(shown("", DnsTransport::kUdp).starts_with("error: "));
  EXPECT_TRUE(shown("192.0.2.1:0", DnsTransport::kUdp).starts_with("error: "));
}

TEST(DnsNames, AreComparedAsDnsDoes) {
  EXPECT_EQ(CanonicalDnsName("Shop.Example"), "shop.example.");
  EXPECT_EQ(CanonicalDnsName("shop.example."), "shop.example.");
  EXPECT_EQ(CanonicalDnsName(""), ".");
  EXPECT_EQ(CanonicalDnsName("."), ".");
  EXPECT_EQ(CanonicalDnsName("a\\."), "a\\..") << "the dot belongs to the label";
  EXPECT_EQ(ParentDnsName("www.shop.example."), "shop.example.");
  EXPECT_EQ(ParentDnsName("a\\.b.example."), "example.");
  EXPECT_EQ(ParentDnsName("example."), ".");
  EXPECT_EQ(ParentDnsName("."), ".");
  EXPECT_TRUE(IsWithinDnsZone("www.shop.example.", "example."));
  EXPECT_TRUE(IsWithinDnsZone("example.", "example."));
  EXPECT_TRUE(IsWithinDnsZone("example.", "."));
  EXPECT_FALSE(IsWithinDnsZone("notexample.", "example."));
  EXPECT_FALSE(IsWithinDnsZone("example.", "www.example."));
}

}  // namespace
}  // namespace gaikei
