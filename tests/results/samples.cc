#include "samples.h"

#include <fmt/core.h>
#include <stdlib.h>

#include <fstream>
#include <sstream>

namespace gaikei::testing {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

Outcome Started(const std::string& name, const std::string& target,
                const std::string& kind = "http") {
  auto identity = std::make_shared<CheckIdentity>();
  identity->name = name;
  identity->kind = kind;
  identity->target = target;
  identity->labels = {{"team", "web"}};
  Outcome outcome;
  outcome.check = std::move(identity);
  outcome.region = "tokyo";
  outcome.scheduled_at = SampleTime();
  outcome.started_at = SampleTime() + microseconds(213);
  outcome.lateness = microseconds(213);
  outcome.address = "192.0.2.1";
  outcome.port = 443;
  outcome.family = Family::kIpv4;
  outcome.prober = {microseconds(100), 12};
  return outcome;
}

void Settle(Outcome& outcome, Span duration) {
  outcome.duration = duration;
  outcome.phases.SettleOther(duration);
  outcome.attempts = {{outcome.status, outcome.reason, duration}};
}

TlsEvidence Tls(WallTime not_after) {
  CertificateInfo leaf;
  leaf.subject = "CN=shop.example";
  leaf.issuer = "CN=Test CA,O=Example";
  leaf.not_before = not_after - std::chrono::hours(24 * 90);
  leaf.not_after = not_after;
  leaf.serial = "0a1b";
  leaf.sha256 = std::string(64, 'e');
  leaf.san = {"shop.example", "www.shop.example"};
  leaf.key_type = "EC";
  leaf.key_bits = 256;
  leaf.signature_algorithm = "ecdsa-with-SHA256";
  TlsEvidence tls;
  tls.version = "TLSv1.3";
  tls.cipher = "TLS_AES_256_GCM_SHA384";
  tls.alpn = "h2";
  tls.verified = true;
  tls.expires_at = not_after;
  tls.chain = {leaf};
  return tls;
}

/// An answer with the zone's serial.
DnsAnswer Soa(const std::string& server, std::uint32_t serial) {
  DnsAnswer answer;
  answer.server = server;
  answer.server_name = "ns.shop.example.";
  answer.transport = "tcp";
  answer.rcode = "NOERROR";
  answer.flags = {"qr", "aa"};
  answer.answer.records = {
      {"shop.example.", 300, "IN", "SOA", fmt::format("ns.shop.example. ops. {} 1 1 1 1", serial)}};
  answer.answer.count = 1;
  answer.additional.records = {{"ns.shop.example.", 60, "IN", "A", "192.0.2.53"}};
  answer.additional.count = 1;
  answer.extended_errors = {{3, "Stale Answer", "old"}};
  answer.serial = serial;
  answer.size = 120;
  answer.nsid = "ns1";
  answer.ecs = "192.0.2.0/24/0";
  answer.cookie = "good";
  answer.tcp_fallbacks = 1;
  answer.ignored = 2;
  answer.notes = {"EDNS refused"};
  answer.duration = milliseconds(4);
  return answer;
}

}  // namespace

WallTime SampleTime() { return WallTime(std::chrono::seconds(1795405680)); }

Outcome PassedOutcome(const std::string& name) {
  Outcome outcome = Started(name, "https://shop.example/");
  outcome.phases[Phase::kResolve] = milliseconds(2);
  outcome.phases[Phase::kConnect] = milliseconds(3);
  outcome.phases[Phase::kTls] = milliseconds(5);
  outcome.phases[Phase::kProcessing] = milliseconds(20);
  outcome.phases[Phase::kTransfer] = microseconds(400);
  outcome.http.emplace();
  outcome.http->status = 200;
  outcome.http->version = "2";
  outcome.http->size = 512;
  outcome.http->wire_size = 300;
  outcome.http->headers = {{"content-type", "text/html"}};
  HttpHop hop;
  hop.url = "https://shop.example/";
  hop.status = 301;
  hop.location = "https://shop.example/home";
  hop.address = "192.0.2.1";
  hop.phases[Phase::kProcessing] = milliseconds(8);
  hop.duration = milliseconds(8);
  outcome.http->redirects = {hop};
  outcome.tls = Tls(SampleTime() + std::chrono::hours(24 * 30));
  outcome.expect = {{"status == 200", true, false, "200", ""}};
  Settle(outcome, microseconds(30500));
  return outcome;
}

Outcome ExpiredOutcome() {
  Outcome outcome = Started("home", "https://shop.example/");
  outcome.phases[Phase::kResolve] = milliseconds(2);
  outcome.phases[Phase::kConnect] = milliseconds(3);
  outcome.phases[Phase::kTls] = milliseconds(5);
  outcome.tls = Tls(SampleTime() - std::chrono::hours(24));
  outcome.tls->verified = false;
  outcome.tls->verify_error = "certificate has expired";
  outcome.Fail(Reason::kTlsCertExpired, Phase::kTls, "the certificate has expired");
  Settle(outcome, milliseconds(10));
  return outcome;
}

Outcome TimedOutOutcome() {
  Outcome outcome = Started("home", "https://shop.example/");
  outcome.phases[Phase::kResolve] = milliseconds(2);
  outcome.phases[Phase::kConnect] = milliseconds(9998);
  outcome.Fail(Reason::kConnectTimeout, Phase::kConnect, "connect to 192.0.2.1:443: timed out");
  Settle(outcome, std::chrono::seconds(10));
  return outcome;
}

Outcome WarnedOutcome() {
  Outcome outcome = PassedOutcome();
  outcome.tls.reset();
  outcome.http->redirects.clear();
  outcome.status = Status::kWarn;
  outcome.reason = Reason::kExpectDuration;
  outcome.message = "duration < 10ms: was 30.5ms";
  outcome.expect = {{"status == 200", true, false, "200", ""},
                    {"duration < 10ms", false, true, "30.5ms", ""}};
  Settle(outcome, microseconds(30500));
  return outcome;
}

Outcome SkippedOutcome() {
  Outcome outcome = Started("home", "https://shop.example/");
  outcome.started_at = {};
  outcome.lateness.reset();
  outcome.address.clear();
  outcome.port = 0;
  outcome.family = Family::kAuto;
  outcome.Fail(Reason::kProberSkipped, std::nullopt, "the prober was stopped");
  return outcome;
}

Outcome HandshakeOutcome() {
  Outcome outcome = Started("mail", "tls://shop.example:25", "tls");
  outcome.phases[Phase::kConnect] = milliseconds(3);
  outcome.phases[Phase::kTls] = milliseconds(5);
  outcome.resolve = {
      "192.0.2.53:53", true, {"192.0.2.1"}, {"192.0.2.52:53 did not answer"}, {"1 . alpn=h2"}};
  outcome.tls = Tls(SampleTime() + std::chrono::hours(24 * 3));
  TlsEvidence& tls = *outcome.tls;
  tls.group = "x25519";
  tls.server_name = tls.matched_name = "shop.example";
  tls.starttls = "smtp";
  tls.verified_chain = tls.chain;
  tls.verified_expires_at = tls.expires_at;
  tls.ocsp = "good";
  tls.ocsp_age = std::chrono::hours(1);
  tls.session_tickets = 2;
  tls.lints = {{"expires_soon", "expires in 3 days"}};
  outcome.tcp = {milliseconds(3), microseconds(200), 1, 0, {"< 220 ready"}, "220 ready"};
  outcome.notes = {"a note"};
  outcome.status = Status::kWarn;
  outcome.reason = Reason::kExpectCertificate;
  outcome.message = "expires_soon: expires in 3 days";
  Settle(outcome, milliseconds(8));
  return outcome;
}

Outcome DifferingOutcome() {
  Outcome outcome = Started("zone", "dns:shop.example?type=SOA", "dns");
  outcome.phases[Phase::kProcessing] = milliseconds(4);
  static_cast<DnsAnswer&>(outcome.dns.emplace()) = Soa("192.0.2.53:53", 42);
  DnsEvidence& dns = *outcome.dns;
  dns.question = "shop.example. IN SOA";
  dns.servers = {Soa("192.0.2.53:53", 42), Soa("192.0.2.54:53", 41)};
  dns.servers[1].reason = Reason::kDnsTimeout;
  dns.servers[1].message = "no answer";
  dns.agree = false;
  dns.serial_spread = 1;
  dns.differing = {"192.0.2.54:53"};
  dns.dnssec = {"bogus", "signature_expired", "shop.example.", "expired", {". trusted"}};
  outcome.Fail(Reason::kExpectSerial, std::nullopt, "serial.spread <= 0: was 1");
  Settle(outcome, milliseconds(5));
  return outcome;
}

Outcome PingedOutcome() {
  Outcome outcome = Started("host", "icmp://shop.example", "icmp");
  outcome.port = 0;
  outcome.phases[Phase::kProcessing] = milliseconds(410);
  const Span rtt = milliseconds(2);
  outcome.icmp = {3, 2, 1.0 / 3, rtt, rtt, rtt, Span(0), 64, 1, "raw", {"host unreachable"}};
  Settle(outcome, milliseconds(411));
  return outcome;
}

Outcome EveryAddressOutcome() {
  Outcome outcome = ExpiredOutcome();
  outcome.addresses = {PassedOutcome(), ExpiredOutcome()};
  outcome.addresses[1].address = "192.0.2.2";
  return outcome;
}

Outcome HealedOutcome() {
  Outcome outcome = PassedOutcome();
  outcome.http->is_reused = false;
  outcome.http->proxy = {"http", "192.0.2.9:3128", 200, milliseconds(2)};
  outcome.http->traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  outcome.http->last_modified = SampleTime();
  outcome.http->token_duration = milliseconds(40);
  outcome.attempts = {
      {Status::kFail, Reason::kConnectTimeout, std::chrono::seconds(10), Phase::kConnect,
       "connect to [2001:db8::1]:443: timed out", "2001:db8::1", ""},
      {Status::kPass, Reason::kNone, outcome.duration, std::nullopt, "", "192.0.2.1", "family"}};
  outcome.healed_by = "family";
  return outcome;
}

Outcome JourneyOutcome() {
  Outcome outcome = Started("register", "https://shop.example/login", "journey");
  outcome.address.clear();
  outcome.port = 0;
  outcome.family = Family::kAuto;
  Observation login = PassedOutcome();
  login.step = "login";
  login.target = "https://shop.example/login";
  login.captured = {"token"};
  Observation report;
  report.step = "report";
  report.target = "https://shop.example/report/${token}";
  report.skipped = "when: role == 'admin' does not hold";
  Observation create = TimedOutOutcome();
  create.step = "create";
  create.target = "https://shop.example/items?token=${token}";
  for (const Observation* step : {&login, &create}) outcome.phases.Add(step->phases);
  outcome.phases.other = Span::zero();
  outcome.Fail(create.reason, create.phase, "step create: " + create.message);
  outcome.failed_step = "create";
  outcome.steps = {login, report, create};
  Settle(outcome, milliseconds(10040));
  return outcome;
}

Outcome ServingOutcome() {
  Outcome outcome = Started("api", "grpcs://shop.example:443/shop.Items", "grpc");
  outcome.grpc = {12, "UNIMPLEMENTED", "no such method", "shop.Items", "SERVING"};
  Settle(outcome, milliseconds(8));
  return outcome;
}

Outcome UpgradedOutcome() {
  Outcome outcome = Started("feed", "wss://shop.example/feed", "websocket");
  outcome.websocket = {101, "chat", milliseconds(3), {"< welcome"}, "welcome", 1000, "bye"};
  Settle(outcome, milliseconds(12));
  return outcome;
}

Outcome BeatOutcome() {
  Outcome outcome = Started("nightly", "heartbeat:nightly", "heartbeat");
  outcome.address.clear();
  outcome.port = 0;
  outcome.family = Family::kAuto;
  const auto hour = std::chrono::hours(1);
  outcome.heartbeat = {SampleTime(), hour, false, milliseconds(90), "disk full", 24 * hour, hour};
  outcome.Fail(Reason::kHeartbeatReportedFailure, std::nullopt, "the job says: disk full");
  Settle(outcome, milliseconds(90));
  return outcome;
}

ScratchDir::ScratchDir() {
  std::string name = (std::filesystem::temp_directory_path() / "gaikei-results-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  root_ = name;
}

ScratchDir::~ScratchDir() {
  std::error_code error;
  std::filesystem::remove_all(root_, error);
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace gaikei::testing
