#include "checks/dns/dns.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "checks/dns/dns_attempt.h"
#include "checks/dns/dns_plan.h"
#include "checks/dns/dns_servers.h"
#include "checks/dns/dns_uri.h"
#include "checks/io/dns/dns_wire.h"
#include "results/text.h"

namespace gaikei {
namespace {

using Error = tl::unexpected<std::string>;

constexpr std::size_t kMostServers = 64;

class DnsCheck : public Check {
 public:
  explicit DnsCheck(std::shared_ptr<const DnsPlan> plan) : plan_(std::move(plan)) {}
  std::unique_ptr<Attempt> Start(const AttemptContext& context, AttemptDone done) const override {
    return StartDnsAttempt(plan_, context, std::move(done));
  }

 private:
  std::shared_ptr<const DnsPlan> plan_;
};

bool Asks(const std::vector<expect::Expression>& expressions,
          std::initializer_list<expect::Subject> subjects) {
  return std::any_of(expressions.begin(), expressions.end(), [&](const auto& expression) {
    return std::find(subjects.begin(), subjects.end(), expression.subject()) != subjects.end();
  });
}

/// The error, or empty.
std::string SetQuery(const DnsOptions& dns, const DnsUri& uri, DnsPlan& plan) {
  if (dns.validate && uri.klass != io::kDnsClassIn) return "dnssec: there is none outside class IN";
  if (dns.validate && dns.edns_size == 0) return "edns_size: DNSSEC needs EDNS";
  plan.query = {.name = uri.name,
                .type = uri.type,
                .klass = uri.klass,
                .recursion = dns.recursion && !dns.is_authoritative,
                // Else a validating resolver keeps what is bogus to itself.
                .checking_disabled = dns.checking_disabled || dns.validate,
                .dnssec_ok = dns.dnssec_ok || dns.validate,
                .edns_size = dns.edns_size,
                .ecs = dns.ecs,
                .nsid = dns.nsid,
                .cookie = dns.cookie};
  const auto built = io::BuildDnsQuery(plan.query);
  return built ? std::string() : built.error();
}

/// The error, or empty.
std::string SetServers(const CheckSpec& spec, const DnsUri& uri, DnsPlan& plan) {
  const DnsOptions& dns = spec.dns;
  if (dns.is_authoritative && !dns.servers.empty()) {
    return "servers: either a list, or \"authoritative\"";
  }
  if (dns.servers.size() > kMostServers) {
    return fmt::format("servers: more than {}", kMostServers);
  }
  std::set<std::string> seen;
  for (const std::string& text : dns.servers) {
    auto server = ParseDnsServer(text, dns.transport);
    if (!server) return fmt::format("servers: {}: {}", Escape(text, 100), server.error());
    if (!seen.insert(DnsServerText(*server)).second) {
      return fmt::format("servers: {} is there twice", Escape(text, 100));
    }
    plan.servers.push_back(std::move(*server));
  }
  if (plan.servers.empty() && !dns.is_authoritative && !uri.server.empty()) {
    DnsServerTarget server;
    server.host = uri.server;
    server.port = uri.port;
    server.transport = dns.transport;
    plan.servers.push_back(std::move(server));
  }
  return {};
}

/// What holds for every server alike. The error, or empty.
std::string FitServers(const CheckSpec& spec, DnsPlan& plan) {
  const auto is_secure = [](DnsTransport transport) {
    return transport == DnsTransport::kDot || transport == DnsTransport::kDoh;
  };
  const bool needs_tls =
      std::any_of(plan.servers.begin(), plan.servers.end(),
                  [&](const DnsServerTarget& server) { return is_secure(server.transport); }) ||
      (plan.servers.empty() && is_secure(plan.transport));
  if (needs_tls) {
    auto tls = io::TlsSetup::Load(spec.tls);
    if (!tls) return tls.error();
    plan.tls = std::move(*tls);
  }
  std::optional<io::Address> address;
  if (!spec.address.empty()) {
    if (plan.servers.size() != 1) return "address: needs one server that it is the address of";
    address = io::Address::Parse(spec.address, 0);
    if (!address) return "address: not a numeric address: " + Escape(spec.address, 60);
  }
  for (DnsServerTarget& server : plan.servers) {
    const std::uint16_t port = server.port == 0 ? DefaultDnsPort(server.transport) : server.port;
    if (address) server.address = address->WithPort(port);
    server.family = plan.family;
    server.deny_private = plan.deny_private;
    if (is_secure(server.transport)) server.tls = plan.tls;
  }
  return {};
}

}  // namespace

tl::expected<std::unique_ptr<Check>, std::string> MakeDnsCheck(const CheckSpec& spec) {
  const auto uri = ParseDnsUri(spec.target.Reveal());
  if (!uri) return Error("target: " + uri.error());
  auto plan = std::make_shared<DnsPlan>();
  plan->is_authoritative = spec.dns.is_authoritative;
  plan->transport = spec.dns.transport;
  plan->family = spec.family;
  plan->deny_private = spec.deny_private;
  if (std::string why = SetQuery(spec.dns, *uri, *plan); !why.empty()) return Error(why);
  if (std::string why = SetServers(spec, *uri, *plan); !why.empty()) return Error(why);
  if (std::string why = FitServers(spec, *plan); !why.empty()) return Error(why);
  if (spec.dns.validate) {
    auto anchor = io::TrustAnchor::Load(spec.dns.trust_anchor);
    if (!anchor) return Error(anchor.error());
    plan->anchor = std::move(*anchor);
  }
  plan->expect = spec.expect;
  plan->warn = spec.warn;
  plan->judges_answer = Asks(spec.expect, {expect::Subject::kRcode, expect::Subject::kAnswerCount});
  plan->judges_dnssec = Asks(spec.expect, {expect::Subject::kDnssec});
  return std::make_unique<DnsCheck>(std::move(plan));
}

}  // namespace gaikei
