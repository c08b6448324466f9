#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "checks/io/dns/host_name.h"
#include "tests/checks/io/resolver_rig.h"

/// Whose fault it is when a name cannot be resolved: references decide.
namespace gaikei::io {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const char* const kReference = "ref.example";

// Behaves in one way to the reference name, in another to every other.
DnsScript::Script Both(DnsScript::Script reference, DnsScript::Script others) {
  return [reference = std::move(reference), others = std::move(others)](const DnsQuestion& q) {
    return q.name == kReference ? reference(q) : others(q);
  };
}

class ReferenceTest : public ResolverTest {
 protected:
  static Region WithReference(const List& servers) {
    Region region = RegionWith(servers);
    region.reference = {"https://ref.example/"};
    return region;
  }
  static std::size_t AskedForReference(const DnsScript& dns) {
    std::size_t count = 0;
    for (const DnsQuestion& question : dns.questions()) count += question.name == kReference;
    return count;
  }
};

struct TroubleCase {
  const char* name;
  DnsScript::Script target;
  DnsScript::Script reference;
  Reason reason;
};
class TroubleTest : public ReferenceTest, public testing::WithParamInterface<TroubleCase> {};

TEST_P(TroubleTest, IsBlamedByWhatTheReferencesSay) {
  DnsScript dns(loop_, Both(GetParam().reference, GetParam().target));
  Resolver resolver(loop_, WithReference({dns.Text()}), files_);
  const ResolveResult result = ResolveUntil(resolver, "shop.example", milliseconds(1500));
  EXPECT_EQ(Name(result.reason), Name(GetParam().reason)) << result.message;
  EXPECT_GE(AskedForReference(dns), 1U);
  if (GetParam().reason == Reason::kProberResolverDown) {
    EXPECT_EQ(result.message,
              "neither shop.example nor the reference names ref.example can be resolved by " +
                  dns.Text());
  } else {
    EXPECT_EQ(BlameOf(result.reason), Blame::kDns);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Troubles, TroubleTest,
    testing::Values(
        TroubleCase{"AllSilent", Silence, Silence, Reason::kProberResolverDown},
        TroubleCase{"AllServfail", Always(2), Always(2), Reason::kProberResolverDown},
        TroubleCase{"AllRefused", Always(5), Always(5), Reason::kProberResolverDown},
        TroubleCase{"ServfailAndSilence", Always(2), Silence, Reason::kProberResolverDown},
        TroubleCase{"SilenceAndRefused", Silence, Always(5), Reason::kProberResolverDown},
        TroubleCase{"SilenceAlone", Silence, BothFamilies, Reason::kDnsTimeout},
        TroubleCase{"SilenceWhileReferenceIsNoName", Silence, Always(3), Reason::kDnsTimeout},
        TroubleCase{"ServfailAlone", Always(2), BothFamilies, Reason::kDnsServfail},
        TroubleCase{"RefusedAlone", Always(5), Always(0), Reason::kDnsRefused}),
    [](const auto& one) { return std::string(one.param.name); });

TEST_F(ReferenceTest, JudgesAShortDeadlineToo) {
  DnsScript dns(loop_, Silence);
  Resolver resolver(loop_, WithReference({dns.Text()}), files_);
  const ResolveResult result = ResolveUntil(resolver, "shop.example", milliseconds(800));
  EXPECT_EQ(result.reason, Reason::kProberResolverDown);
}

TEST_F(ReferenceTest, DoesNotCondemnTheResolverBeforeTheReferencesHadTime) {
  DnsScript dns(loop_, Silence);
  Resolver resolver(loop_, WithReference({dns.Text()}), files_);
  EXPECT_EQ(ResolveUntil(resolver, "shop.example", milliseconds(100)).reason, Reason::kDnsTimeout);
}

TEST_F(ReferenceTest, TellsTheFailureAtADeadlineWhileTheReferencesAreWaitedFor) {
  const auto stop = [this](const DnsQuestion&) {
    loop_.Stop();
    return std::string();
  };
  DnsScript dns(loop_, Both(stop, Always(2)));
  Resolver resolver(loop_, WithReference({dns.Text()}), files_);
  bool is_answered = false;
  const auto ticket = resolver.Resolve("shop.example", Family::kIpv4,
                                       [&](const ResolveResult&) { is_answered = true; });
  RunWithFailsafe();
  const ResolveResult result = ticket->GiveUp();
  EXPECT_EQ(result.reason, Reason::kDnsServfail) << result.message;
  EXPECT_EQ(result.evidence.server, dns.Text());
  RunFor(milliseconds(1200));
  EXPECT_FALSE(is_answered) << "answered after it was given up";
}

TEST_F(ReferenceTest, IsContentWithOneServerThatResolvesReferences) {
  DnsScript dead(loop_, Silence);
  DnsScript lame(loop_, Both(BothFamilies, Silence));
  Resolver resolver(loop_, WithReference({dead.Text(), lame.Text()}), files_);
  const ResolveResult result = ResolveUntil(resolver, "shop.example", milliseconds(2500));
  EXPECT_EQ(result.reason, Reason::kDnsTimeout);
  EXPECT_EQ(result.evidence.notes,
            (List{dead.Text() + " did not answer", lame.Text() + " did not answer"}));
}

TEST_F(ReferenceTest, AsksNothingMoreWhileAllIsWell) {
  DnsScript dns(loop_, BothFamilies);
  Resolver resolver(loop_, WithReference({dns.Text()}), files_);
  for (int i = 0; i < 10; ++i) ResolveWith(resolver, "shop.example", Family::kAuto);
  RunFor(milliseconds(400));
  EXPECT_EQ(AskedForReference(dns), 0U);
}

TEST_F(ReferenceTest, NeedsNoReferencesForANameThatDoesNotExist) {
  DnsScript dns(loop_, Always(3));
  Resolver resolver(loop_, WithReference({dns.Text()}), files_);
  EXPECT_EQ(ResolveWith(resolver, "shop.example", Family::kAuto).reason, Reason::kDnsNxdomain);
  EXPECT_EQ(AskedForReference(dns), 0U);
}

TEST_F(ReferenceTest, SharesOneRoundAmongManyLookups) {
  DnsScript dns(loop_, Always(2));
  Resolver resolver(loop_, WithReference({dns.Text()}), files_);
  std::vector<std::unique_ptr<ResolveTicket>> tickets;
  int down = 0;
  for (int i = 0; i < 50; ++i) {
    tickets.push_back(resolver.Resolve("host" + std::to_string(i) + ".example", Family::kIpv4,
                                       [&](const ResolveResult& result) {
                                         if (result.reason == Reason::kProberResolverDown) ++down;
                                         if (down == 50) loop_.Stop();
                                       }));
  }
  RunWithFailsafe();
  EXPECT_EQ(down, 50);
  EXPECT_EQ(AskedForReference(dns), 1U);
}

TEST_F(ReferenceTest, SeesThatTheResolverIsBack) {
  bool is_back = false;
  DnsScript dns(loop_, [&is_back](const DnsQuestion& question) {
    if (!is_back) return DnsReply(question, 2).Bytes();
    return question.name == kReference ? BothFamilies(question) : DnsReply(question, 2).Bytes();
  });
  Resolver resolver(loop_, WithReference({dns.Text()}), files_);
  EXPECT_EQ(ResolveWith(resolver, "shop.example", Family::kIpv4).reason,
            Reason::kProberResolverDown);
  is_back = true;
  RunFor(milliseconds(1100));
  EXPECT_EQ(ResolveWith(resolver, "shop.example", Family::kIpv4).reason, Reason::kDnsServfail);
  EXPECT_EQ(AskedForReference(dns), 2U);
}

TEST_F(ReferenceTest, DoesWithoutReferencesThatHaveNoName) {
  DnsScript dns(loop_, Always(2));
  Region region = RegionWith({dns.Text()});
  region.reference = {"https://192.0.2.1/", "https://localhost/", "tcp://[2001:db8::1]:25"};
  Resolver resolver(loop_, region, files_);
  EXPECT_EQ(ResolveWith(resolver, "shop.example", Family::kIpv4).reason, Reason::kDnsServfail);
  EXPECT_EQ(dns.questions().size(), 1U);
}

TEST_F(ReferenceTest, MayBeCancelledWhileTheReferencesAreWaitedFor) {
  DnsScript dns(loop_, Both(Silence, Always(2)));
  auto resolver = std::make_unique<Resolver>(loop_, WithReference({dns.Text()}), files_);
  bool is_answered = false;
  const auto note = [&](const ResolveResult&) { is_answered = true; };
  auto cancelled = resolver->Resolve("shop.example", Family::kIpv4, note);
  RunFor(milliseconds(50));
  cancelled.reset();
  EXPECT_TRUE(resolver->is_idle());
  RunFor(milliseconds(1500));
  EXPECT_FALSE(is_answered);
}

TEST_F(ReferenceTest, MayOutliveItsResolverWhileTheReferencesAreWaitedFor) {
  DnsScript dns(loop_, Both(Silence, Always(2)));
  auto resolver = std::make_unique<Resolver>(loop_, WithReference({dns.Text()}), files_);
  const auto orphan = resolver->Resolve("shop.example", Family::kIpv4, [](const ResolveResult&) {});
  RunFor(milliseconds(50));
  resolver.reset();
  RunFor(milliseconds(50));
  EXPECT_EQ(orphan->GiveUp().reason, Reason::kDnsServfail);
}

TEST(HostNameOf, TakesTheNameOfATarget) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"https://Shop.Example/cart?x=1", "shop.example"},
      {"https://user:word@shop.example.:8443/", "shop.example"},
      {"dns:b.example", "b.example"},
      {"dns:b.example.?type=MX", "b.example"},
      {"dns://192.0.2.53/b.example;type=A", "b.example"},
      {"tcp://mail.example:25", "mail.example"},
      {"icmp:host.example", "host.example"},
      {"https://192.0.2.1/", ""},
      {"https://[2001:db8::1]/", ""},
      {"http://localhost/", ""},
      {"http://app.localhost/", ""},
      {"dns://192.0.2.53", ""},
      {"b.example", ""},
      {"", ""},
      {"dns:a b", ""},
  };
  for (const auto& [target, name] : cases) EXPECT_EQ(HostNameOf(target), name) << target;
}

}  // namespace
}  // namespace gaikei::io
