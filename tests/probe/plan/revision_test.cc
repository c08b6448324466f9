#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <set>

#include "probe/plan_builder.h"

namespace gaikei {
namespace {

CheckSpec Plain() {
  CheckSpec spec;
  auto identity = std::make_shared<CheckIdentity>();
  identity->name = "home";
  identity->kind = "http";
  identity->target = "https://shop.example/";
  identity->labels = {{"team", "web"}};
  spec.identity = std::move(identity);
  spec.target = Secret("https://shop.example/", false);
  return spec;
}

expect::Expression Compiled(const char* text) { return *expect::Expression::Compile(text, "http"); }

using Change = std::function<void(CheckSpec&)>;

/// Every change makes a revision of its own, unlike that of the plain spec and of all others.
void ExpectAllToDiffer(const std::vector<Change>& changes) {
  std::set<std::uint64_t> seen = {RevisionOf(Plain())};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    CheckSpec spec = Plain();
    changes[i](spec);
    EXPECT_TRUE(seen.insert(RevisionOf(spec)).second) << "change " << i;
  }
}

void Rename(CheckSpec& spec, const std::function<void(CheckIdentity&)>& change) {
  auto identity = std::make_shared<CheckIdentity>(*spec.identity);
  change(*identity);
  spec.identity = std::move(identity);
}

// Where a struct gets a field, the binding that names them all stops compiling: add the field there
// and a change of it below.

TEST(ARevision, IsTheSameForTheSameCheck) { EXPECT_EQ(RevisionOf(Plain()), RevisionOf(Plain())); }

TEST(ARevision, ChangesWithEveryFieldOfACheck) {
  const CheckSpec plain = Plain();
  [[maybe_unused]] const auto& [identity, where, target, every, timeout, regions, confirm,
                                confirm_counts, priority, family, address, addresses,
                                is_resolve_cached, deny_private, allow_private, expected, warned,
                                tls, http, dns, tcp, icmp, grpc, websocket, heartbeat, steps] =
      plain;
  ExpectAllToDiffer({
      [](CheckSpec& s) { Rename(s, [](CheckIdentity& i) { i.name = "other"; }); },
      [](CheckSpec& s) { Rename(s, [](CheckIdentity& i) { i.kind = "tls"; }); },
      [](CheckSpec& s) { Rename(s, [](CheckIdentity& i) { i.labels[0].second = "db"; }); },
      [](CheckSpec& s) { s.target = Secret("https://u:p@shop.example/"); },
      [](CheckSpec& s) { s.every = std::chrono::seconds(61); },
      [](CheckSpec& s) { s.timeout = std::chrono::seconds(11); },
      [](CheckSpec& s) { s.regions = {"tokyo"}; },
      [](CheckSpec& s) { s.confirm_counts = ConfirmCounts::kLast; },
      [](CheckSpec& s) { s.confirm = 2; },
      [](CheckSpec& s) { s.priority = 51; },
      [](CheckSpec& s) { s.family = Family::kIpv6; },
      [](CheckSpec& s) { s.address = "192.0.2.1"; },
      [](CheckSpec& s) { s.addresses = AddressPolicy::kAll; },
      [](CheckSpec& s) { s.addresses = AddressPolicy::kQuorum; },
      [](CheckSpec& s) { s.is_resolve_cached = true; },
      [](CheckSpec& s) { s.deny_private = true; },
      [](CheckSpec& s) { s.allow_private = true; },
      [](CheckSpec& s) { s.expect.push_back(Compiled("status == 200")); },
      [](CheckSpec& s) { s.warn.push_back(Compiled("status == 200")); },
  });
}

TEST(ARevision, ChangesWithEveryFieldOfTls) {
  const TlsOptions plain;
  [[maybe_unused]] const auto& [cacert, cert, key, insecure, server_name, min_version, max_version,
                                ciphers, alpn, starttls, ignore_lints] = plain;
  ExpectAllToDiffer({
      [](CheckSpec& s) { s.tls.cacert = "x"; },
      [](CheckSpec& s) { s.tls.cert = "x"; },
      [](CheckSpec& s) { s.tls.key = "x"; },
      [](CheckSpec& s) { s.tls.insecure = true; },
      [](CheckSpec& s) { s.tls.server_name = "x"; },
      [](CheckSpec& s) { s.tls.min_version = "1.2"; },
      [](CheckSpec& s) { s.tls.max_version = "1.2"; },
      [](CheckSpec& s) { s.tls.ciphers = "x"; },
      [](CheckSpec& s) { s.tls.alpn = {"x"}; },
      [](CheckSpec& s) {
        s.tls.alpn = {"x", "y"};
      },
      [](CheckSpec& s) { s.tls.alpn = {"xy"}; },
      [](CheckSpec& s) { s.tls.starttls = StartTls::kSmtp; },
      [](CheckSpec& s) { s.tls.ignore_lints = {"x"}; },
  });
}

TEST(ARevision, ChangesWithEveryFieldOfHttp) {
  const HttpOptions plain;
  [[maybe_unused]] const auto& [method, headers, body, has_body, max_redirects, max_body,
                                compression, version, allowed_versions, user_agent, body_format,
                                auth, proxy, unix_socket, reuses_connection, keeps_cookies, cookies,
                                sends_traceparent, redirect_hosts, allow_downgrade] = plain;
  ExpectAllToDiffer({
      [](CheckSpec& s) { s.http.method = "PUT"; },
      [](CheckSpec& s) { s.http.headers.emplace_back("a", Secret("b")); },
      [](CheckSpec& s) { s.http.headers.emplace_back("ab", Secret("")); },
      [](CheckSpec& s) { s.http.body = Secret("x"); },
      [](CheckSpec& s) { s.http.has_body = true; },
      [](CheckSpec& s) { s.http.max_redirects = 11; },
      [](CheckSpec& s) { s.http.max_body = 11; },
      [](CheckSpec& s) { s.http.compression = ""; },
      [](CheckSpec& s) { s.http.version = HttpVersion::k2; },
      [](CheckSpec& s) { s.http.user_agent = "x"; },
      [](CheckSpec& s) { s.http.allowed_versions = {"2"}; },
      [](CheckSpec& s) { s.http.body_format = BodyFormat::kJson; },
      [](CheckSpec& s) { s.http.unix_socket = "/x"; },
      [](CheckSpec& s) { s.http.reuses_connection = true; },
      [](CheckSpec& s) { s.http.keeps_cookies = false; },
      [](CheckSpec& s) { s.http.cookies.emplace_back("a", Secret("b")); },
      [](CheckSpec& s) { s.http.sends_traceparent = true; },
      [](CheckSpec& s) { s.http.redirect_hosts = {"x"}; },
      [](CheckSpec& s) { s.http.allow_downgrade = true; },
  });
}

TEST(ARevision, ChangesWithEveryFieldOfAuthentication) {
  const HttpAuth plain;
  [[maybe_unused]] const auto& [scheme, user, password, token, token_url, client_id, client_secret,
                                scopes, audience, is_secret_in_body, access_key, secret_key,
                                session_token, aws_region, aws_service] = plain;
  ExpectAllToDiffer({
      [](CheckSpec& s) { s.http.auth.scheme = HttpAuth::Scheme::kBasic; },
      [](CheckSpec& s) { s.http.auth.user = Secret("x"); },
      [](CheckSpec& s) { s.http.auth.password = Secret("x"); },
      [](CheckSpec& s) { s.http.auth.token = Secret("x"); },
      [](CheckSpec& s) { s.http.auth.token_url = "x"; },
      [](CheckSpec& s) { s.http.auth.client_id = Secret("x"); },
      [](CheckSpec& s) { s.http.auth.client_secret = Secret("x"); },
      [](CheckSpec& s) { s.http.auth.scopes = {"x"}; },
      [](CheckSpec& s) { s.http.auth.audience = "x"; },
      [](CheckSpec& s) { s.http.auth.is_secret_in_body = true; },
      [](CheckSpec& s) { s.http.auth.access_key = Secret("x"); },
      [](CheckSpec& s) { s.http.auth.secret_key = Secret("x"); },
      [](CheckSpec& s) { s.http.auth.session_token = Secret("x"); },
      [](CheckSpec& s) { s.http.auth.aws_region = "x"; },
      [](CheckSpec& s) { s.http.auth.aws_service = "x"; },
  });
}

TEST(ARevision, ChangesWithEveryFieldOfAProxy) {
  const ProxyOptions plain;
  [[maybe_unused]] const auto& [type, host, port, user, password, headers] = plain;
  ExpectAllToDiffer({
      [](CheckSpec& s) { s.http.proxy.type = ProxyOptions::Type::kSocks5; },
      [](CheckSpec& s) { s.http.proxy.host = "x"; },
      [](CheckSpec& s) { s.http.proxy.port = 1; },
      [](CheckSpec& s) { s.http.proxy.user = Secret("x"); },
      [](CheckSpec& s) { s.http.proxy.password = Secret("x"); },
      [](CheckSpec& s) { s.http.proxy.headers.emplace_back("a", Secret("b")); },
  });
}

/// A journey of one step that `change` was made to.
Change Step(const std::function<void(JourneyStepSpec&)>& change) {
  return [change](CheckSpec& s) {
    JourneyStepSpec step;
    step.request = std::make_shared<CheckSpec>(Plain());
    change(step);
    s.steps = {step};
  };
}

TEST(ARevision, ChangesWithEveryFieldOfAStep) {
  const JourneyStepSpec plain;
  [[maybe_unused]] const auto& [name, request, captures, when, always, where] = plain;
  [[maybe_unused]] const auto& [variable, from, is_secret, place] = Capture();
  ExpectAllToDiffer({
      Step([](JourneyStepSpec&) {}),
      Step([](JourneyStepSpec& s) { s.name = "x"; }),
      Step([](JourneyStepSpec& s) { s.when = "x"; }),
      Step([](JourneyStepSpec& s) { s.always = true; }),
      Step([](JourneyStepSpec& s) {
        CheckSpec other = Plain();
        other.http.method = "PUT";
        s.request = std::make_shared<CheckSpec>(std::move(other));
      }),
      Step([](JourneyStepSpec& s) {
        s.captures = {{"a", "body", true, {}}};
      }),
      Step([](JourneyStepSpec& s) {
        s.captures = {{"b", "body", true, {}}};
      }),
      Step([](JourneyStepSpec& s) {
        s.captures = {{"a", "json.a", true, {}}};
      }),
      Step([](JourneyStepSpec& s) {
        s.captures = {{"a", "body", false, {}}};
      }),
  });
}

TEST(ARevision, ChangesWithEveryFieldOfTheOtherKinds) {
  const CheckSpec plain = Plain();
  [[maybe_unused]] const auto& [metadata] = plain.grpc;
  [[maybe_unused]] const auto& [dialogue, subprotocols, pings] = plain.websocket;
  [[maybe_unused]] const auto& [grace, token] = plain.heartbeat;
  ExpectAllToDiffer({
      [](CheckSpec& s) { s.grpc.metadata.emplace_back("a", Secret("b")); },
      [](CheckSpec& s) {
        s.websocket.dialogue = {{DialogueStep::What::kExpect, Secret("x")}};
      },
      [](CheckSpec& s) { s.websocket.subprotocols = {"x"}; },
      [](CheckSpec& s) { s.websocket.pings = false; },
      [](CheckSpec& s) { s.heartbeat.grace = std::chrono::seconds(1); },
      [](CheckSpec& s) { s.heartbeat.token = Secret("x"); },
  });
}

TEST(ARevision, ChangesWithEveryFieldOfDns) {
  const DnsOptions plain;
  [[maybe_unused]] const auto& [servers, is_authoritative, transport, recursion, checking_disabled,
                                dnssec_ok, validate, trust_anchor, edns_size, ecs, nsid, cookie] =
      plain;
  ExpectAllToDiffer({
      [](CheckSpec& s) { s.dns.servers = {"x"}; },
      [](CheckSpec& s) {
        s.dns.servers = {"x", "y"};
      },
      [](CheckSpec& s) { s.dns.is_authoritative = true; },
      [](CheckSpec& s) { s.dns.transport = DnsTransport::kTcp; },
      [](CheckSpec& s) { s.dns.recursion = false; },
      [](CheckSpec& s) { s.dns.checking_disabled = true; },
      [](CheckSpec& s) { s.dns.dnssec_ok = true; },
      [](CheckSpec& s) { s.dns.validate = true; },
      [](CheckSpec& s) { s.dns.trust_anchor = "x"; },
      [](CheckSpec& s) { s.dns.edns_size = 512; },
      [](CheckSpec& s) { s.dns.ecs = "x"; },
      [](CheckSpec& s) { s.dns.nsid = true; },
      [](CheckSpec& s) { s.dns.cookie = true; },
  });
}

TEST(ARevision, ChangesWithEveryFieldOfTcpAndIcmp) {
  const CheckSpec plain = Plain();
  [[maybe_unused]] const auto& [dialogue, tls] = plain.tcp;
  [[maybe_unused]] const auto& [what, text] = DialogueStep();
  [[maybe_unused]] const auto& [count, interval, size, ttl, dont_fragment] = plain.icmp;
  using What = DialogueStep::What;
  ExpectAllToDiffer({
      [](CheckSpec& s) { s.tcp.tls = true; },
      [](CheckSpec& s) {
        s.tcp.dialogue = {{What::kExpect, Secret("x")}};
      },
      [](CheckSpec& s) {
        s.tcp.dialogue = {{What::kSend, Secret("x")}};
      },
      [](CheckSpec& s) {
        s.tcp.dialogue = {{What::kSend, Secret("y")}};
      },
      [](CheckSpec& s) {
        s.tcp.dialogue = {{What::kStartTls, Secret()}};
      },
      [](CheckSpec& s) { s.icmp.count = 4; },
      [](CheckSpec& s) { s.icmp.interval = std::chrono::milliseconds(10); },
      [](CheckSpec& s) { s.icmp.size = 57; },
      [](CheckSpec& s) { s.icmp.ttl = 64; },
      [](CheckSpec& s) { s.icmp.dont_fragment = true; },
  });
}

/// The revision of the only check of a plan, seen from a region that was changed.
std::uint64_t RevisionFrom(const std::function<void(Region&)>& change) {
  Config config;
  auto region = std::make_shared<Region>();
  change(*region);
  config.regions = config.known_regions = {region};
  config.checks = {Plain()};
  const auto plan = BuildPlan(config);
  if (!plan || plan->size() != 1) {
    ADD_FAILURE() << "no plan";
    return 0;
  }
  return plan->front().revision;
}

TEST(ARevision, ChangesWithTheWayOut) {
  std::set<std::uint64_t> seen;
  const std::vector<std::function<void(Region&)>> changes = {
      [](Region&) {},
      [](Region& region) { region.source = {"192.0.2.1"}; },
      [](Region& region) { region.interface = "lo"; },
      [](Region& region) { region.resolver = {"192.0.2.1"}; },
      [](Region& region) { region.reference = {"dns:a.example"}; },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    EXPECT_TRUE(seen.insert(RevisionFrom(changes[i])).second) << "change " << i;
  }
}

}  // namespace
}  // namespace gaikei
