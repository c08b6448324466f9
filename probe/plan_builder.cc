#include "probe/plan_builder.h"

#include <algorithm>
#include <string_view>

#include "checks/kinds.h"
#include "probe/target_host.h"
#include "scheduler/plan.h"

namespace gaikei {
namespace {

/// Folds fields one after the other, each with its length, so that no two lists of fields agree.
class Fold {
 public:
  Fold& operator<<(std::string_view text) {
    *this << static_cast<std::uint64_t>(text.size());
    hash_ = (hash_ ^ StableHash(text)) * kPrime;
    return *this;
  }
  Fold& operator<<(std::uint64_t number) {
    hash_ = (hash_ ^ number) * kPrime;
    hash_ ^= hash_ >> 29;
    return *this;
  }
  std::uint64_t value() const { return hash_; }

 private:
  static constexpr std::uint64_t kPrime = 0x9E3779B97F4A7C15ULL;
  std::uint64_t hash_ = 0xCBF29CE484222325ULL;
};

std::uint64_t Number(Span span) { return static_cast<std::uint64_t>(span.count()); }

/// The places of a check's own regions among those that are known: they interleave over these.
std::vector<std::string_view> RegionsOf(const CheckSpec& spec, const Config& config) {
  std::vector<std::string_view> names;
  for (const auto& region : config.known_regions) {
    if (spec.regions.empty() ||
        std::find(spec.regions.begin(), spec.regions.end(), region->name) != spec.regions.end()) {
      names.push_back(region->name);
    }
  }
  return names;
}

/// Those that this process looks at the check from.
std::vector<std::shared_ptr<const Region>> OwnRegionsOf(const CheckSpec& spec,
                                                        const Config& config) {
  std::vector<std::shared_ptr<const Region>> regions;
  for (const auto& region : config.regions) {
    const bool is_wanted =
        spec.regions.empty() ||
        std::find(spec.regions.begin(), spec.regions.end(), region->name) != spec.regions.end();
    if (is_wanted && config.probe.shard.Owns(spec.identity->name, region->name)) {
      regions.push_back(region);
    }
  }
  return regions;
}

/// A region's way out, as a number that changes with it.
std::uint64_t RevisionOf(const Region& region) {
  Fold fold;
  fold << region.name << region.interface;
  for (const auto& source : region.source) fold << "source" << source;
  for (const auto& server : region.resolver) fold << "resolver" << server;
  for (const auto& target : region.reference) fold << "reference" << target;
  return fold.value();
}

std::uint64_t Number(bool flag) { return flag ? 1 : 0; }

void AddTls(const TlsOptions& tls, Fold& fold) {
  fold << tls.cacert << tls.cert << tls.key << Number(tls.insecure) << tls.server_name
       << tls.min_version << tls.max_version << tls.ciphers
       << static_cast<std::uint64_t>(tls.starttls);
  for (const auto& protocol : tls.alpn) fold << "alpn" << protocol;
  for (const auto& lint : tls.ignore_lints) fold << "ignore" << lint;
}

void AddAuth(const HttpAuth& auth, Fold& fold) {
  fold << static_cast<std::uint64_t>(auth.scheme) << auth.user.Reveal() << auth.password.Reveal()
       << auth.token.Reveal() << auth.token_url << auth.client_id.Reveal()
       << auth.client_secret.Reveal() << auth.audience << Number(auth.is_secret_in_body)
       << auth.access_key.Reveal() << auth.secret_key.Reveal() << auth.session_token.Reveal()
       << auth.aws_region << auth.aws_service;
  for (const auto& scope : auth.scopes) fold << "scope" << scope;
}

void AddProxy(const ProxyOptions& proxy, Fold& fold) {
  fold << static_cast<std::uint64_t>(proxy.type) << proxy.host << proxy.port << proxy.user.Reveal()
       << proxy.password.Reveal();
  for (const auto& [name, value] : proxy.headers) fold << "proxy" << name << value.Reveal();
}

void AddHttp(const HttpOptions& http, Fold& fold) {
  fold << http.method << http.body.Reveal() << Number(http.has_body) << http.max_redirects
       << http.max_body << Number(http.compression.has_value())
       << http.compression.value_or(std::string()) << static_cast<std::uint64_t>(http.version)
       << http.user_agent << static_cast<std::uint64_t>(http.body_format) << http.unix_socket
       << Number(http.reuses_connection) << Number(http.keeps_cookies)
       << Number(http.sends_traceparent) << Number(http.allow_downgrade);
  for (const auto& [name, value] : http.headers) fold << name << value.Reveal();
  for (const auto& version : http.allowed_versions) fold << "version" << version;
  for (const auto& host : http.redirect_hosts) fold << "redirect" << host;
  for (const auto& [name, value] : http.cookies) fold << "cookie" << name << value.Reveal();
  AddAuth(http.auth, fold);
  AddProxy(http.proxy, fold);
}

void AddDns(const DnsOptions& dns, Fold& fold) {
  fold << static_cast<std::uint64_t>(dns.servers.size());
  for (const auto& server : dns.servers) fold << server;
  fold << Number(dns.is_authoritative) << static_cast<std::uint64_t>(dns.transport)
       << Number(dns.recursion) << Number(dns.checking_disabled) << Number(dns.dnssec_ok)
       << Number(dns.validate) << dns.trust_anchor << dns.edns_size << dns.ecs << Number(dns.nsid)
       << Number(dns.cookie);
}

void AddDialogue(const std::vector<DialogueStep>& dialogue, Fold& fold) {
  for (const DialogueStep& step : dialogue) {
    fold << static_cast<std::uint64_t>(step.what) << step.text.Reveal();
  }
}

void AddTcp(const TcpOptions& tcp, Fold& fold) {
  fold << Number(tcp.tls);
  AddDialogue(tcp.dialogue, fold);
}

void AddRest(const CheckSpec& spec, Fold& fold) {
  for (const auto& [name, value] : spec.grpc.metadata) fold << "metadata" << name << value.Reveal();
  AddDialogue(spec.websocket.dialogue, fold);
  for (const auto& name : spec.websocket.subprotocols) fold << "subprotocol" << name;
  fold << Number(spec.websocket.pings) << Number(spec.heartbeat.grace)
       << spec.heartbeat.token.Reveal();
}

void AddStep(const JourneyStepSpec& step, Fold& fold) {
  fold << step.name << RevisionOf(*step.request) << step.when << Number(step.always);
  for (const Capture& capture : step.captures) {
    fold << capture.name << capture.from << Number(capture.is_secret);
  }
}

void AddIcmp(const IcmpOptions& icmp, Fold& fold) {
  fold << icmp.count << Number(icmp.interval) << icmp.size << icmp.ttl
       << Number(icmp.dont_fragment);
}

}  // namespace

std::uint64_t RevisionOf(const CheckSpec& spec) {
  Fold fold;
  fold << spec.identity->name << spec.identity->kind << spec.target.Reveal() << Number(spec.every)
       << Number(spec.timeout) << spec.priority << spec.confirm
       << static_cast<std::uint64_t>(spec.confirm_counts) << static_cast<std::uint64_t>(spec.family)
       << spec.address << static_cast<std::uint64_t>(spec.deny_private)
       << static_cast<std::uint64_t>(spec.allow_private)
       << static_cast<std::uint64_t>(spec.addresses)
       << static_cast<std::uint64_t>(spec.is_resolve_cached);
  for (const auto& [name, value] : spec.identity->labels) fold << name << value;
  for (const auto& name : spec.regions) fold << name;
  for (const auto& expression : spec.expect) fold << "expect" << expression.text();
  for (const auto& expression : spec.warn) fold << "warn" << expression.text();
  AddTls(spec.tls, fold);
  AddHttp(spec.http, fold);
  AddDns(spec.dns, fold);
  AddTcp(spec.tcp, fold);
  AddIcmp(spec.icmp, fold);
  AddRest(spec, fold);
  for (const JourneyStepSpec& step : spec.steps) AddStep(step, fold);
  return fold.value();
}

tl::expected<std::vector<PlannedCheck>, std::vector<ConfigError>> BuildPlan(const Config& config) {
  std::vector<PlannedCheck> plan;
  std::vector<ConfigError> errors;
  plan.reserve(config.checks.size() * config.regions.size());
  for (const CheckSpec& spec : config.checks) {
    if (FindKind(spec.identity->kind)->make == nullptr) continue;
    const auto regions = OwnRegionsOf(spec, config);
    if (regions.empty()) continue;
    auto made = MakeCheck(spec);
    if (!made) {
      errors.push_back({spec.where.file, spec.where.line, spec.where.column,
                        (spec.steps.empty() ? "check \"" : "journey \"") + spec.identity->name +
                            "\": " + made.error()});
      continue;
    }
    const std::shared_ptr<const Check> check = std::move(*made);
    const auto names = RegionsOf(spec, config);
    const std::uint64_t revision = RevisionOf(spec);
    const std::string host = TargetHost(spec);
    for (const auto& region : regions) {
      const auto at = std::find(names.begin(), names.end(), region->name);
      PlannedCheck planned;
      planned.check = check;
      planned.identity = spec.identity;
      planned.region = region;
      planned.grid = {spec.every, PhaseOf(spec.identity->name, spec.every,
                                          static_cast<unsigned>(at - names.begin()),
                                          static_cast<unsigned>(names.size()))};
      planned.timeout = spec.timeout;
      planned.confirm = spec.confirm;
      planned.confirm_counts = spec.confirm_counts;
      planned.priority = static_cast<unsigned char>(spec.priority);
      planned.host = host.empty() ? 0 : StableHash(host);
      planned.revision = revision ^ RevisionOf(*region);
      plan.push_back(std::move(planned));
    }
  }
  if (!errors.empty()) return tl::unexpected(std::move(errors));
  return plan;
}

}  // namespace gaikei
