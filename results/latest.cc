#include "results/latest.h"

#include <cstdlib>

namespace gaikei {
namespace {

std::unique_ptr<const Latest::Tls> TlsOf(const TlsEvidence& evidence) {
  auto tls = std::make_unique<Latest::Tls>();
  constexpr std::string_view kPrefix = "TLSv";
  tls->version = evidence.version;
  // As Go, and so blackbox_exporter, writes it.
  if (tls->version.starts_with(kPrefix)) tls->version.replace(0, kPrefix.size(), "TLS ");
  tls->expires_at = evidence.expires_at;
  tls->verified_expires_at = evidence.verified_expires_at;
  if (evidence.chain.empty()) return tls;
  const CertificateInfo& leaf = evidence.chain.front();
  tls->has_leaf = true;
  tls->sha256 = leaf.sha256;
  tls->subject = leaf.subject;
  tls->issuer = leaf.issuer;
  tls->serial = leaf.serial;
  for (const std::string& name : leaf.san) {
    if (!tls->san.empty()) tls->san += ',';
    tls->san += name;
  }
  return tls;
}

Latest::Http HttpOf(const HttpEvidence& evidence) {
  Latest::Http http;
  http.status = evidence.status;
  http.version = std::strtod(evidence.version.c_str(), nullptr);
  http.redirects = evidence.redirects.size();
  if (evidence.content_length) http.content_length = static_cast<double>(*evidence.content_length);
  http.size = evidence.size;
  http.last_modified = evidence.last_modified;
  return http;
}

std::unique_ptr<const std::vector<Latest::Step>> StepsOf(const Outcome& outcome) {
  auto steps = std::make_unique<std::vector<Latest::Step>>();
  for (const Observation& step : outcome.steps) {
    if (step.skipped.empty()) steps->push_back({step.step, step.status, step.duration});
  }
  return steps->empty() ? nullptr : std::move(steps);
}

}  // namespace

Latest Latest::Of(const Outcome& outcome) {
  Latest latest;
  latest.status = outcome.status;
  latest.has_started = outcome.lateness.has_value() || outcome.started_at != WallTime{};
  latest.family = outcome.family;
  latest.duration = outcome.duration;
  latest.phases = outcome.phases.spent;
  if (outcome.http && outcome.http->status != 0) latest.http = HttpOf(*outcome.http);
  if (outcome.dns && !outcome.dns->rcode.empty()) {
    const DnsEvidence& dns = *outcome.dns;
    latest.dns = {dns.answer.count, dns.authority.count, dns.additional.count, dns.serial};
  }
  if (outcome.icmp && outcome.icmp->sent > 0) {
    latest.icmp = {outcome.icmp->loss, outcome.icmp->rtt_mean, outcome.icmp->ttl};
  }
  if (outcome.grpc && outcome.grpc->status >= 0) {
    latest.grpc = {outcome.grpc->status, outcome.grpc->serving_status};
  }
  if (outcome.websocket) latest.websocket_status = outcome.websocket->status;
  if (outcome.tls) latest.tls = TlsOf(*outcome.tls);
  if (!outcome.steps.empty()) latest.steps = StepsOf(outcome);
  return latest;
}

}  // namespace gaikei
