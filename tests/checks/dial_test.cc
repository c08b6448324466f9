#include "checks/parts/dial.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checks/io/engine.h"
#include "tests/checks/io/dns_script.h"
#include "tests/support/net_namespace.h"
#include "tests/support/subprocess.h"
#include "tests/support/tcp_server.h"

namespace gaikei {
namespace {

using io::DnsQuestion;
using io::DnsReply;
using io::DnsScript;
using std::chrono::milliseconds;
using List = std::vector<std::string>;

std::string Loopback(const DnsQuestion& question) {
  DnsReply reply(question);
  if (question.type == io::kTypeA) reply.A(question.name, "127.0.0.1");
  return reply.Bytes();
}

std::string Silence(const DnsQuestion& /*question*/) { return {}; }

class DialTest : public testing::Test {
 protected:
  // Dials, and waits for the result; gives up after `deadline`.
  DialResult Run(const DialTarget& target, Span deadline = std::chrono::seconds(30)) {
    std::optional<DialResult> result;
    dial_ = std::make_unique<Dial>(AttemptContext{engine_, region_, deadline}, target,
                                   [&](DialResult got) {
                                     result = std::move(got);
                                     loop_.Stop();
                                   });
    RunFor(deadline);
    return result ? std::move(*result) : dial_->GiveUp();
  }

  void RunFor(Span span) {
    io::Timer end(loop_);
    end.Arm(span, [this] { loop_.Stop(); });
    loop_.Run();
  }

  DialTarget To(std::uint16_t port, const std::string& host = "shop.example") const {
    DialTarget target;
    target.host = host;
    target.port = port;
    target.family = Family::kIpv4;
    return target;
  }

  io::Loop loop_;
  io::Engine engine_{loop_};
  Region region_;
  std::unique_ptr<Dial> dial_;
};

TEST_F(DialTest, TellsHowTheNameWasResolved) {
  const support::TcpServer server([](support::Connection&) {});
  DnsScript sick(loop_, [](const DnsQuestion& q) { return DnsReply(q, 5).Bytes(); });
  DnsScript dns(loop_, Loopback);
  region_.resolver = {sick.Text(), dns.Text()};
  const DialResult result = Run(To(server.port()));
  ASSERT_EQ(result.reason, Reason::kNone) << result.message;
  EXPECT_TRUE(result.fd.is_valid());
  EXPECT_EQ(result.peer.Text(), "127.0.0.1");
  EXPECT_EQ(result.resolve.server, dns.Text());
  EXPECT_EQ(result.resolve.notes, (List{sick.Text() + " answered REFUSED"}));
  Observation seen;
  Keep(result, seen);
  EXPECT_EQ(seen.status, Status::kPass);
  ASSERT_TRUE(seen.resolve.has_value());
  EXPECT_EQ(seen.resolve->server, dns.Text());
  EXPECT_TRUE(seen.phases[Phase::kConnect].has_value());
}

TEST_F(DialTest, SpendsTheTimeOfADeadResolverInResolve) {
  const support::TcpServer server([](support::Connection&) {});
  DnsScript dead(loop_, Silence);
  DnsScript dns(loop_, Loopback);
  region_.resolver = {dead.Text(), dns.Text()};
  const DialResult result = Run(To(server.port()));
  ASSERT_EQ(result.reason, Reason::kNone) << result.message;
  EXPECT_GE(result.phases[Phase::kResolve].value_or(Span{0}), milliseconds(999));
  EXPECT_EQ(result.resolve.notes, (List{dead.Text() + " did not answer"}));
}

TEST_F(DialTest, HasNoResolvePhaseForANumericHost) {
  const support::TcpServer server([](support::Connection&) {});
  const DialResult result = Run(To(server.port(), "127.0.0.1"));
  ASSERT_EQ(result.reason, Reason::kNone) << result.message;
  Observation seen;
  Keep(result, seen);
  EXPECT_FALSE(seen.phases[Phase::kResolve].has_value());
  EXPECT_FALSE(seen.resolve.has_value());
}

TEST_F(DialTest, UsesTheCacheOnlyWhereItIsAskedTo) {
  const support::TcpServer server([](support::Connection&) {});
  DnsScript dns(loop_, Loopback);
  region_.resolver = {dns.Text()};
  DialTarget target = To(server.port());
  Run(target);
  Run(target);
  EXPECT_EQ(dns.questions().size(), 2U);
  target.is_cached = true;
  EXPECT_FALSE(Run(target).resolve.is_cached);
  EXPECT_TRUE(Run(target).resolve.is_cached);
  EXPECT_EQ(dns.questions().size(), 3U);
}

TEST_F(DialTest, HasHttpsRecordsThatComeAfterTheConnection) {
  const support::TcpServer server([](support::Connection& c) { c.ReadUntil("\n"); });
  DnsScript dns(loop_, [](const DnsQuestion& question) {
    if (question.type != io::kTypeHttps) return Loopback(question);
    const std::string data("\x00\x01\x00\x00\x01\x00\x03\x02h2", 10);
    return DnsReply(question).Raw(question.name, io::kTypeHttps, data).Bytes();
  });
  dns.Delay(io::kTypeHttps, milliseconds(300));
  region_.resolver = {dns.Text()};
  DialTarget target = To(server.port());
  target.wants_https = true;
  const DialResult result = Run(target);
  ASSERT_EQ(result.reason, Reason::kNone) << result.message;
  EXPECT_TRUE(result.resolve.https.empty());
  RunFor(milliseconds(500));
  EXPECT_EQ(dial_->https(), (List{"1 . alpn=h2"}));
}

TEST_F(DialTest, TimesOutInResolveWhereNobodyAnswers) {
  DnsScript dns(loop_, Silence);
  region_.resolver = {dns.Text()};
  const DialResult result = Run(To(443), milliseconds(300));
  EXPECT_EQ(result.reason, Reason::kDnsTimeout);
  EXPECT_EQ(result.phase, Phase::kResolve);
  EXPECT_EQ(result.message, "timeout after 300ms: no answer from DNS for shop.example");
  Observation seen;
  Keep(result, seen);
  EXPECT_EQ(seen.status, Status::kFail);
  EXPECT_EQ(seen.blame, Blame::kDns);
}

TEST_F(DialTest, IsNotTheTargetsFaultWhereTheReferencesFailToo) {
  DnsScript dns(loop_, Silence);
  region_.resolver = {dns.Text()};
  region_.reference = {"https://ref.example/"};
  const DialResult result = Run(To(443), milliseconds(1000));
  Observation seen;
  Keep(result, seen);
  EXPECT_EQ(seen.reason, Reason::kProberResolverDown) << seen.message;
  EXPECT_EQ(seen.status, Status::kUnknown);
  EXPECT_EQ(seen.blame, Blame::kProber);
  EXPECT_EQ(seen.phase, Phase::kResolve);
}

struct PrivateCase {
  const char* name;
  std::uint16_t type;
  const char* address;
};
class PrivateTest : public DialTest, public testing::WithParamInterface<PrivateCase> {};

TEST_P(PrivateTest, IsNotConnectedToWherePolicyForbidsIt) {
  DnsScript dns(loop_, [](const DnsQuestion& question) {
    DnsReply reply(question);
    if (question.type != GetParam().type) return reply.Bytes();
    if (question.type == io::kTypeA) return reply.A(question.name, GetParam().address).Bytes();
    return reply.Aaaa(question.name, GetParam().address).Bytes();
  });
  region_.resolver = {dns.Text()};
  DialTarget target = To(443);
  target.family = Family::kAuto;
  target.deny_private = true;
  const DialResult result = Run(target);
  EXPECT_EQ(result.reason, Reason::kAddressBlocked) << result.message;
  EXPECT_EQ(StatusOf(result.reason), Status::kUnknown);
  EXPECT_FALSE(result.phase.has_value());
  EXPECT_FALSE(result.phases[Phase::kConnect].has_value());
  EXPECT_EQ(result.resolve.server, dns.Text());
}

INSTANTIATE_TEST_SUITE_P(Addresses, PrivateTest,
                         testing::Values(PrivateCase{"Any", io::kTypeA, "0.0.0.0"},
                                         PrivateCase{"Loopback", io::kTypeA, "127.0.0.1"},
                                         PrivateCase{"Metadata", io::kTypeA, "169.254.169.254"},
                                         PrivateCase{"Private", io::kTypeA, "10.0.0.1"},
                                         PrivateCase{"Mapped", io::kTypeAaaa, "::ffff:10.0.0.1"},
                                         PrivateCase{"Loopback6", io::kTypeAaaa, "::1"},
                                         PrivateCase{"LinkLocal6", io::kTypeAaaa, "fe80::1"}),
                         [](const auto& one) { return std::string(one.param.name); });

// The first answer is public, every later one is inside.
TEST(DialInNamespace, ConnectsToTheAddressThatWasVettedThoughTheNameIsReboundLater) {
  const char* const address = "9.9.9.9";
  const support::CableOfNamespaces cable;
  support::Subprocess add(
      {.argv = {"ip", "address", "add", std::string(address) + "/32", "dev", "lo"},
       .network_namespace = cable.prober()});
  ASSERT_EQ(add.Wait().value_or(support::ExitStatus{}).code, 0) << add.errors();
  support::RunInNamespace(cable.prober(), [address] {
    const support::TcpServer outside([](support::Connection&) {}, {.address = address});
    const support::TcpServer inside([](support::Connection&) {},
                                    {.address = "127.0.0.1", .port = outside.port()});
    io::Loop loop;
    io::Engine engine(loop);
    int asked = 0;
    DnsScript dns(loop, [&asked, address](const DnsQuestion& question) {
      return DnsReply(question).A(question.name, ++asked == 1 ? address : "127.0.0.1").Bytes();
    });
    Region region;
    region.resolver = {dns.Text()};
    DialTarget target;
    target.host = "shop.example";
    target.port = outside.port();
    target.family = Family::kIpv4;
    target.deny_private = true;
    for (const Reason reason : {Reason::kNone, Reason::kAddressBlocked}) {
      std::optional<DialResult> result;
      const Dial dial({engine, region, std::chrono::seconds(30)}, target, [&](DialResult got) {
        result = std::move(got);
        loop.Stop();
      });
      loop.Run();
      EXPECT_EQ(result->reason, reason) << result->message;
    }
    EXPECT_EQ(asked, 2) << "one question a dial: what is vetted is what is used";
    EXPECT_EQ(inside.connections(), 0U);
  });
}

}  // namespace
}  // namespace gaikei
