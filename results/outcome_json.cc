#include "results/outcome_json.h"

#include <nlohmann/json.hpp>

namespace gaikei {
namespace {

using Json = nlohmann::ordered_json;

Json ToJson(const Phases& phases) {
  Json json = Json::object();
  for (std::size_t i = 0; i < kPhaseCount; ++i) {
    if (phases.spent[i]) json[std::string(Name(static_cast<Phase>(i)))] = Seconds(*phases.spent[i]);
  }
  json["other"] = Seconds(phases.other);
  return json;
}

Json ToJson(const HttpHop& hop) {
  return {{"url", hop.url},
          {"status", hop.status},
          {"location", hop.location},
          {"address", hop.address},
          {"duration", Seconds(hop.duration)},
          {"phases", ToJson(hop.phases)}};
}

Json ToJson(const HttpEvidence& http, bool verbose) {
  Json json = Json::object();
  if (http.status != 0) json["status"] = http.status;
  if (!http.version.empty()) json["version"] = http.version;
  json["size"] = http.size;
  json["wire_size"] = http.wire_size;
  if (http.content_length) json["content_length"] = *http.content_length;
  json["redirects"] = Json::array();
  for (const HttpHop& hop : http.redirects) json["redirects"].push_back(ToJson(hop));
  if (!http.location.empty()) json["location"] = http.location;
  if (verbose) {
    // A list of pairs: a field may be there several times, and the order says something.
    json["headers"] = Json::array();
    for (const auto& [name, value] : http.headers) json["headers"].push_back({name, value});
    if (!http.notes.empty()) json["notes"] = http.notes;
  }
  return json;
}

Json ToJson(const CertificateInfo& certificate) {
  return {{"subject", certificate.subject},
          {"issuer", certificate.issuer},
          {"not_before", FormatRfc3339(certificate.not_before)},
          {"not_after", FormatRfc3339(certificate.not_after)},
          {"serial", certificate.serial},
          {"sha256", certificate.sha256},
          {"san", certificate.san},
          {"key_type", certificate.key_type},
          {"key_bits", certificate.key_bits},
          {"signature_algorithm", certificate.signature_algorithm}};
}

Json ToJson(const TlsEvidence& tls) {
  Json json = Json::object();
  if (!tls.version.empty()) json["version"] = tls.version;
  if (!tls.cipher.empty()) json["cipher"] = tls.cipher;
  if (!tls.alpn.empty()) json["alpn"] = tls.alpn;
  json["verified"] = tls.verified;
  if (!tls.verify_error.empty()) json["verify_error"] = tls.verify_error;
  if (tls.expires_at) json["expires_at"] = FormatRfc3339(*tls.expires_at);
  json["chain"] = Json::array();
  for (const auto& certificate : tls.chain) json["chain"].push_back(ToJson(certificate));
  if (!tls.ocsp.empty()) json["ocsp"] = tls.ocsp;
  return json;
}

Json ToJson(const ExpectResult& result) {
  Json json = {{"expression", result.expression}, {"pass", result.pass}, {"actual", result.actual}};
  if (result.warn) json["warn"] = true;
  if (!result.error.empty()) json["error"] = result.error;
  return json;
}

Json ToJson(const AttemptSummary& attempt) {
  Json json = {{"status", Name(attempt.status)}};
  if (attempt.reason != Reason::kNone) json["reason"] = Name(attempt.reason);
  json["duration"] = Seconds(attempt.duration);
  return json;
}

}  // namespace

std::string ToJson(const Outcome& outcome, const JsonOptions& options) {
  const CheckIdentity& check = *outcome.check;
  Json json = {{"schema", "gaikei.outcome/1"}, {"check", check.name},
               {"kind", check.kind},           {"region", outcome.region},
               {"target", check.target},       {"labels", Json::object()}};
  for (const auto& [name, value] : check.labels) json["labels"][name] = value;
  json["scheduled_at"] = FormatRfc3339(outcome.scheduled_at);
  // A slot that never started was decided when it was due.
  const bool has_started = outcome.started_at != WallTime{};
  json["started_at"] = FormatRfc3339(has_started ? outcome.started_at : outcome.scheduled_at);
  json["status"] = Name(outcome.status);
  if (outcome.reason != Reason::kNone) {
    json["reason"] = Name(outcome.reason);
    if (outcome.phase) json["phase"] = Name(*outcome.phase);
    json["blame"] = Name(outcome.blame);
    json["message"] = outcome.message;
  }
  json["duration"] = Seconds(outcome.duration);
  json["phases"] = ToJson(outcome.phases);
  if (!outcome.address.empty()) {
    json["address"] = outcome.address;
    json["port"] = outcome.port;
    json["family"] = Name(outcome.family);
  }
  json["attempts"] = Json::array();
  for (const auto& attempt : outcome.attempts) json["attempts"].push_back(ToJson(attempt));
  if (outcome.http) json["http"] = ToJson(*outcome.http, options.verbose);
  if (outcome.tls) json["tls"] = ToJson(*outcome.tls);
  if (!outcome.expect.empty()) {
    json["expect"] = Json::array();
    for (const auto& result : outcome.expect) json["expect"].push_back(ToJson(result));
  }
  json["prober"] = {{"loop_lag", Seconds(outcome.prober.loop_lag)},
                    {"in_flight", outcome.prober.in_flight}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace gaikei
