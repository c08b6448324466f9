#include "checks/io/dns/resolver.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/checks/io/no_descriptors.h"
#include "tests/checks/io/resolver_rig.h"

namespace gaikei::io {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_F(ResolverTest, AnswersIpv4AloneWithoutAskingForIpv6) {
  DnsScript dns(loop_, BothFamilies);
  const ResolveResult result = Resolve({dns.Text()}, "shop.example", Family::kIpv4);
  EXPECT_EQ(Texts(result.addresses), (List{"192.0.2.1", "192.0.2.2"}));
  ASSERT_EQ(dns.questions().size(), 1U);
  EXPECT_EQ(dns.questions()[0].type, kTypeA);
  EXPECT_EQ(dns.questions()[0].name, "shop.example");
}

TEST_F(ResolverTest, AnswersIpv6AloneWithoutAskingForIpv4) {
  DnsScript dns(loop_, BothFamilies);
  const ResolveResult result = Resolve({dns.Text()}, "shop.example.", Family::kIpv6);
  EXPECT_EQ(Texts(result.addresses), (List{"2001:db8::1"}));
  ASSERT_EQ(dns.questions().size(), 1U);
  EXPECT_EQ(dns.questions()[0].type, kTypeAaaa);
}

TEST_F(ResolverTest, AlternatesFamiliesWithIpv6First) {
  DnsScript dns(loop_, BothFamilies);
  const ResolveResult result = Resolve({dns.Text()}, "shop.example", Family::kAuto);
  EXPECT_EQ(Texts(result.addresses), (List{"2001:db8::1", "192.0.2.1", "192.0.2.2"}));
  EXPECT_EQ(dns.questions().size(), 2U);
}

TEST_F(ResolverTest, AsksAgainEveryTime) {
  DnsScript dns(loop_, BothFamilies);
  Resolver resolver(loop_, RegionWith({dns.Text()}), files_);
  ResolveWith(resolver, "shop.example", Family::kIpv4);
  ResolveWith(resolver, "shop.example", Family::kIpv4);
  EXPECT_EQ(dns.questions().size(), 2U);
}

TEST_F(ResolverTest, DoesNotWaitLongForTheOtherFamily) {
  DnsScript dns(loop_, [](const DnsQuestion& question) {
    return question.type == kTypeAaaa ? std::string() : BothFamilies(question);
  });
  const MonoTime started = MonoNow();
  const ResolveResult result = Resolve({dns.Text()}, "shop.example", Family::kAuto);
  EXPECT_EQ(Texts(result.addresses), (List{"192.0.2.1", "192.0.2.2"}));
  EXPECT_GE(MonoNow() - started, milliseconds(50));
  EXPECT_EQ(dns.questions().size(), 2U) << "asked again: waited a second or more";
}

TEST_F(ResolverTest, TakesTheOtherFamilyAlongWhenItIsALittleLater) {
  DnsScript dns(loop_, BothFamilies);
  dns.Delay(kTypeAaaa, milliseconds(1));
  const ResolveResult result = Resolve({dns.Text()}, "shop.example", Family::kAuto);
  EXPECT_EQ(result.addresses.size(), 3U);
}

TEST_F(ResolverTest, SucceedsWithOneFamilyWhenTheOtherFails) {
  for (const std::uint16_t failing : {kTypeA, kTypeAaaa}) {
    DnsScript dns(loop_, [failing](const DnsQuestion& question) {
      return question.type == failing ? DnsReply(question, 2).Bytes() : BothFamilies(question);
    });
    const ResolveResult result = Resolve({dns.Text()}, "shop.example", Family::kAuto);
    EXPECT_EQ(result.reason, Reason::kNone) << failing;
  }
}

TEST_F(ResolverTest, GivesUpASecondAfterOneFamilyFailedWhileTheOtherIsSilent) {
  DnsScript dns(loop_, [](const DnsQuestion& question) {
    return question.type == kTypeA ? DnsReply(question, 5).Bytes() : std::string();
  });
  EXPECT_EQ(Resolve({dns.Text()}, "shop.example", Family::kAuto).reason, Reason::kDnsRefused);
}

TEST_F(ResolverTest, AnswersNxdomainWhenTheNameDoesNotExist) {
  DnsScript dns(loop_, Always(3));
  for (const Family family : {Family::kAuto, Family::kIpv4, Family::kIpv6}) {
    const ResolveResult result = Resolve({dns.Text()}, "nowhere.example", family);
    EXPECT_EQ(result.reason, Reason::kDnsNxdomain);
    EXPECT_EQ(result.message, "the name nowhere.example does not exist");
  }
}

TEST_F(ResolverTest, TakesNxdomainForIpv4AsTheWholeAnswer) {
  DnsScript dns(loop_, [](const DnsQuestion& question) {
    return question.type == kTypeA ? DnsReply(question, 3).Bytes() : std::string();
  });
  EXPECT_EQ(Resolve({dns.Text()}, "nowhere.example", Family::kAuto).reason, Reason::kDnsNxdomain);
  EXPECT_EQ(dns.questions().size(), 2U);
}

TEST_F(ResolverTest, DoesNotBelieveNxdomainForIpv6Alone) {
  DnsScript dns(loop_, [](const DnsQuestion& question) {
    return question.type == kTypeAaaa ? DnsReply(question, 3).Bytes() : BothFamilies(question);
  });
  dns.Delay(kTypeA, milliseconds(100));
  const ResolveResult result = Resolve({dns.Text()}, "shop.example", Family::kAuto);
  EXPECT_EQ(Texts(result.addresses), (List{"192.0.2.1", "192.0.2.2"}));
}

TEST_F(ResolverTest, AnswersNodataWhenTheNameHasNoAddress) {
  DnsScript dns(loop_, Always(0));
  const ResolveResult any = Resolve({dns.Text()}, "empty.example", Family::kAuto);
  EXPECT_EQ(any.reason, Reason::kDnsNodata);
  EXPECT_EQ(any.message, "the name empty.example has no address");
  const ResolveResult six = Resolve({dns.Text()}, "empty.example", Family::kIpv6);
  EXPECT_EQ(six.message, "the name empty.example has no IPv6 address");
}

TEST_F(ResolverTest, DoesNotSayNodataWhenOneFamilyCouldNotBeAskedFor) {
  for (const std::uint16_t failing : {kTypeA, kTypeAaaa}) {
    DnsScript dns(loop_, [failing](const DnsQuestion& question) {
      return DnsReply(question, question.type == failing ? 2 : 0).Bytes();
    });
    EXPECT_EQ(Resolve({dns.Text()}, "shop.example", Family::kAuto).reason, Reason::kDnsServfail);
  }
}

struct RcodeCase {
  int rcode;
  Reason reason;
  const char* message;
};
class ResolverRcodeTest : public ResolverTest, public testing::WithParamInterface<RcodeCase> {};
TEST_P(ResolverRcodeTest, NamesTheFailureOfTheOnlyServer) {
  DnsScript dns(loop_, Always(GetParam().rcode));
  const ResolveResult result = Resolve({dns.Text()}, "shop.example", Family::kAuto);
  EXPECT_EQ(Name(result.reason), Name(GetParam().reason));
  EXPECT_EQ(result.message, std::string("the name server 127.0.0.1 answered ") +
                                GetParam().message + " for shop.example");
  EXPECT_EQ(dns.questions().size(), 2U) << "the only server was asked again";
}
TEST_P(ResolverRcodeTest, AsksTheNextServer) {
  DnsScript first(loop_, Always(GetParam().rcode));
  DnsScript second(loop_, BothFamilies);
  const ResolveResult result =
      Resolve({first.Text(), second.Text()}, "shop.example", Family::kIpv4);
  EXPECT_EQ(Texts(result.addresses), (List{"192.0.2.1", "192.0.2.2"}));
  EXPECT_EQ(first.questions().size(), 1U);
}
INSTANTIATE_TEST_SUITE_P(Rcodes, ResolverRcodeTest,
                         testing::Values(RcodeCase{1, Reason::kDnsServfail, "FORMERR"},
                                         RcodeCase{2, Reason::kDnsServfail, "SERVFAIL"},
                                         RcodeCase{4, Reason::kDnsServfail, "NOTIMP"},
                                         RcodeCase{5, Reason::kDnsRefused, "REFUSED"},
                                         RcodeCase{9, Reason::kDnsServfail, "NOTAUTH"}));

TEST_F(ResolverTest, ReportsWhatTheFirstServerSaidWhenNoneKnowsBetter) {
  DnsScript first(loop_, Always(5));
  DnsScript second(loop_, Always(2));
  EXPECT_EQ(Resolve({first.Text(), second.Text()}, "shop.example", Family::kIpv4).reason,
            Reason::kDnsRefused);
}

TEST_F(ResolverTest, ReportsARefusalThoughAnotherServerStaysSilent) {
  DnsScript first(loop_, Silence);
  DnsScript second(loop_, Always(5));
  EXPECT_EQ(Resolve({first.Text(), second.Text()}, "shop.example", Family::kIpv4).reason,
            Reason::kDnsRefused);
  EXPECT_EQ(first.questions().size(), 3U);
}

TEST_F(ResolverTest, LeavesASilentServerForTheNextOne) {
  DnsScript first(loop_, Silence);
  DnsScript second(loop_, BothFamilies);
  const MonoTime started = MonoNow();
  const ResolveResult result =
      Resolve({first.Text(), second.Text()}, "shop.example", Family::kIpv4);
  EXPECT_EQ(result.reason, Reason::kNone);
  EXPECT_GE(MonoNow() - started, seconds(1) - milliseconds(1));
  EXPECT_EQ(first.questions().size(), 1U);
}

TEST_F(ResolverTest, LeavesAServerThatIsNotListeningAtOnce) {
  const std::string gone = Gone();
  DnsScript second(loop_, BothFamilies);
  // A family that waited for its question's timeout would come too late for the other one.
  EXPECT_EQ(Resolve({gone, second.Text()}, "shop.example", Family::kAuto).addresses.size(), 3U);
}

TEST_F(ResolverTest, BlamesTheProberWhenNoServerIsListening) {
  const std::string gone = Gone();
  const ResolveResult result = Resolve({gone, gone}, "shop.example", Family::kAuto);
  EXPECT_EQ(result.reason, Reason::kProberResolverDown);
  EXPECT_EQ(result.message,
            "cannot ask the name server 127.0.0.1 for shop.example: connection refused");
}

TEST_F(ResolverTest, AsksOnUntilItIsCancelled) {
  DnsScript dns(loop_, Silence);
  Resolver resolver(loop_, RegionWith({dns.Text()}), files_);
  bool answered = false;
  auto ticket = resolver.Resolve("shop.example", Family::kIpv4,
                                 [&](const ResolveResult&) { answered = true; });
  EXPECT_FALSE(resolver.is_idle());
  RunFor(milliseconds(3500));
  EXPECT_GE(dns.questions().size(), 3U);
  ticket.reset();
  EXPECT_TRUE(resolver.is_idle());
  const std::size_t asked = dns.questions().size();
  RunFor(milliseconds(1500));
  EXPECT_EQ(dns.questions().size(), asked);
  EXPECT_FALSE(answered);
}

TEST_F(ResolverTest, IsSilentWhenATicketIsDestroyedBeforeTheAnswer) {
  DnsScript dns(loop_, BothFamilies);
  Resolver resolver(loop_, RegionWith({dns.Text()}), files_);
  bool answered = false;
  const auto count = [&](const ResolveResult&) { answered = true; };
  resolver.Resolve("shop.example", Family::kAuto, count).reset();
  resolver.Resolve("127.0.0.1", Family::kAuto, count).reset();
  auto later = resolver.Resolve("shop.example", Family::kAuto, count);
  loop_.Post([&later] { later.reset(); });
  RunFor(milliseconds(100));
  EXPECT_FALSE(answered);
  EXPECT_GE(dns.questions().size(), 2U);
}

TEST_F(ResolverTest, MayBeDestroyedInTheCallback) {
  DnsScript dns(loop_, BothFamilies);
  auto resolver = std::make_unique<Resolver>(loop_, RegionWith({dns.Text()}), files_);
  std::unique_ptr<ResolveTicket> ticket;
  const auto unanswered =
      resolver->Resolve("other.example", Family::kIpv4, [](const ResolveResult&) {});
  ticket = resolver->Resolve("shop.example", Family::kIpv4, [&](const ResolveResult&) {
    ticket.reset();
    resolver.reset();
    loop_.Stop();
  });
  RunWithFailsafe();
  EXPECT_EQ(resolver, nullptr);
}

TEST_F(ResolverTest, DropsAnswersThatAreNotToItsQuestion) {
  int number = 0;
  DnsScript dns(loop_, [&number](const DnsQuestion& question) {
    std::string reply = BothFamilies(question);
    if (++number == 1) reply[0] = static_cast<char>(reply[0] ^ 0x55);  // another id
    return reply;
  });
  const ResolveResult result = Resolve({dns.Text()}, "shop.example", Family::kIpv4);
  EXPECT_EQ(result.reason, Reason::kNone);
  EXPECT_EQ(dns.questions().size(), 2U);
}

TEST_F(ResolverTest, FollowsAliasesInAnyOrder) {
  DnsScript dns(loop_, [](const DnsQuestion& question) {
    return DnsReply(question)
        .A("Origin.example", "192.0.2.9")
        .A("unrelated.example", "192.0.2.66")
        .Cname("cdn.example", "origin.EXAMPLE")
        .Cname("SHOP.example", "cdn.example")
        .Bytes();
  });
  EXPECT_EQ(Texts(Resolve({dns.Text()}, "shop.example", Family::kIpv4).addresses),
            (List{"192.0.2.9"}));
}

std::string ChainOf(const DnsQuestion& question, int aliases) {
  DnsReply reply(question);
  std::string owner = question.name;
  for (int i = 0; i < aliases; ++i) {
    const std::string target = "a" + std::to_string(i) + ".example";
    reply.Cname(owner, target);
    owner = target;
  }
  return reply.A(owner, "192.0.2.9").Bytes();
}

TEST_F(ResolverTest, FollowsSixteenAliasesAndNoMore) {
  int aliases = 16;
  DnsScript dns(loop_,
                [&aliases](const DnsQuestion& question) { return ChainOf(question, aliases); });
  EXPECT_EQ(Resolve({dns.Text()}, "shop.example", Family::kIpv4).reason, Reason::kNone);
  aliases = 17;
  const ResolveResult result = Resolve({dns.Text()}, "shop.example", Family::kIpv4);
  EXPECT_EQ(result.reason, Reason::kDnsMalformed);
  EXPECT_NE(result.message.find("more than 16 aliases"), std::string::npos) << result.message;
}

TEST_F(ResolverTest, CallsALoopOfAliasesMalformed) {
  DnsScript dns(loop_, [](const DnsQuestion& question) {
    return DnsReply(question)
        .Cname(question.name, "b.example")
        .Cname("b.example", question.name)
        .Bytes();
  });
  EXPECT_EQ(Resolve({dns.Text()}, "shop.example", Family::kIpv4).reason, Reason::kDnsMalformed);
}

TEST_F(ResolverTest, CallsAnAnswerThatCannotBeReadMalformed) {
  const std::vector<std::function<std::string(const DnsQuestion&)>> broken = {
      [](const DnsQuestion& q) { return DnsReply(q).Raw(q.name, kTypeA, "12345").Bytes(); },
      [](const DnsQuestion& q) {
        const std::string whole = BothFamilies(q);
        return whole.substr(0, whole.size() - 3);
      },
      [](const DnsQuestion& q) {
        return DnsReply(q).Raw(q.name, kTypeCname, std::string("\xc0\xff", 2)).Bytes();
      },
  };
  for (std::size_t i = 0; i < broken.size(); ++i) {
    DnsScript dns(loop_, broken[i]);
    EXPECT_EQ(Resolve({dns.Text()}, "shop.example", Family::kIpv4).reason, Reason::kDnsMalformed)
        << i;
  }
}

TEST_F(ResolverTest, AsksOverTcpWhenTheAnswerIsTruncated) {
  DnsScript dns(loop_, [](const DnsQuestion& question) {
    if (!question.is_tcp) return DnsReply(question).Truncated().Bytes();
    DnsReply reply(question);
    for (int i = 1; i <= 60; ++i) reply.A(question.name, "192.0.2." + std::to_string(i));
    return reply.Bytes();
  });
  const ResolveResult result = Resolve({dns.Text()}, "shop.example", Family::kIpv4);
  EXPECT_EQ(result.addresses.size(), 60U);
  EXPECT_TRUE(dns.questions().back().is_tcp);
}

TEST_F(ResolverTest, AnswersNumericHostsWithoutAQuestion) {
  DnsScript dns(loop_, BothFamilies);
  EXPECT_EQ(Texts(Resolve({dns.Text()}, "192.0.2.7", Family::kAuto).addresses),
            (List{"192.0.2.7"}));
  EXPECT_EQ(Texts(Resolve({dns.Text()}, "[2001:db8::7]", Family::kIpv6).addresses),
            (List{"2001:db8::7"}));
  const ResolveResult other = Resolve({dns.Text()}, "192.0.2.7", Family::kIpv6);
  EXPECT_EQ(other.reason, Reason::kDnsNodata);
  EXPECT_TRUE(dns.questions().empty());
}

TEST_F(ResolverTest, RefusesNamesThatCannotBe) {
  DnsScript dns(loop_, BothFamilies);
  const std::string label(64, 'a');
  std::string long_name;
  while (long_name.size() < 254) long_name += "abcdefg.";
  for (const std::string& name :
       {std::string(), std::string("a..b"), std::string(".example"), label + ".example",
        long_name + "example", std::string("a b"), std::string("a\\.b"), std::string("a\nb")}) {
    const ResolveResult result = Resolve({dns.Text()}, name, Family::kAuto);
    EXPECT_EQ(result.reason, Reason::kDnsMalformed) << name;
    EXPECT_EQ(result.message.find('\n'), std::string::npos);
  }
  EXPECT_TRUE(dns.questions().empty());
}

TEST_F(ResolverTest, HonoursTheHostsFileAndReadsItAgain) {
  DnsScript dns(loop_, BothFamilies);
  Resolver resolver(loop_, RegionWith({dns.Text()}), files_);
  hosts_.Write(
      "# comment\n192.0.2.50 Shop.Example shop # more\n2001:db8::50\tshop.example.\r\n"
      "nonsense shop.example\n");
  EXPECT_EQ(Texts(ResolveWith(resolver, "SHOP.example", Family::kAuto).addresses),
            (List{"2001:db8::50", "192.0.2.50"}));
  EXPECT_EQ(Texts(ResolveWith(resolver, "shop", Family::kAuto).addresses), (List{"192.0.2.50"}));
  EXPECT_TRUE(dns.questions().empty());
  hosts_.Write("192.0.2.51 shop.example\n");
  EXPECT_EQ(Texts(ResolveWith(resolver, "shop.example", Family::kIpv4).addresses),
            (List{"192.0.2.51"}));
  hosts_.Remove();
  EXPECT_EQ(Texts(ResolveWith(resolver, "shop.example", Family::kIpv4).addresses),
            (List{"192.0.2.1", "192.0.2.2"}));
}

TEST_F(ResolverTest, AsksForAFamilyThatTheHostsFileDoesNotName) {
  DnsScript dns(loop_, BothFamilies);
  hosts_.Write("192.0.2.50 shop.example\n");
  EXPECT_EQ(Texts(Resolve({dns.Text()}, "shop.example", Family::kIpv6).addresses),
            (List{"2001:db8::1"}));
}

TEST_F(ResolverTest, KnowsLocalhostWithoutAFile) {
  DnsScript dns(loop_, Silence);
  hosts_.Remove();
  EXPECT_EQ(Texts(Resolve({dns.Text()}, "localhost", Family::kAuto).addresses),
            (List{"::1", "127.0.0.1"}));
  EXPECT_EQ(Texts(Resolve({dns.Text()}, "app.localhost", Family::kIpv4).addresses),
            (List{"127.0.0.1"}));
}

TEST_F(ResolverTest, BlamesTheProberWhenThereIsNoDescriptorForTheQuestion) {
  DnsScript dns(loop_, BothFamilies);
  Resolver resolver(loop_, RegionWith({dns.Text()}), files_);
  hosts_.Write("192.0.2.50 known.example\n");
  ResolveWith(resolver, "known.example", Family::kAuto);
  hosts_.Write("192.0.2.51 known.example # changed\n");
  {
    const NoDescriptors starved;
    const ResolveResult result = ResolveWith(resolver, "shop.example", Family::kAuto);
    EXPECT_EQ(result.reason, Reason::kProberFdLimit) << result.message;
    // The hosts file cannot be read now: what was read last holds.
    EXPECT_EQ(Texts(ResolveWith(resolver, "known.example", Family::kAuto).addresses),
              (List{"192.0.2.50"}));
  }
  EXPECT_EQ(ResolveWith(resolver, "shop.example", Family::kAuto).reason, Reason::kNone);
  EXPECT_EQ(Texts(ResolveWith(resolver, "known.example", Family::kAuto).addresses),
            (List{"192.0.2.51"}));
}

TEST_F(ResolverTest, LeavesByTheRegionsSourceAddress) {
  DnsScript dns(loop_, BothFamilies);
  Region region = RegionWith({dns.Text()});
  region.source = {"198.51.100.77"};  // no address of this machine
  Resolver resolver(loop_, region, files_);
  const ResolveResult result = ResolveWith(resolver, "shop.example", Family::kIpv4);
  EXPECT_EQ(result.reason, Reason::kProberNetworkDown) << result.message;
  EXPECT_TRUE(dns.questions().empty());
}

TEST_F(ResolverTest, LeavesByTheRegionsInterface) {
  DnsScript dns(loop_, BothFamilies);
  Region region = RegionWith({dns.Text()});
  region.interface = "nosuchif0";
  Resolver resolver(loop_, region, files_);
  EXPECT_EQ(ResolveWith(resolver, "shop.example", Family::kIpv4).reason,
            Reason::kProberNetworkDown);
}

TEST_F(ResolverTest, KeepsQuestionsApartWhenManyAreInFlight) {
  DnsScript dns(loop_, [](const DnsQuestion& question) {
    return DnsReply(question).A(question.name, "192.0.2." + question.name.substr(4, 2)).Bytes();
  });
  Resolver resolver(loop_, RegionWith({dns.Text()}), files_);
  std::vector<std::unique_ptr<ResolveTicket>> tickets;
  int answered = 0;
  for (int i = 10; i < 90; ++i) {
    const std::string number = std::to_string(i);
    tickets.push_back(resolver.Resolve(
        "host" + number + ".example", Family::kIpv4, [&, number](const ResolveResult& result) {
          EXPECT_EQ(Texts(result.addresses), (List{"192.0.2." + number}));
          if (++answered == 80) loop_.Stop();
        }));
  }
  RunWithFailsafe();
  EXPECT_EQ(answered, 80);
}

}  // namespace
}  // namespace gaikei::io
