#include "samples.h"

#include <stdlib.h>

#include <fstream>
#include <sstream>

namespace gaikei::testing {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

Outcome Started(const std::string& name, const std::string& target) {
  auto identity = std::make_shared<CheckIdentity>();
  identity->name = name;
  identity->kind = "http";
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
