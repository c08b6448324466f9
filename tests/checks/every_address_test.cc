#include "checks/every_address.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "checks/kinds.h"
#include "tests/checks/http_rig.h"
#include "tests/support/dns_server.h"
#include "tests/support/http_server.h"

namespace gaikei {
namespace {

using support::DnsServer;
using support::HttpResponse;
using support::HttpServer;

std::unique_ptr<HttpServer> Serve(int status, const support::ListenOptions& options) {
  return std::make_unique<HttpServer>(
      [status](const auto&) { return HttpResponse{.status = status}; }, options);
}

/// Servers on 127.0.0.1, 127.0.0.2 ..., one a status, all on one port.
class Edges {
 public:
  explicit Edges(const std::vector<int>& statuses) {
    std::multimap<std::string, std::string> names;
    std::uint16_t port = 0;
    for (const int status : statuses) {
      const std::string address = "127.0.0." + std::to_string(servers_.size() + 1);
      servers_.push_back(Serve(status, {address, port}));
      port = servers_.back()->port();
      names.emplace("shop.example", address);
    }
    dns_ = std::make_unique<DnsServer>(std::move(names));
  }

  Observation Look(AddressPolicy policy) const {
    CheckSpec spec = HttpSpec("http://shop.example:" + std::to_string(servers_[0]->port()) + "/");
    spec.addresses = policy;
    spec.family = Family::kIpv4;
    Region region;
    region.resolver = {dns_->Authority()};
    return RunHttp(spec, region);
  }
  std::size_t connections(std::size_t index) const { return servers_[index]->connections(); }
  std::size_t questions() const { return dns_->queries(); }

 private:
  std::vector<std::unique_ptr<HttpServer>> servers_;
  std::unique_ptr<DnsServer> dns_;
};

TEST(EveryAddress, IsLookedAtOnceAndResolvedOnce) {
  const Edges edges({200, 200, 200});
  const Observation seen = edges.Look(AddressPolicy::kAll);
  EXPECT_EQ(Verdict(seen), "pass");
  ASSERT_EQ(seen.addresses.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(seen.addresses[i].address, "127.0.0." + std::to_string(i + 1));
    EXPECT_EQ(seen.addresses[i].http->status, 200);
    EXPECT_EQ(edges.connections(i), 1U);
  }
  EXPECT_EQ(edges.questions(), 1U);
  EXPECT_TRUE(seen.phases[Phase::kResolve].has_value());
  EXPECT_FALSE(seen.addresses[0].phases[Phase::kResolve].has_value());
}

TEST(EveryAddress, FindsTheStaleOne) {
  const Edges edges({200, 200, 503, 200});
  const Observation all = edges.Look(AddressPolicy::kAll);
  EXPECT_EQ(Verdict(all), "fail expect_status");
  EXPECT_EQ(all.address, "127.0.0.3");
  EXPECT_EQ(all.message, "3 of 4 addresses pass; 127.0.0.3: status 503, expected 2xx");
  EXPECT_EQ(Verdict(edges.Look(AddressPolicy::kQuorum)), "pass");
  EXPECT_EQ(Verdict(edges.Look(AddressPolicy::kAny)), "pass");
}

TEST(EveryAddress, ANameThatDoesNotExistIsTheNamesFault) {
  const Edges edges({200});
  CheckSpec spec = HttpSpec("http://other.example/");
  spec.addresses = AddressPolicy::kAll;
  DnsServer dns(std::multimap<std::string, std::string>{});
  Region region;
  region.resolver = {dns.Authority()};
  EXPECT_EQ(Verdict(RunHttp(spec, region)), "fail dns_nxdomain resolve");
}

TEST(EveryAddress, NoAnswerFromDnsEndsAtTheDeadline) {
  DnsServer dns([](const auto&) { return support::DnsReply{.no_answer = true}; });
  CheckSpec spec = HttpSpec("http://shop.example/");
  spec.addresses = AddressPolicy::kAny;
  spec.timeout = std::chrono::milliseconds(300);
  Region region;
  region.resolver = {dns.Authority()};
  const Observation seen = RunHttp(spec, region);
  EXPECT_EQ(Verdict(seen), "fail dns_timeout resolve");
  EXPECT_GE(seen.duration, spec.timeout);
}

TEST(EveryAddress, ANumericHostIsTheOnlyOne) {
  const auto server = Serve(200, {});
  CheckSpec spec = HttpSpec(server->Url());
  spec.addresses = AddressPolicy::kAll;
  const Observation seen = RunHttp(spec);
  EXPECT_EQ(Verdict(seen), "pass");
  EXPECT_EQ(seen.addresses.size(), 1U);
  EXPECT_FALSE(seen.phases[Phase::kResolve].has_value());
}

TEST(EveryAddress, ContradictsAnAddressThatIsGiven) {
  CheckSpec spec = HttpSpec("http://shop.example/");
  spec.addresses = AddressPolicy::kAll;
  spec.address = "127.0.0.1";
  const auto check = MakeCheck(spec);
  ASSERT_FALSE(check);
  EXPECT_EQ(check.error(), "addresses: one address is given already");
}

}  // namespace
}  // namespace gaikei
