/// Kind `icmp`: real echoes on the loopback and in networks of the test's own.

#include "checks/icmp/icmp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <stdexcept>
#include <string>

#include "checks/icmp/icmp_tally.h"
#include "checks/io/net/icmp_message.h"
#include "tests/checks/http_rig.h"
#include "tests/support/net_namespace.h"
#include "tests/support/subprocess.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;
using support::CableOfNamespaces;
using testing::ElementsAre;
using testing::HasSubstr;

CheckSpec IcmpSpec(const std::string& host) {
  CheckSpec spec = SpecOf("icmp", "icmp://" + host);
  spec.icmp.interval = 1ms;
  return spec;
}

expect::Expression ExpectIcmp(const std::string& text) {
  auto compiled = expect::Expression::Compile(text, "icmp");
  EXPECT_TRUE(compiled) << compiled.error().message;
  return *compiled;
}

void Shell(int network_namespace, const std::string& commands) {
  const auto finished =
      support::RunToEnd({.argv = {"sh", "-ec", commands}, .network_namespace = network_namespace});
  if (finished.status.code != 0) throw std::runtime_error(commands + ": " + finished.errors);
}

/// The target treats what comes in by a rule of nft.
void OnArrival(const CableOfNamespaces& cable, const std::string& rule) {
  Shell(cable.target(),
        "nft add table inet t; "
        "nft add chain inet t input '{ type filter hook input priority 0; }'; "
        "nft add rule inet t input '" +
            rule + "'");
}

/// One attempt from the prober's end of the cable.
Observation Across(const CableOfNamespaces& cable, const CheckSpec& spec) {
  Observation seen;
  support::RunInNamespace(cable.prober(), [&] { seen = RunCheck(spec); });
  return seen;
}

/// Takes CAP_NET_RAW from the calling thread.
void DropNetRaw() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, 2> data{};
  ASSERT_EQ(syscall(SYS_capget, &header, data.data()), 0);
  for (auto* set : {&data[0].effective, &data[0].permitted, &data[0].inheritable}) {
    *set &= ~(1U << CAP_NET_RAW);
  }
  ASSERT_EQ(syscall(SYS_capset, &header, data.data()), 0);
}

TEST(Icmp, MeasuresRoundTripsOverBothFamilies) {
  for (const char* host : {"127.0.0.1", "[::1]"}) {
    CheckSpec spec = IcmpSpec(host);
    spec.icmp.count = 5;
    const Observation seen = RunCheck(spec);
    EXPECT_EQ(Verdict(seen), "pass") << seen.message;
    ASSERT_TRUE(seen.icmp);
    EXPECT_EQ(seen.icmp->sent, 5U);
    EXPECT_EQ(seen.icmp->received, 5U);
    EXPECT_EQ(seen.icmp->loss, 0);
    EXPECT_GT(*seen.icmp->rtt_min, 0ns);
    EXPECT_LE(*seen.icmp->rtt_min, *seen.icmp->rtt_mean);
    EXPECT_LE(*seen.icmp->rtt_mean, *seen.icmp->rtt_max);
    EXPECT_LT(*seen.icmp->rtt_max, seen.duration);
    EXPECT_TRUE(seen.icmp->jitter);
    EXPECT_EQ(seen.icmp->ttl, 64U);
    EXPECT_TRUE(seen.phases[Phase::kProcessing]);
    EXPECT_FALSE(seen.phases[Phase::kConnect]);
  }
}

TEST(Icmp, SendsEverySizeFromNoPayloadToTheLargest) {
  for (const unsigned size : {0U, 1U, 15U, 16U, 1473U, 65'507U}) {
    CheckSpec spec = IcmpSpec("127.0.0.1");
    spec.icmp.size = size;
    const Observation seen = RunCheck(spec);
    EXPECT_EQ(Verdict(seen), "pass") << size << ": " << seen.message;
    EXPECT_EQ(seen.icmp->received, 3U) << size;
  }
}

TEST(Icmp, ResolvesNamesInAPhaseOfTheirOwn) {
  CheckSpec spec = IcmpSpec("localhost");
  spec.family = Family::kIpv4;
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_TRUE(seen.phases[Phase::kResolve]);
  EXPECT_EQ(seen.address, "127.0.0.1");

  const auto peer = io::Address::Parse("127.0.0.1", 4711);
  EXPECT_EQ(Verdict(RunCheck(IcmpSpec("nowhere.invalid"), {}, {}, &*peer)), "pass");
}

TEST(Icmp, LooksAtNoPrivateAddressWhereThatIsDenied) {
  CheckSpec spec = IcmpSpec("127.0.0.1");
  spec.deny_private = true;
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "unknown address_blocked");
  EXPECT_FALSE(seen.icmp);
}

TEST(Icmp, CountsTheLossOfAFirewallThatDropsEveryFifth) {
  CableOfNamespaces cable;
  OnArrival(cable, "icmp type echo-request numgen inc mod 5 0 drop");
  OnArrival(cable, "icmpv6 type echo-request numgen inc mod 5 0 drop");
  for (const char* host : {"10.77.0.2", "[fd77::2]"}) {
    CheckSpec spec = IcmpSpec(host);
    spec.icmp.count = 20;
    spec.timeout = 500ms;
    spec.expect = {ExpectIcmp("packet_loss <= 20%"), ExpectIcmp("rtt < 10s")};
    Observation seen = Across(cable, spec);
    EXPECT_EQ(Verdict(seen), "pass") << seen.message;
    EXPECT_EQ(seen.icmp->sent, 20U);
    EXPECT_EQ(seen.icmp->received, 16U);
    EXPECT_DOUBLE_EQ(seen.icmp->loss, 0.2);
    EXPECT_GE(seen.duration, 500ms);  // the lost ones are waited for

    spec.expect = {ExpectIcmp("packet_loss < 20%")};
    seen = Across(cable, spec);
    EXPECT_EQ(Verdict(seen), "fail expect_packet_loss");
    spec.expect.clear();
    EXPECT_EQ(Verdict(Across(cable, spec)), "pass");
  }
}

TEST(Icmp, FailsWhenNothingComesBackUnlessLossIsWhatIsExpected) {
  CableOfNamespaces cable;
  cable.DropAll();
  CheckSpec spec = IcmpSpec(CableOfNamespaces::kTarget4);
  spec.timeout = 100ms;
  const Observation seen = Across(cable, spec);
  EXPECT_EQ(Verdict(seen), "fail response_timeout processing");
  EXPECT_EQ(seen.message, "timeout after 100ms: no reply from 10.77.0.2 to 3 echo requests");
  EXPECT_EQ(seen.icmp->loss, 1);
  EXPECT_FALSE(seen.icmp->rtt_mean);
  EXPECT_FALSE(seen.icmp->ttl);

  spec.expect = {ExpectIcmp("packet_loss == 100%")};
  EXPECT_EQ(Verdict(Across(cable, spec)), "pass");
}

TEST(Icmp, TellsWhoSaysThatTheHostIsUnreachable) {
  CableOfNamespaces cable;
  OnArrival(cable, "icmp type echo-request reject with icmp type host-unreachable");
  OnArrival(cable, "icmpv6 type echo-request reject with icmpv6 type admin-prohibited");
  Observation seen = Across(cable, IcmpSpec(CableOfNamespaces::kTarget4));
  EXPECT_EQ(Verdict(seen), "fail connect_unreachable processing");
  EXPECT_EQ(seen.message, "no reply from 10.77.0.2: host unreachable from 10.77.0.2");
  EXPECT_THAT(seen.icmp->errors, ElementsAre("host unreachable from 10.77.0.2"));
  EXPECT_EQ(seen.blame, Blame::kNetwork);

  seen = Across(cable, IcmpSpec("[fd77::2]"));
  EXPECT_EQ(Verdict(seen), "fail connect_unreachable processing");
  EXPECT_THAT(seen.icmp->errors, ElementsAre("administratively prohibited from fd77::2"));
}

/// The target's machine routes to a network behind it, whose link is narrow.
void AddNetworkBehind(const CableOfNamespaces& cable) {
  Shell(cable.target(),
        "sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1; "
        "ip link add far type veth peer name end; "
        "ip link set far mtu 1300 up; ip link set end up; "
        "ip addr add 10.88.0.1/24 dev far; ip addr add fd88::1/64 dev far nodad");
  Shell(cable.prober(),
        "ip route add 10.88.0.0/24 via 10.77.0.2; ip route add fd88::/64 via fd77::2");
}

TEST(Icmp, TellsTheHopWhereTheTimeToLiveEnds) {
  CableOfNamespaces cable;
  AddNetworkBehind(cable);
  CheckSpec spec = IcmpSpec("10.88.0.9");
  spec.icmp.ttl = 1;
  EXPECT_EQ(Verdict(Across(cable, spec)), "fail connect_unreachable processing");
  EXPECT_THAT(Across(cable, spec).icmp->errors,
              ElementsAre("time to live exceeded from 10.77.0.2"));
  spec = IcmpSpec("[fd88::9]");
  spec.icmp.ttl = 1;
  EXPECT_THAT(Across(cable, spec).icmp->errors, ElementsAre("time to live exceeded from fd77::2"));
  // One hop is enough for the neighbour itself.
  spec = IcmpSpec("10.77.0.2");
  spec.icmp.ttl = 1;
  EXPECT_EQ(Verdict(Across(cable, spec)), "pass");
}

TEST(Icmp, TellsTheMtuOfThePathAgainAndAgain) {
  CableOfNamespaces cable;
  AddNetworkBehind(cable);
  CheckSpec spec = IcmpSpec("10.88.0.9");
  spec.icmp.size = 1400;
  spec.icmp.dont_fragment = true;
  for (int i = 0; i < 2; ++i) {  // what the kernel remembers of the first time is no answer
    const Observation seen = Across(cable, spec);
    EXPECT_EQ(Verdict(seen), "fail connect_unreachable processing");
    EXPECT_EQ(seen.message,
              "no reply from 10.88.0.9: fragmentation needed, mtu 1300 from 10.77.0.2");
    EXPECT_EQ(seen.icmp->sent, 3U);
  }
  spec = IcmpSpec("[fd88::9]");
  spec.icmp.size = 1400;
  spec.icmp.dont_fragment = true;
  EXPECT_THAT(Across(cable, spec).message, HasSubstr("packet too big, mtu 1300 from fd77::2"));
}

TEST(Icmp, BlamesTheConfigurationForARequestThatFitsNoFrameOfItsOwn) {
  CableOfNamespaces cable;
  CheckSpec spec = IcmpSpec(CableOfNamespaces::kTarget4);
  spec.icmp.size = 2000;
  spec.icmp.dont_fragment = true;
  const Observation seen = Across(cable, spec);
  EXPECT_EQ(Verdict(seen), "unknown prober_internal processing");
  EXPECT_EQ(seen.blame, Blame::kConfig);
  EXPECT_THAT(seen.message, HasSubstr("mtu 1500"));
  EXPECT_EQ(seen.icmp->sent, 0U);

  spec.icmp.dont_fragment = false;
  EXPECT_EQ(Verdict(Across(cable, spec)), "pass");
}

TEST(Icmp, BlamesItsOwnNetworkForWhatNeverLeft) {
  CableOfNamespaces cable;
  Shell(cable.prober(),
        "nft add table inet t; "
        "nft add chain inet t output '{ type filter hook output priority 0; }'; "
        "nft add rule inet t output icmp type echo-request drop");
  EXPECT_EQ(Verdict(Across(cable, IcmpSpec(CableOfNamespaces::kTarget4))),
            "unknown prober_network_down processing");
  cable.UnplugProber();
  EXPECT_EQ(Verdict(Across(cable, IcmpSpec(CableOfNamespaces::kTarget4))),
            "unknown prober_network_down");
}

TEST(Icmp, UsesDatagramsWhereTheSystemAllowsThemAndNamesBothRemediesElse) {
  CableOfNamespaces cable;
  // A new network allows them to nobody.
  support::RunInNamespace(cable.prober(), [] {
    EXPECT_EQ(RunCheck(IcmpSpec("10.77.0.2")).icmp->socket, "raw");
    DropNetRaw();
    const auto check = MakeIcmpCheck(IcmpSpec("10.77.0.2"));
    ASSERT_FALSE(check);
    EXPECT_THAT(check.error(), HasSubstr("net.ipv4.ping_group_range"));
    EXPECT_THAT(check.error(), HasSubstr("CAP_NET_RAW"));
  });
  Shell(cable.prober(), "sysctl -qw 'net.ipv4.ping_group_range=0 2147483647'");
  support::RunInNamespace(cable.prober(), [] {
    DropNetRaw();
    for (const char* host : {"10.77.0.2", "[fd77::2]"}) {
      const Observation seen = RunCheck(IcmpSpec(host));
      EXPECT_EQ(Verdict(seen), "pass") << seen.message;
      EXPECT_EQ(seen.icmp->socket, "datagram");
      EXPECT_EQ(seen.icmp->received, 3U);
      EXPECT_EQ(seen.icmp->ttl, 64U);
    }
  });
}

TEST(Icmp, TellsErrorsOfThePathThroughDatagramSocketsToo) {
  CableOfNamespaces cable;
  AddNetworkBehind(cable);
  Shell(cable.prober(), "sysctl -qw 'net.ipv4.ping_group_range=0 2147483647'");
  for (const char* host : {"10.88.0.9", "[fd88::9]"}) {
    CheckSpec spec = IcmpSpec(host);
    spec.icmp.ttl = 1;
    const Observation seen = Across(cable, spec);
    EXPECT_EQ(seen.icmp->socket, "datagram");
    EXPECT_EQ(Verdict(seen), "fail connect_unreachable processing");
    EXPECT_THAT(seen.message, HasSubstr("time to live exceeded from"));
  }
}

TEST(Icmp, LeavesByTheRegionsSourceAddress) {
  CableOfNamespaces cable;
  Shell(cable.prober(), "ip addr add 10.77.0.9/24 dev cable");
  OnArrival(cable, "ip saddr 10.77.0.1 drop");
  Region region;
  region.source = {"10.77.0.9"};
  support::RunInNamespace(cable.prober(), [&] {
    EXPECT_EQ(Verdict(RunCheck(IcmpSpec("10.77.0.2"), region)), "pass");
    region.source = {"10.77.0.77"};
    EXPECT_EQ(Verdict(RunCheck(IcmpSpec("10.77.0.2"), region)), "unknown prober_network_down");
  });
}

TEST(Icmp, RefusesWhatCannotBeMade) {
  const auto why = [](const CheckSpec& spec) {
    const auto check = MakeIcmpCheck(spec);
    return check ? std::string() : check.error();
  };
  EXPECT_EQ(why(IcmpSpec("host:80")), "target: ICMP has no ports");
  CheckSpec spec = IcmpSpec("127.0.0.1");
  spec.icmp.count = 101;
  EXPECT_EQ(why(spec), "count: must be 1 to 100");
  spec.icmp.count = 100;
  spec.icmp.interval = 200ms;
  EXPECT_THAT(why(spec), HasSubstr("and the timeout is 10s"));
}

TEST(IcmpTally, CountsDuplicatesAndJitterAndIgnoresWhatWasNeverSent) {
  IcmpTally tally(3);
  const MonoTime start{1s};
  tally.Send(0, start);
  tally.TakeReply(0, start + 10ms, 60U, false);
  tally.TakeReply(0, start + 11ms, 60U, false);
  tally.TakeReply(1, start + 11ms, 60U, false);  // not sent yet
  tally.TakeReply(7, start + 11ms, 60U, false);
  tally.Send(1, start);
  tally.TakeReply(1, start + 14ms, 61U, false);
  EXPECT_FALSE(tally.is_complete());
  tally.Send(2, start);
  tally.TakeError(2, "host unreachable from 192.0.2.1");
  tally.TakeError(2, "host unreachable from 192.0.2.1");
  EXPECT_TRUE(tally.is_complete());
  tally.TakeReply(2, start + 12ms, 62U, false);  // after all
  const IcmpEvidence evidence = tally.Evidence();
  EXPECT_EQ(evidence.sent, 3U);
  EXPECT_EQ(evidence.received, 3U);
  EXPECT_EQ(evidence.duplicates, 1U);
  EXPECT_EQ(evidence.rtt_min, 10ms);
  EXPECT_EQ(evidence.rtt_mean, 12ms);
  EXPECT_EQ(evidence.rtt_max, 14ms);
  EXPECT_EQ(evidence.jitter, 3ms);
  EXPECT_EQ(evidence.ttl, 62U);
  EXPECT_THAT(evidence.errors, ElementsAre("host unreachable from 192.0.2.1"));
}

TEST(IcmpMessage, ReadsSoundRepliesAlone) {
  std::string reply =
      io::BuildEchoRequest(Family::kIpv4, {.id = 7, .sequence = 9, .payload = "abc"});
  EXPECT_EQ(io::InternetChecksum(reply), 0);
  const auto quoted = io::ParseQuotedRequest(Family::kIpv4, reply);
  ASSERT_TRUE(quoted);
  EXPECT_EQ(quoted->id, 7);
  EXPECT_EQ(quoted->sequence, 9);
  EXPECT_EQ(quoted->payload, "abc");
  EXPECT_FALSE(io::ParseEchoReply(Family::kIpv4, false, reply));  // a request

  // The type sinks by 8 in the high byte, so the checksum rises by as much.
  reply[0] = 0;
  reply[2] = static_cast<char>(reply[2] + 8);
  std::string packet = std::string("\x45", 1) + std::string(19, '\0') + reply;
  ASSERT_TRUE(io::ParseEchoReply(Family::kIpv4, true, packet));
  EXPECT_EQ(io::ParseEchoReply(Family::kIpv4, true, packet)->payload, "abc");
  for (std::size_t size = 0; size < packet.size(); ++size) {
    EXPECT_FALSE(io::ParseEchoReply(Family::kIpv4, true, packet.substr(0, size))) << size;
  }
  packet.back() = 'x';
  EXPECT_FALSE(io::ParseEchoReply(Family::kIpv4, true, packet));  // checksum
  packet[0] = '\x4f';                                             // a header longer than all of it
  EXPECT_FALSE(io::ParseEchoReply(Family::kIpv4, true, packet.substr(0, 28)));
  packet[0] = '\x41';
  EXPECT_FALSE(io::ParseEchoReply(Family::kIpv4, true, packet));
}

}  // namespace
}  // namespace gaikei
