#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <string>

#include "tests/checks/io/resolver_rig.h"
#include "tests/support/net_namespace.h"
#include "tests/support/unbound.h"

/// Real resolvers, and the machine's own list of them.
namespace gaikei::io {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const char* const kZones =
    "  local-zone: \"example.\" static\n"
    "  local-data: \"shop.example. 60 IN A 192.0.2.1\"\n"
    "  local-data: \"shop.example. 60 IN AAAA 2001:db8::1\"\n"
    "  local-data: \"www.example. 60 IN CNAME shop.example.\"\n"
    "  local-data: \"text.example. 60 IN TXT nothing\"\n"
    "  local-zone: \"refused.test.\" refuse\n"
    "  local-zone: \"denied.test.\" deny\n"
    "  local-zone: \"gone.test.\" always_nxdomain\n"
    "  local-zone: \"empty.test.\" always_nodata\n";

TEST_F(ResolverTest, ReadsARealUnbound) {
  const support::Unbound unbound({.server = kZones});
  Region region = RegionWith({unbound.Authority()});
  region.reference = {"https://shop.example/"};
  Resolver resolver(loop_, region, files_);
  const ResolveResult good = ResolveWith(resolver, "shop.example", Family::kAuto);
  EXPECT_EQ(Texts(good.addresses), (List{"2001:db8::1", "192.0.2.1"}));
  EXPECT_EQ(good.evidence.server, unbound.Authority());
  const std::vector<std::pair<const char*, Reason>> cases = {
      {"text.example", Reason::kDnsNodata},    {"nowhere.example", Reason::kDnsNxdomain},
      {"a.refused.test", Reason::kDnsRefused}, {"a.gone.test", Reason::kDnsNxdomain},
      {"a.empty.test", Reason::kDnsNodata},
  };
  for (const auto& [name, reason] : cases) {
    const ResolveResult result = ResolveWith(resolver, name, Family::kAuto);
    EXPECT_EQ(Name(result.reason), Name(reason)) << name << ": " << result.message;
  }
  EXPECT_EQ(ResolveUntil(resolver, "a.denied.test", milliseconds(1200)).reason,
            Reason::kDnsTimeout);
}

TEST_F(ResolverTest, FindsARealUnboundDownThatRefusesEverything) {
  const support::Unbound unbound({.server = "  local-zone: \".\" refuse\n"});
  Region region = RegionWith({unbound.Authority()});
  region.reference = {"https://shop.example/"};
  Resolver resolver(loop_, region, files_);
  EXPECT_EQ(ResolveWith(resolver, "other.example", Family::kAuto).reason,
            Reason::kProberResolverDown);
}

DnsScript::Script AnswersWith(const std::string& address) {
  return [address](const DnsQuestion& question) {
    return DnsReply(question).A(question.name, address).Bytes();
  };
}

// Port 53 is free in a network of one's own.
TEST_F(ResolverTest, KeepsTheLastGoodListWhenResolvConfIsEmptiedOrGone) {
  const support::CableOfNamespaces cable;
  support::RunInNamespace(cable.prober(), [this] {
    const DnsScript first(loop_, AnswersWith("192.0.2.1"), "127.0.0.11", 53);
    const DnsScript second(loop_, AnswersWith("192.0.2.2"), "127.0.0.12", 53);
    Resolver resolver(loop_, Region{}, files_);
    const auto resolve = [&] {
      return Texts(ResolveWith(resolver, "shop.example", Family::kIpv4).addresses);
    };
    resolv_conf_.Write("nameserver 127.0.0.11\n");
    EXPECT_EQ(resolve(), (List{"192.0.2.1"}));
    resolv_conf_.Write("# nobody\n");
    EXPECT_EQ(resolve(), (List{"192.0.2.1"}));
    resolv_conf_.Write("");
    EXPECT_EQ(resolve(), (List{"192.0.2.1"}));
    resolv_conf_.Remove();
    EXPECT_EQ(resolve(), (List{"192.0.2.1"}));
    resolv_conf_.Write("nameserver 127.0.0.12\n");
    EXPECT_EQ(resolve(), (List{"192.0.2.2"}));
  });
}

TEST_F(ResolverTest, ForgetsWhatOtherServersSaid) {
  const support::CableOfNamespaces cable;
  support::RunInNamespace(cable.prober(), [this] {
    const DnsScript first(loop_, AnswersWith("192.0.2.1"), "127.0.0.11", 53);
    const DnsScript second(loop_, AnswersWith("192.0.2.2"), "127.0.0.12", 53);
    Resolver resolver(loop_, Region{}, files_);
    const ResolveOptions cached{.family = Family::kIpv4, .is_cached = true};
    resolv_conf_.Write("nameserver 127.0.0.11\n");
    ResolveWith(resolver, "shop.example", cached);
    EXPECT_TRUE(ResolveWith(resolver, "shop.example", cached).evidence.is_cached);
    resolv_conf_.Write("nameserver 127.0.0.12\n");
    EXPECT_EQ(Texts(ResolveWith(resolver, "shop.example", cached).addresses), (List{"192.0.2.2"}));
  });
}

TEST_F(ResolverTest, BeginsAnewWithTheNewServersWhenTheListChangesOnTheWay) {
  const support::CableOfNamespaces cable;
  support::RunInNamespace(cable.prober(), [this] {
    const DnsScript first(loop_, Silence, "127.0.0.11", 53);
    const DnsScript second(loop_, AnswersWith("192.0.2.2"), "127.0.0.12", 53);
    Resolver resolver(loop_, Region{}, files_);
    resolv_conf_.Write("nameserver 127.0.0.11\n");
    std::string found;
    const auto waiting =
        resolver.Resolve("early.example", Family::kIpv4, [&](const ResolveResult& result) {
          found = result.addresses.at(0).Text();
          loop_.Stop();
        });
    RunFor(milliseconds(50));
    resolv_conf_.Write("nameserver 127.0.0.12\n");
    const auto trigger =
        resolver.Resolve("later.example", Family::kIpv4, [](const ResolveResult&) {});
    RunWithFailsafe();
    EXPECT_EQ(found, "192.0.2.2");
  });
}

}  // namespace
}  // namespace gaikei::io
