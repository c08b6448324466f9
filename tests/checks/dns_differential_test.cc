/// Several name servers asked the same: what they agree on, and who is the odd one.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "checks/dns/dns_compare.h"
#include "tests/checks/dns_rig.h"
#include "tests/support/dns_server.h"
#include "tests/support/raw_dns_server.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;
using support::DnsQuery;
using support::DnsServer;
using Answering = support::DnsReply;
using Record = support::DnsRecord;

std::unique_ptr<DnsServer> WithSerial(std::uint32_t serial) {
  return std::make_unique<DnsServer>([serial](const DnsQuery& query) {
    return Answering{.answer = {Record::Soa(query.name, serial)}};
  });
}

std::unique_ptr<DnsServer> WithAddresses(const std::vector<std::string>& addresses,
                                         std::uint32_t ttl = 60) {
  return std::make_unique<DnsServer>([=](const DnsQuery& query) {
    Answering reply;
    for (const std::string& address : addresses) {
      reply.answer.push_back(Record::Address(query.name, address, ttl));
    }
    return reply;
  });
}

std::unique_ptr<DnsServer> WithRcode(int rcode) {
  return std::make_unique<DnsServer>(
      [rcode](const DnsQuery&) { return Answering{.rcode = rcode}; });
}

CheckSpec Asking(const std::vector<std::unique_ptr<DnsServer>>& servers, const std::string& type) {
  CheckSpec spec = DnsSpec("dns:shop.example?type=" + type);
  for (const auto& server : servers) spec.dns.servers.push_back(server->Authority());
  return spec;
}

template <typename... Servers>
std::vector<std::unique_ptr<DnsServer>> All(Servers... servers) {
  std::vector<std::unique_ptr<DnsServer>> all;
  (all.push_back(std::move(servers)), ...);
  return all;
}

TEST(DnsDifferential, NamesTheServerWithAnOldSerial) {
  const auto servers = All(WithSerial(42), WithSerial(41), WithSerial(42));
  CheckSpec spec = Asking(servers, "SOA");
  spec.expect = {ExpectDns("serial.spread <= 0")};
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "fail expect_serial");
  const std::string odd = servers[1]->Authority();
  EXPECT_NE(seen.message.find(odd + " has serial 41, the others 42"), std::string::npos)
      << seen.message;
  ASSERT_TRUE(seen.dns);
  EXPECT_EQ(seen.dns->serial_spread, 1U);
  EXPECT_EQ(seen.dns->differing, std::vector<std::string>{odd});
  EXPECT_EQ(seen.dns->agree, false);
  ASSERT_EQ(seen.dns->servers.size(), 3U);
  for (std::size_t i = 1; i < 3; ++i) {
    EXPECT_LT(seen.dns->servers[i - 1].server, seen.dns->servers[i].server);
  }
  for (const DnsAnswer& server : seen.dns->servers) EXPECT_GT(server.duration.count(), 0);
}

TEST(DnsDifferential, CallsThoseOldThatHaveNotTheNewestSerialEvenIfTheyAreMany) {
  const auto servers = All(WithSerial(41), WithSerial(42), WithSerial(41));
  CheckSpec spec = Asking(servers, "SOA");
  spec.expect = {ExpectDns("serial.spread == 0")};
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "fail expect_serial");
  ASSERT_TRUE(seen.dns);
  EXPECT_EQ(seen.dns->differing.size(), 2U);
  for (const std::string& odd : seen.dns->differing) EXPECT_NE(odd, servers[1]->Authority());
}

TEST(DnsDifferential, ReadsSerialsInTheirOwnArithmetic) {
  const auto servers = All(WithSerial(4294967295U), WithSerial(1));  // 1 is newer by 2
  const Observation seen = RunCheck(Asking(servers, "SOA"));
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  ASSERT_TRUE(seen.dns);
  EXPECT_EQ(seen.dns->serial_spread, 2U);
  EXPECT_EQ(seen.dns->differing, std::vector<std::string>{servers[0]->Authority()});
}

TEST(DnsDifferential, NamesTheServerWithAnotherAnswer) {
  const auto servers =
      All(WithAddresses({"192.0.2.1"}), WithAddresses({"192.0.2.9"}), WithAddresses({"192.0.2.1"}));
  CheckSpec spec = Asking(servers, "A");
  spec.expect = {ExpectDns("agree")};
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "fail expect_agree");
  const std::string odd = servers[1]->Authority();
  EXPECT_NE(seen.message.find(odd + " says 192.0.2.9, the others 192.0.2.1"), std::string::npos)
      << seen.message;
  ASSERT_TRUE(seen.dns);
  EXPECT_EQ(seen.dns->differing, std::vector<std::string>{odd});
  EXPECT_FALSE(seen.dns->serial_spread);
}

TEST(DnsDifferential, CountsNeitherOrderNorTtlNorRepetition) {
  const auto servers = All(WithAddresses({"192.0.2.1", "192.0.2.2"}, 60),
                           WithAddresses({"192.0.2.2", "192.0.2.1"}, 300));
  CheckSpec spec = Asking(servers, "A");
  spec.expect = {ExpectDns("agree")};
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  ASSERT_TRUE(seen.dns);
  EXPECT_EQ(seen.dns->agree, true);
  EXPECT_TRUE(seen.dns->differing.empty());
}

TEST(DnsDifferential, HoldsEveryServerToEveryExpectation) {
  const auto servers = All(WithAddresses({"192.0.2.1"}), WithAddresses({"192.0.2.1"}, 5));
  CheckSpec spec = Asking(servers, "A");
  spec.expect = {ExpectDns("ttl >= 60")};
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "fail expect_ttl");
  ASSERT_EQ(seen.expect.size(), 1U);
  EXPECT_EQ(seen.expect[0].actual, "5");
}

TEST(DnsDifferential, FailsByTheRcodeOfAnyServer) {
  const auto servers = All(WithAddresses({"192.0.2.1"}), WithRcode(support::kRcodeRefused));
  const Observation seen = RunCheck(Asking(servers, "A"));
  EXPECT_EQ(Verdict(seen), "fail dns_refused");
  EXPECT_NE(seen.message.find(servers[1]->Authority()), std::string::npos) << seen.message;
}

TEST(DnsDifferential, FailsByADeadServerAndKeepsWhatTheOthersSaid) {
  const auto servers = All(WithAddresses({"192.0.2.1"}), WithAddresses({"192.0.2.1"}));
  const support::RefusingUdpPort dead;
  CheckSpec spec = Asking(servers, "A");
  spec.dns.servers.push_back(dead.Authority());
  spec.expect = {ExpectDns("agree")};
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(seen.status, Status::kFail);
  EXPECT_EQ(seen.reason, Reason::kConnectRefused);
  EXPECT_EQ(seen.message.find(dead.Authority() + ": "), 0U) << seen.message;
  ASSERT_TRUE(seen.dns);
  EXPECT_EQ(seen.dns->rcode, "NOERROR");
  EXPECT_EQ(seen.dns->agree, true);
  ASSERT_EQ(seen.dns->servers.size(), 3U);
}

TEST(DnsDifferential, WaitsForASilentServerUntilTheDeadlineAlone) {
  const auto servers = All(WithAddresses({"192.0.2.1"}));
  const support::RawDnsServer silent(
      [](const std::string&) { return std::vector<support::RawDatagram>{}; });
  CheckSpec spec = Asking(servers, "A");
  spec.dns.servers.push_back(silent.Authority());
  spec.timeout = 200ms;
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "fail dns_timeout processing");
  EXPECT_EQ(seen.message.find(silent.Authority() + ": "), 0U) << seen.message;
  EXPECT_GE(seen.duration, 200ms);
  EXPECT_GE(*seen.phases[Phase::kProcessing], 150ms);
  ASSERT_TRUE(seen.dns);
  EXPECT_EQ(seen.dns->answer.count, 1U);
  EXPECT_FALSE(seen.dns->agree) << "one answer agrees with nobody";
}

DnsAnswer AnswerOf(const std::string& server, const std::string& type, const std::string& data,
                   std::optional<std::uint32_t> serial = {}) {
  DnsAnswer answer;
  answer.server = server;
  answer.rcode = "NOERROR";
  answer.serial = serial;
  answer.answer.records = {{"Shop.example.", 60, "IN", type, data}};
  answer.answer.count = 1;
  return answer;
}

TEST(DnsComparison, IgnoresTheCaseOfNamesButNotOfTexts) {
  const std::vector<DnsAnswer> names = {AnswerOf("a", "NS", "NS1.example."),
                                        AnswerOf("b", "NS", "ns1.example.")};
  EXPECT_EQ(CompareDnsAnswers(names).agree, true);
  const std::vector<DnsAnswer> texts = {AnswerOf("a", "TXT", "\"Key\""),
                                        AnswerOf("b", "TXT", "\"key\"")};
  EXPECT_EQ(CompareDnsAnswers(texts).agree, false);
}

TEST(DnsComparison, TakesTheFirstOfTwoThatDifferForRight) {
  const std::vector<DnsAnswer> servers = {AnswerOf("a", "A", "192.0.2.1"),
                                          AnswerOf("b", "A", "192.0.2.2")};
  EXPECT_EQ(CompareDnsAnswers(servers).differing, std::vector<std::string>{"b"});
}

TEST(DnsComparison, TakesTheOneWithTheNewestSerialForRight) {
  const std::vector<DnsAnswer> servers = {AnswerOf("a", "A", "192.0.2.1", 41),
                                          AnswerOf("b", "A", "192.0.2.2", 42)};
  const DnsComparison comparison = CompareDnsAnswers(servers);
  EXPECT_EQ(comparison.differing, std::vector<std::string>{"a"});
  EXPECT_EQ(comparison.answers, "a says 192.0.2.1, the others 192.0.2.2");
}

TEST(DnsComparison, ShowsTheRcodeOfWhoSaysNothingElse) {
  DnsAnswer refused = AnswerOf("c", "A", "");
  refused.rcode = "REFUSED";
  refused.answer = {};
  const std::vector<DnsAnswer> servers = {AnswerOf("a", "A", "192.0.2.1"),
                                          AnswerOf("b", "A", "192.0.2.1"), refused};
  EXPECT_EQ(CompareDnsAnswers(servers).answers, "c says REFUSED, the others 192.0.2.1");
}

TEST(DnsComparison, SaysNothingOfOneServer) {
  const std::vector<DnsAnswer> servers = {AnswerOf("a", "SOA", "x", 1)};
  const DnsComparison comparison = CompareDnsAnswers(servers);
  EXPECT_FALSE(comparison.agree);
  EXPECT_FALSE(comparison.serial_spread);
  EXPECT_TRUE(comparison.differing.empty());
}

TEST(DnsComparison, DoesNotCountSignatures) {
  std::vector<DnsAnswer> servers = {AnswerOf("a", "A", "192.0.2.1"),
                                    AnswerOf("b", "A", "192.0.2.1")};
  servers[0].answer.records.push_back({"shop.example.", 60, "IN", "RRSIG", "A 13 2 60 one"});
  servers[1].answer.records.push_back({"shop.example.", 60, "IN", "RRSIG", "A 13 2 60 other"});
  EXPECT_EQ(CompareDnsAnswers(servers).agree, true);
}

}  // namespace
}  // namespace gaikei
