#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/checks/io/resolver_rig.h"

/// What servers do to those who resolve names, one behaviour after the other.
namespace gaikei::io {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string WithAnotherId(const DnsQuestion& question) {
  std::string reply = DnsReply(question).A(question.name, "192.0.2.66").Bytes();
  reply[0] = static_cast<char>(reply[0] ^ 0x55);
  return reply;
}

std::string ToAnotherQuestion(const DnsQuestion& question) {
  DnsQuestion other = question;
  other.name = "evil.example";
  return DnsReply(other).A("evil.example", "192.0.2.66").Bytes();
}

std::string Poisoned(const DnsQuestion& question) {
  return DnsReply(question).A(question.name, "192.0.2.66").Bytes();
}

struct StrayCase {
  const char* name;
  std::function<DnsScript::Stray(const DnsQuestion&)> make;
};

class StrayTest : public ResolverTest, public testing::WithParamInterface<StrayCase> {
 protected:
  static std::vector<DnsScript::Stray> Strays(const DnsQuestion& question) {
    return {GetParam().make(question)};
  }
};

TEST_P(StrayTest, IsIgnoredLikeSilence) {
  DnsScript dns(loop_, Silence);
  dns.SendBefore(Strays);
  Resolver resolver(loop_, RegionWith({dns.Text()}), files_);
  const ResolveResult result = ResolveUntil(resolver, "shop.example", milliseconds(300));
  EXPECT_EQ(result.reason, Reason::kDnsTimeout);
  EXPECT_EQ(result.message, "no answer from DNS for shop.example");
  EXPECT_EQ(BlameOf(result.reason), Blame::kDns);
  EXPECT_EQ(dns.questions().size(), 1U) << "taken for an answer, and asked again";
}

TEST_P(StrayTest, DoesNotHideTheAnswerBehindIt) {
  DnsScript dns(loop_, BothFamilies);
  dns.SendBefore(Strays);
  const ResolveResult result = Resolve({dns.Text()}, "shop.example", Family::kIpv4);
  EXPECT_EQ(Texts(result.addresses), (List{"192.0.2.1", "192.0.2.2"}));
  EXPECT_EQ(dns.questions().size(), 1U);
  EXPECT_TRUE(result.evidence.notes.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Datagrams, StrayTest,
    testing::Values(
        StrayCase{"AnotherId",
                  [](const DnsQuestion& q) { return DnsScript::Stray{WithAnotherId(q)}; }},
        StrayCase{"AnotherSource",
                  [](const DnsQuestion& q) {
                    return DnsScript::Stray{Poisoned(q), true};
                  }},
        StrayCase{"AnotherQuestion",
                  [](const DnsQuestion& q) { return DnsScript::Stray{ToAnotherQuestion(q)}; }},
        StrayCase{"NoBytes", [](const DnsQuestion&) { return DnsScript::Stray{}; }},
        StrayCase{"OneByte", [](const DnsQuestion&) { return DnsScript::Stray{"\x01"}; }},
        StrayCase{
            "ElevenBytes",
            [](const DnsQuestion& q) { return DnsScript::Stray{Poisoned(q).substr(0, 11)}; }}),
    [](const auto& one) { return std::string(one.param.name); });

TEST_F(ResolverTest, SaysThatNobodyAnsweredWhereNobodyDid) {
  DnsScript dns(loop_, Silence);
  Resolver resolver(loop_, RegionWith({dns.Text()}), files_);
  const ResolveResult result = ResolveUntil(resolver, "shop.example", milliseconds(1300));
  EXPECT_EQ(result.reason, Reason::kDnsTimeout);
  EXPECT_TRUE(result.evidence.server.empty());
  EXPECT_EQ(result.evidence.notes, (List{dns.Text() + " did not answer"}));
}

TEST_F(ResolverTest, AcceptsItsQuestionInOtherLetters) {
  DnsScript dns(loop_, [](const DnsQuestion& question) {
    DnsQuestion loud = question;
    loud.name = "sHoP.ExAmPlE";
    return DnsReply(loud).A("SHOP.example", "192.0.2.1").Bytes();
  });
  EXPECT_EQ(Texts(Resolve({dns.Text()}, "shop.example", Family::kIpv4).addresses),
            (List{"192.0.2.1"}));
}

TEST_F(ResolverTest, CallsTheFirstAnswerMalformedThoughABetterOneFollows) {
  DnsScript dns(loop_, BothFamilies);
  dns.SendBefore([](const DnsQuestion& question) {
    return std::vector<DnsScript::Stray>{
        {DnsReply(question).Raw(question.name, kTypeA, "123").Bytes()}};
  });
  const ResolveResult result = Resolve({dns.Text()}, "shop.example", Family::kIpv4);
  EXPECT_EQ(result.reason, Reason::kDnsMalformed);
  EXPECT_EQ(result.evidence.server, dns.Text());
}

TEST_F(ResolverTest, CreditsALateAnswerToNobody) {
  DnsScript dns(loop_, [&dns](const DnsQuestion& question) {
    return dns.questions().size() == 1 ? std::string() : BothFamilies(question);
  });
  // The answer to the first question comes when the second has been asked.
  dns.SendBefore([&dns](const DnsQuestion&) {
    std::vector<DnsScript::Stray> late;
    if (dns.questions().size() == 1) late.push_back({Poisoned(dns.questions()[0])});
    return late;
  });
  const ResolveResult result = Resolve({dns.Text()}, "shop.example", Family::kIpv4);
  EXPECT_EQ(Texts(result.addresses), (List{"192.0.2.1", "192.0.2.2"}));
  EXPECT_EQ(dns.questions().size(), 2U);
}

struct AliasCase {
  const char* name;
  std::function<std::string(const DnsQuestion&)> script;
  Reason reason;
};

std::string Chain(const DnsQuestion& question, int aliases) {
  DnsReply reply(question);
  std::string owner = question.name;
  for (int i = 0; i < aliases; ++i) {
    const std::string target = "a" + std::to_string(i) + ".example";
    reply.Cname(owner, target);
    owner = target;
  }
  return reply.A(owner, "192.0.2.9").Bytes();
}

class AliasTest : public ResolverTest, public testing::WithParamInterface<AliasCase> {};

TEST_P(AliasTest, EndsAsTheChainDoes) {
  DnsScript dns(loop_, GetParam().script);
  const ResolveResult result = Resolve({dns.Text()}, "shop.example", Family::kIpv4);
  EXPECT_EQ(Name(result.reason), Name(GetParam().reason)) << result.message;
  EXPECT_EQ(result.evidence.server, dns.Text());
}

INSTANTIATE_TEST_SUITE_P(
    Chains, AliasTest,
    testing::Values(
        AliasCase{"One", [](const DnsQuestion& q) { return Chain(q, 1); }, Reason::kNone},
        AliasCase{"Eight", [](const DnsQuestion& q) { return Chain(q, 8); }, Reason::kNone},
        AliasCase{"Seventeen", [](const DnsQuestion& q) { return Chain(q, 17); },
                  Reason::kDnsMalformed},
        AliasCase{"ToItself",
                  [](const DnsQuestion& q) { return DnsReply(q).Cname(q.name, q.name).Bytes(); },
                  Reason::kDnsMalformed},
        AliasCase{
            "ToNoAddress",
            [](const DnsQuestion& q) { return DnsReply(q).Cname(q.name, "b.example").Bytes(); },
            Reason::kDnsNodata},
        AliasCase{
            "ToNoName",
            [](const DnsQuestion& q) { return DnsReply(q, 3).Cname(q.name, "b.example").Bytes(); },
            Reason::kDnsNxdomain}),
    [](const auto& one) { return std::string(one.param.name); });

TEST_F(ResolverTest, DoesNotWaitForIpv6WhereIpv4AloneIsWanted) {
  DnsScript dns(loop_, BothFamilies);
  dns.Delay(kTypeAaaa, seconds(20));
  EXPECT_EQ(Resolve({dns.Text()}, "shop.example", Family::kIpv4).reason, Reason::kNone);
  EXPECT_EQ(dns.Count(kTypeAaaa), 0U);
}

TEST_F(ResolverTest, AsksForTheNameAsItIsAndForNothingElse) {
  setenv("LOCALDOMAIN", "search.example", 1);
  setenv("RES_OPTIONS", "ndots:5", 1);
  resolv_conf_.Write("search other.example\noptions ndots:3\n");
  DnsScript dns(loop_, Always(3));
  for (const char* name : {"shop", "shop.example", "a.b.example"}) {
    EXPECT_EQ(Resolve({dns.Text()}, name, Family::kAuto).reason, Reason::kDnsNxdomain);
    for (const DnsQuestion& question : dns.questions()) {
      EXPECT_EQ(question.name.find("search"), std::string::npos) << question.name;
      EXPECT_EQ(question.name.find("other"), std::string::npos) << question.name;
    }
    EXPECT_EQ(dns.questions().back().name, name);
  }
  EXPECT_LE(dns.questions().size(), 6U);
  unsetenv("LOCALDOMAIN");
  unsetenv("RES_OPTIONS");
}

TEST_F(ResolverTest, KeepsTheFirstAddressesOfVeryMany) {
  DnsScript dns(loop_, [](const DnsQuestion& question) {
    if (!question.is_tcp) return DnsReply(question).Truncated().Bytes();
    DnsReply reply(question);
    for (int i = 0; i < 300; ++i) {
      reply.A(question.name, "198.18." + std::to_string(i / 256) + "." + std::to_string(i % 256));
    }
    return reply.Bytes();
  });
  const ResolveResult result = Resolve({dns.Text()}, "shop.example", Family::kIpv4);
  ASSERT_EQ(result.addresses.size(), 64U);
  EXPECT_EQ(result.addresses[63].Text(), "198.18.0.63");
}

TEST_F(ResolverTest, NotesTheDeadResolverBeforeTheOneThatAnswered) {
  DnsScript dead(loop_, Silence);
  DnsScript sick(loop_, Always(2));
  const std::string gone = Gone();
  DnsScript fine(loop_, BothFamilies);
  const ResolveResult result =
      Resolve({dead.Text(), gone, sick.Text(), fine.Text()}, "shop.example", Family::kIpv4);
  EXPECT_EQ(result.reason, Reason::kNone);
  EXPECT_EQ(result.evidence.server, fine.Text());
  EXPECT_FALSE(result.evidence.is_cached);
  EXPECT_EQ(result.evidence.notes,
            (List{dead.Text() + " did not answer", gone + ": connection refused",
                  sick.Text() + " answered SERVFAIL"}));
}

TEST_F(ResolverTest, SaysEachNoteOnce) {
  DnsScript sick(loop_, Always(2));
  const ResolveResult result = Resolve({sick.Text(), sick.Text()}, "shop.example", Family::kAuto);
  EXPECT_EQ(result.reason, Reason::kDnsServfail);
  EXPECT_EQ(result.evidence.server, sick.Text());
  EXPECT_EQ(result.evidence.notes, (List{sick.Text() + " answered SERVFAIL"}));
}

TEST_F(ResolverTest, NamesNoServerWhereNoneWasAsked) {
  DnsScript dns(loop_, BothFamilies);
  hosts_.Write("192.0.2.50 known.example\n");
  for (const char* host : {"known.example", "192.0.2.7", "localhost"}) {
    const ResolveResult result = Resolve({dns.Text()}, host, Family::kIpv4);
    EXPECT_EQ(result.reason, Reason::kNone) << host;
    EXPECT_TRUE(result.evidence.server.empty()) << host;
    EXPECT_FALSE(result.evidence.is_cached) << host;
  }
  EXPECT_TRUE(dns.questions().empty());
}

}  // namespace
}  // namespace gaikei::io
